/** `gateway doctor` on a simulated platform: what is fine, what is wrong, what it costs, and what it leaves alone. */
import { chmod, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { sqliteState } from "@openclaw-china/core";
import { createDingTalkSimulator } from "@openclaw-china/testkit";
import { describe, expect, onTestFinished, vi } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import type { Item, Report } from "../../src/doctor/report.ts";
import { type Place, small } from "../process.ts";
import { test } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000 });

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** In this process, with the home folder of the place and nothing of our own environment that counts. */
async function run(place: Place, ...args: readonly string[]): Promise<Ended> {
  const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "DINGTALK_APP_KEY", "DINGTALK_APP_SECRET"];
  for (const name of names) vi.stubEnv(name, "");
  vi.stubEnv("HOME", place.home);
  vi.stubEnv("XDG_CONFIG_HOME", "");
  vi.stubEnv("OPENCLAW_SECRETS_FILE", "");
  const out: string[] = [];
  const err: string[] = [];
  try {
    const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
    const code = await runCli(["doctor", "--config", place.config, ...args], io);
    return { code, out: out.join("\n"), err: err.join("\n") };
  } finally {
    vi.unstubAllEnvs();
  }
}

async function report(place: Place, ...args: readonly string[]): Promise<Report & { readonly code: number }> {
  const { code, out } = await run(place, "--json", ...args);
  return { code, ...(JSON.parse(out) as Report) };
}

function named(findings: readonly Item[], code: string): Item {
  const found = findings.find((one) => one.code === code);
  if (found === undefined) throw new Error(`no ${code} among ${findings.map((one) => one.code).join(", ")}`);
  return found;
}

const errorsOf = ({ findings }: Report): readonly string[] =>
  findings.filter(({ level }) => level === "error").map(({ code }) => code);

describe("nothing is wrong", () => {
  test("exit code 0, in both languages, one free call, nothing left behind", async ({ sim, place }) => {
    await place.write(small(sim.app));
    const { code, out, err } = await run(place);
    expect(code, out).toBe(0);
    expect(err).toBe("");
    expect(out).toContain("✓ dingtalk/default: DingTalk accepts app_key and app_secret.\n  钉钉接受");
    expect(out).toContain("✓ gateway: No gateway runs on this state");
    expect(out).toMatch(/✓ gateway: Node \d+\.\d+/);
    expect(out).toContain("This machine's clock agrees with that of DingTalk.");
    expect(out).toMatch(/✓ dingtalk\/default: 127\.0\.0\.1:\d+ can be reached \(to get tokens/);
    expect(out).toContain("Not asked, as it costs 3 metered calls of the month");
    expect(out.split("\n").at(-1)).toBe("✓ nothing to fix · 一切正常");
    expect(out).not.toContain(sim.app.appSecret);
    expect(sim.calls.map(({ name }) => name)).toEqual(["oauth2/accessToken"]);
    expect(sim.connections()).toBe(0);
    expect(await readdir(place.folder)).toEqual(["home", "openclaw-china.json5"]);
  });

  test("--json: the documented shape", async ({ sim, place }) => {
    await place.write(small(sim.app));
    const { code, version, ok, at, gateway, findings } = await report(place);
    expect({ code, version, ok }).toEqual({ code: 0, version: 1, ok: true });
    expect(new Date(at).toISOString()).toBe(at);
    expect(gateway).toEqual({ version: expect.any(String), config: place.config, running: null });
    expect(new Set(findings.map(({ about }) => about))).toEqual(new Set(["gateway", "dingtalk/default"]));
    for (const { level, code: name, cause } of findings) {
      expect(["ok", "warning", "error"]).toContain(level);
      expect(name).toMatch(/^[a-z_]+$/);
      expect(cause.en.length * cause.zh.length).toBeGreaterThan(0);
    }
  });
});

describe("the platform", () => {
  test("a wrong secret: the cause, the platform's words, the page, exit code 1", async ({ sim, place }) => {
    await place.write(small({ ...sim.app, appSecret: "wrong-secret-value" }));
    const { code, out } = await run(place);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ dingtalk\/default: DingTalk gives no access token: DingTalk does not know this app_key/i);
    expect(out).toContain("钉钉不认可此 app_key 与 app_secret");
    expect(out).toMatch(/平台应答 · answered: \w+ .*, status 40[01], request \S+/);
    expect(out).toMatch(/→ .*https:\/\/open-dev\.dingtalk\.com/);
    expect(out.split("\n").at(-1)).toMatch(/^✗ 1 must be fixed/);
    expect(out).not.toContain("wrong-secret-value");
  });

  test("a host that is not there: which, what for, where it gets stuck, what to open", async ({ place }) => {
    const gone = await createDingTalkSimulator();
    await gone.close();
    await place.write(small(gone.app));
    const all = await report(place);
    const { what, cause, fix } = named(all.findings, "host_unreachable");
    expect(what?.en).toMatch(/^127\.0\.0\.1:\d+ cannot be reached, which is needed to get tokens/);
    expect(cause.en).toBe("TCP: no connection is made (ECONNREFUSED).");
    expect(fix?.zh).toMatch(/防火墙.*127\.0\.0\.1:\d+/);
    expect(all.code).toBe(1);
  });

  test("a proxy that lets nothing through is named as such", async ({ sim, place }) => {
    const proxy = createServer((_, response) => void response.writeHead(403).end());
    proxy.on("connect", (_, socket) => void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    onTestFinished(() => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const endpoints = { api: "https://api.dingtalk.invalid", oapi: "https://oapi.dingtalk.invalid" };
    const { channels } = small({ ...sim.app, endpoints }) as { readonly channels: { readonly dingtalk: object } };
    const through = `http://someone:proxy-password@127.0.0.1:${port}`;
    await place.write(small(sim.app, { channels: { dingtalk: { ...channels.dingtalk, proxy: through } } }));
    const { findings } = await report(place);
    const missed = findings.filter(({ code }) => code === "host_unreachable");
    expect(missed.map(({ what }) => what?.en.split(" ")[0])).toEqual([
      "api.dingtalk.invalid:443",
      "oapi.dingtalk.invalid:443",
    ]);
    for (const { cause } of missed)
      expect(cause.en).toMatch(/^The proxy cannot be reached, or does not let it through/);
    expect(JSON.stringify(findings)).not.toContain("proxy-password");
  });

  test("--spend: three calls, nothing that anybody sees", async ({ sim, place }) => {
    const lin = sim.user("Lin");
    await place.write(small(sim.app));
    const { code, findings } = await report(place, "--spend");
    expect(code).toBe(0);
    expect(findings.filter(({ code: name }) => name === "permission").map(({ cause }) => cause.en)).toEqual([
      "Permission qyapi_robot_sendmsg is granted.",
      expect.stringContaining("Permission Card.Instance.Write is granted, and the card template 382e4302"),
      "Permission Card.Streaming.Write is granted, and msgContent is the template's streaming variable.",
    ]);
    expect(sim.calls.map(({ name }) => name)).toEqual([
      "oauth2/accessToken",
      "oauth2/accessToken",
      "robot/messageFiles/download",
      "card/instances",
      "card/streaming",
    ]);
    expect(lin.screen().messages).toEqual([]);
  });

  test.each([
    ["robot/messageFiles/download", "qyapi_robot_sendmsg", 3],
    ["card/instances", "Card.Instance.Write", 2],
    ["card/streaming", "Card.Streaming.Write", 3],
  ])("--spend: %s without its permission names %s", async (on, scope, calls) => {
    await using sim = await createDingTalkSimulator();
    await using place = await import("../process.ts").then(({ makePlace }) => makePlace());
    await place.write(small(sim.app));
    using _refused = sim.fault({
      kind: "platformError",
      code: "Forbidden.AccessDenied.AccessTokenPermissionDenied",
      on,
    });
    const { code, findings } = await report(place, "--spend");
    expect(code).toBe(1);
    const { cause, fix, platform, level } = named(findings, "permission_missing");
    expect([level, cause.en, cause.zh]).toEqual([
      "error",
      `The permission ${scope} is not granted.`,
      `尚未开通权限 ${scope}。`,
    ]);
    expect(fix?.en).toContain("publish a new version");
    expect(platform?.code).toBe("Forbidden.AccessDenied.AccessTokenPermissionDenied");
    const metered = sim.calls.filter(({ name }) => name.startsWith("card") || name.startsWith("robot"));
    expect(metered).toHaveLength(calls);
  });

  test("--spend: a template of one's own, with a variable that it does not have", async ({ sim, place }) => {
    sim.template("own-1.schema", "content");
    const { channels } = small(sim.app) as { readonly channels: { readonly dingtalk: object } };
    const with_ = (id: string, streaming_key: string): object =>
      small(sim.app, { channels: { dingtalk: { ...channels.dingtalk, card_template: { id, streaming_key } } } });
    await place.write(with_("own-1.schema", "content"));
    expect((await report(place, "--spend")).code).toBe(0);
    await place.write(with_("own-1.schema", "contents"));
    const wrongKey = await report(place, "--spend");
    expect(errorsOf(wrongKey)).toEqual(["platform_refused"]);
    expect(named(wrongKey.findings, "platform_refused").fix?.en).toContain("card_template.streaming_key");
    await place.write(with_("nowhere", "content"));
    const wrongId = await report(place, "--spend");
    expect(errorsOf(wrongId)).toEqual(["config_invalid"]);
    expect(named(wrongId.findings, "card_template").level).toBe("warning");
  });
});

describe("a gateway runs", () => {
  test("it is asked for its own connection, and its port is its own", async ({ sim, place }) => {
    await place.write(small(sim.app));
    const gateway = place.run(["start"]);
    const address = await gateway.address();
    const { code, gateway: shown, findings } = await report(place);
    expect(code).toBe(0);
    expect(shown.running).toEqual({ pid: gateway.child.pid, since: expect.any(String), address });
    expect(named(findings, "stream").cause.en).toBe("The stream connection is live.");
    expect(sim.connections()).toBe(1);
    expect(sim.calls.filter(({ name }) => name.endsWith("connections/open"))).toHaveLength(1);
    const port = Number(new URL(address).port);
    await place.write(small(sim.app, { http: { port } }));
    const changed = await report(place);
    expect(named(changed.findings, "port").cause.en).toContain("is held by our own gateway");
    expect(named(changed.findings, "config_changed").level).toBe("warning");
    expect(changed.findings.map((one) => one.code)).not.toContain("stream");
  });

  test("what was refused while it worked is told, without asking again", async ({ sim, place }) => {
    await place.write(small(sim.app));
    await place.run(["start"]).address();
    using _refused = sim.fault({
      kind: "platformError",
      code: "Forbidden.AccessDenied.AccessTokenPermissionDenied",
      on: "createAndDeliver",
    });
    const lin = sim.user("Lin");
    await lin.say("hello");
    await lin.screen().next({ timeoutMs: 15_000 });
    const { code, findings } = await report(place);
    expect(code).toBe(1);
    const { what, fix } = named(findings, "permission_missing");
    expect(what?.en).toMatch(/^Refused while working: show a card, 1 times, last at \d{4}-/);
    expect(fix?.en).toContain("Card.Instance.Write");
  });
});

describe("this machine", () => {
  test("a config that cannot be used: the rest is looked at all the same", async ({ sim, place }) => {
    await place.write(small(sim.app, { whenBusy: "queue" }));
    const { code, findings } = await report(place);
    expect(code).toBe(1);
    const { cause, fix } = named(findings, "config_invalid");
    expect(cause.en).toContain('it is called "when_busy" here');
    expect(fix?.en).toBe("Write when_busy instead of whenBusy.");
    expect(findings.map((one) => one.code)).toEqual(expect.arrayContaining(["node", "secrets_file", "state_file"]));
    expect(sim.calls).toEqual([]);
  });

  test("no config file at all", async ({ place }) => {
    const { code, findings } = await report(place);
    expect(code).toBe(1);
    expect(named(findings, "config_invalid").cause.en).toContain("there is no such file");
  });

  test("a secret that is nowhere, and a secrets file that others can read", async ({ sim, place }) => {
    const { channels } = small(sim.app) as { readonly channels: { readonly dingtalk: object } };
    await place.write(
      small(sim.app, { channels: { dingtalk: { ...channels.dingtalk, app_secret: "${NOBODY_SET_THIS}" } } }),
    );
    await place.secrets({ OTHER: "value" }, 0o644);
    const missing = await report(place);
    expect(named(missing.findings, "secret_missing").cause.en).toContain("NOBODY_SET_THIS");
    await place.secrets({ NOBODY_SET_THIS: sim.app.appSecret }, 0o644);
    const set = await report(place);
    expect(set.code).toBe(0);
    expect(named(set.findings, "config_warning").cause.en).toMatch(/Other users .* chmod 600/);
    expect(named(set.findings, "secrets_file").cause.en).toContain("has 1 names");
  });

  test("a port that somebody else holds, and an address that is not ours", async ({ sim, place }) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    await place.write(small(sim.app, { http: { port } }));
    const taken = named((await report(place)).findings, "port");
    expect([taken.level, taken.cause.en]).toEqual(["error", "another program listens there."]);
    await place.write(small(sim.app, { http: { host: "192.0.2.1", port: 8787 } }));
    expect(named((await report(place)).findings, "port").cause.en).toBe("it is no address of this machine.");
  });

  test("a state file that others can read", async ({ sim, place }) => {
    await place.write(small(sim.app));
    await writeFile(place.stateFile, "");
    await chmod(place.stateFile, 0o644);
    const { code, findings } = await report(place);
    expect(code).toBe(0);
    expect(named(findings, "state_readable").fix?.en).toBe(`Run chmod 600 ${place.stateFile}`);
  });

  test("a state file that another process holds, and a file that is none", async ({ sim, place }) => {
    await place.write(small(sim.app));
    const state = sqliteState({ file: place.stateFile }); // a process without an admin socket
    await state.inbox.size();
    const held = await report(place);
    expect(held.code).toBe(1);
    expect(named(held.findings, "state_held").cause.zh).toContain("另一进程占用了状态文件");
    await state.close();
    const free = await report(place);
    expect(free.code).toBe(0);
    expect(named(free.findings, "state_file").level).toBe("ok");
    expect(await readdir(place.folder)).not.toContain("openclaw-china.db-wal");
    await writeFile(place.stateFile, "these are notes, and no database at all");
    const { level, what } = named((await report(place)).findings, "state_file");
    expect([level, what?.en]).toEqual(["error", `${place.stateFile} is no state file`]);
  });

  test("a state file where no folder can be", async ({ sim, place }) => {
    await place.write(small(sim.app, { state: { file: `${place.config}/openclaw-china.db` } }));
    const { code, findings } = await report(place);
    expect(code).toBe(1);
    expect(named(findings, "state_file")).toMatchObject({ level: "error" });
  });
});
