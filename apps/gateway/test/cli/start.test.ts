/** `gateway start`, as a process of its own on a simulated DingTalk. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AGENTS, canonical, makePlace, type Place, small } from "../process.ts";

vi.setConfig({ testTimeout: 60_000 });

let sim: DingTalkSimulator;
let place: Place;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  place = await makePlace();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await sim.close();
});

const PATIENCE = { timeoutMs: 15_000 };

test("the canonical block unchanged, with secrets from secrets.env", async () => {
  const { endpoints: _, ...block } = canonical(sim.app) as Record<string, unknown>;
  await place.write({
    agents: AGENTS,
    http: { port: 0 },
    channels: { dingtalk: { ...block, endpoints: sim.app.endpoints } },
  });
  await place.secrets({ DINGTALK_APP_KEY: sim.app.appKey, DINGTALK_APP_SECRET: sim.app.appSecret });
  const gateway = place.run(["start"]);
  const address = await gateway.address();
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  await lin.say("hello");
  expect(await lin.screen().next(PATIENCE)).toMatchObject({ kind: "card", state: "finished", text: "You said: hello" });
  await lin.say("the report, please", { group: sales });
  expect((await lin.screen({ group: sales }).next(PATIENCE)).text).toBe("You said: the report, please");
  expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ ok: true });
  expect(gateway.out() + gateway.err()).not.toContain(sim.app.appSecret);
});

describe("it refuses to start, with cause and fix", () => {
  test("wrong credentials: what DingTalk says, and where to look", async () => {
    await place.write(small({ ...sim.app, appSecret: "wrong-secret" }));
    const gateway = place.run(["start"]);
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toContain("DingTalk does not know this app_key and app_secret");
    expect(gateway.err()).toContain("[credentials_rejected]");
    expect(gateway.err()).toMatch(/^ {2}dingtalk: \S+ .*\(status 40[01]\)/m);
    expect(gateway.err()).toMatch(/→ Copy Client ID and Client Secret again/);
    expect(gateway.err()).toMatch(/→ 请在应用“凭证与基础信息”页/);
    expect(gateway.err()).not.toContain("wrong-secret");
  });

  test("secrets.env is a folder", async () => {
    await place.write(small(sim.app));
    await mkdir(join(place.home, ".config", "openclaw", "secrets.env"));
    const gateway = place.run(["start"]);
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toMatch(/the secrets file \S+secrets\.env cannot be read: it is a folder/);
    expect(gateway.err()).toContain("Make it a text file of NAME=value lines");
    expect(existsSync(place.stateFile)).toBe(false);
  });

  test("a secret that is nowhere", async () => {
    await place.write({ agents: AGENTS, channels: { dingtalk: canonical(sim.app) } });
    const gateway = place.run(["start"]);
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toMatch(/channels\.dingtalk\.app_key needs \$\{DINGTALK_APP_KEY\}.*secrets\.env/);
    expect(gateway.err()).toContain("Add the line DINGTALK_APP_KEY=…");
  });

  test("a port that is taken; the connection is not even opened", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await place.write(small(sim.app));
    const gateway = place.run(["start"], { PORT: String(port) });
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toContain(`the port ${port} on 127.0.0.1 is taken [config_invalid]`);
    expect(gateway.err()).toContain("choose another with --port, PORT or http.port");
    expect(sim.calls).toEqual([]);
    other.close();
  });

  test("an address that is not of this machine", async () => {
    await place.write(small(sim.app, { http: { host: "192.0.2.1", port: 0 } }));
    const gateway = place.run(["start"]);
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toContain("the gateway cannot listen on 192.0.2.1");
    expect(gateway.err()).toContain("Set http.host");
  });

  test.each(["x", "70000"])("PORT=%s", async (port) => {
    await place.write(small(sim.app));
    const gateway = place.run(["start"], { PORT: port });
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toContain(`the variable PORT is "${port}", which is no port`);
    expect(gateway.err()).not.toContain("    at ");
  });

  test("LOG_LEVEL that is none", async () => {
    await place.write(small(sim.app));
    const gateway = place.run(["start"], { LOG_LEVEL: "loud" });
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toContain('LOG_LEVEL is "loud", which is no level [config_invalid]');
  });

  test("a state file that cannot be one", async () => {
    await mkdir(place.stateFile);
    await place.write(small(sim.app));
    const gateway = place.run(["start"]);
    expect(await gateway.ended).toBe(1);
    expect(gateway.err()).toContain(`the state file ${place.stateFile} cannot be written: EISDIR`);
    expect(gateway.err()).toContain("Set state.file to a path");
  });

  test("another process holds the state file; the first goes on", async () => {
    await place.write(small(sim.app));
    const first = place.run(["start"]);
    const address = await first.address();
    const second = place.run(["start"]);
    expect(await second.ended).toBe(1);
    expect(second.err()).toContain(`the state file ${place.stateFile} is held by another process`);
    expect(second.err()).toContain("Stop the other process");
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect(sim.connections()).toBe(1);
  });
});

test("a platform that is away is no reason to give up: it starts, says why it is not ready, and heals", async () => {
  const fault = sim.fault({ kind: "status", status: 503, on: "open" });
  await place.write(small(sim.app));
  const address = await place.run(["start"]).address();
  const ready = await fetch(`${address}/readyz`);
  expect(ready.status).toBe(503);
  const { why } = (await ready.json()) as { readonly why: readonly { readonly en: string }[] };
  expect(why.map(({ en }) => en).join()).toMatch(/dingtalk\/default is (waiting|opening)/);
  fault[Symbol.dispose]();
  await vi.waitFor(async () => expect((await fetch(`${address}/readyz`)).status).toBe(200), {
    timeout: 15_000,
    interval: 100,
  });
});

test("state and socket belong to this user alone; a socket of a dead process is replaced", async () => {
  await place.write(small(sim.app, { state: { file: "data/bot.db" } }));
  const first = place.run(["start"]);
  await first.address();
  const file = join(place.folder, "data", "bot.db");
  const modes = await Promise.all(
    [file, `${file}.sock`, `${file}-wal`].map(async (path) => (await stat(path)).mode & 0o777),
  );
  expect(modes).toEqual([0o600, 0o600, 0o600]);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(existsSync(`${file}.sock`)).toBe(true);
  const second = place.run(["start"]);
  await second.address();
  const why = place.run(["why", "unheard"]);
  expect(await why.ended).toBe(1);
  expect(why.err()).toContain("nothing is known of unheard");
  expect(existsSync(join(place.folder, "openclaw-china.db"))).toBe(false);
});

test("two accounts: each answers its own messages, from one process", async () => {
  const sales = sim.bot("Sales");
  const keys = { app_key: sales.app.appKey, app_secret: "${SALES_SECRET}" };
  const first = { app_key: sim.app.appKey, app_secret: sim.app.appSecret };
  await place.secrets({ SALES_SECRET: sales.app.appSecret });
  await place.write({
    agents: AGENTS,
    http: { port: 0 },
    channels: {
      dingtalk: {
        endpoints: sim.app.endpoints,
        default_agent: "main",
        accounts: { main: first, sales: { ...keys, respond_to_private: false } },
      },
    },
  });
  const address = await place.run(["start"]).address();
  const lin = sim.user("Lin");
  const team = sim.group("Team", [lin]);
  await lin.say("to the first");
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: to the first");
  await lin.say("to sales", { group: team, bot: sales });
  expect((await lin.screen({ group: team, bot: sales }).next(PATIENCE)).text).toBe("You said: to sales");
  await lin.say("not answered", { bot: sales });
  expect(lin.screen({ bot: sales }).messages).toHaveLength(1);
  const { channels } = (await (await fetch(`${address}/readyz`)).json()) as {
    readonly channels: readonly { readonly account: string; readonly state: string }[];
  };
  expect(channels.map(({ account, state }) => [account, state])).toEqual([
    ["main", "live"],
    ["sales", "live"],
  ]);
});

test("webhooks: a clear 404, since Stream Mode has none", async () => {
  await place.write(small(sim.app));
  const address = await place.run(["start"]).address();
  for (const path of ["/webhooks/dingtalk", "/webhooks/dingtalk/sales"]) {
    const answer = await fetch(address + path, { method: "POST", body: "{}" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/dingtalk\/default use Stream Mode, which needs no callback address/);
  }
  const nowhere = await fetch(`${address}/nowhere`);
  expect(nowhere.status).toBe(404);
  expect(await nowhere.text()).toContain("/healthz, /readyz");
});

test("warnings are said at the start, and do not keep it from running", async () => {
  const { channels, ...rest } = small(sim.app) as { channels: { dingtalk: object } };
  await place.write({ ...rest, channels: { dingtalk: { ...channels.dingtalk, require_mention: false } } });
  await place.secrets({ UNUSED: "x" }, 0o644);
  const gateway = place.run(["start"]);
  await gateway.address();
  expect(gateway.err()).toMatch(/! Other users of this machine can read \S+secrets\.env: run chmod 600/);
  expect(gateway.err()).toContain("本机其他用户可以读取");
  expect(gateway.err()).toMatch(/! channels\.dingtalk\.require_mention is false/);
});

test("the log holds neither secrets nor session webhooks", async () => {
  await place.write(small(sim.app));
  const gateway = place.run(["start"], { LOG_LEVEL: "trace" });
  await gateway.address();
  const lin = sim.user("Lin");
  await lin.say("hello");
  await lin.screen().next(PATIENCE);
  expect(gateway.err()).toContain('"connected"');
  for (const text of [sim.app.appSecret, "sendBySession?", "ticket="]) expect(gateway.err()).not.toContain(text);
  expect(await readFile(place.config, "utf8")).toContain(sim.app.appSecret);
});
