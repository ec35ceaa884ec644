/** Commands that look and end: `check`, `why`, `schema`, version; as processes, and where that adds nothing in this one. */
import { existsSync } from "node:fs";
import { chmod, readdir } from "node:fs/promises";
import { describe, expect, vi } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { AGENTS, canonical, type Command, ECHO, type Place, small } from "../process.ts";
import { test } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

const PATIENCE = { timeoutMs: 15_000 };

interface Ended {
  readonly code: unknown;
  out(): string;
  err(): string;
}

async function run(place: Place, args: readonly string[]): Promise<Ended> {
  const command: Command = place.run(args);
  return { ...command, code: await command.ended };
}

/** The same in this process, with the home folder of the place. */
async function runHere(place: Place, args: readonly string[]): Promise<Ended> {
  vi.stubEnv("HOME", place.home);
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(`${line}\n`), err: (line: string) => err.push(`${line}\n`) };
  try {
    const code = await runCli([...args, "--config", place.config], io);
    return { code, out: () => out.join(""), err: () => err.join("") };
  } finally {
    vi.unstubAllEnvs();
  }
}

describe("check", () => {
  test.concurrent("the canonical block: the config without secrets on standard output, the verdict beside it", async ({
    sim,
    place,
  }) => {
    await place.write({ agents: AGENTS, channels: { dingtalk: canonical(sim.app) } });
    await place.secrets({ DINGTALK_APP_KEY: sim.app.appKey, DINGTALK_APP_SECRET: sim.app.appSecret });
    const { code, out, err } = await run(place, ["check"]);
    expect(code).toBe(0);
    const shown = JSON.parse(out()) as { readonly channels: unknown; readonly routes: readonly unknown[] };
    expect(shown.channels).toMatchObject({ dingtalk: { app_key: sim.app.appKey, app_secret: "(set)" } });
    expect(shown.routes).toHaveLength(4);
    expect(out() + err()).not.toContain(sim.app.appSecret);
    expect(err()).toBe("✓ openclaw-china.json5 is valid (add --online to ask the platform) · 配置有效\n");
    expect(sim.calls).toEqual([]);
    expect(await readdir(place.folder)).toEqual(["home", "openclaw-china.json5"]);
  });

  test("warnings do not make it invalid", async ({ sim, place }) => {
    const { channels } = small(sim.app) as { readonly channels: { readonly dingtalk: object } };
    const keyword_routes = { report: "main", reporting: "main" };
    await place.write(
      small(sim.app, { channels: { dingtalk: { ...channels.dingtalk, group_routing: { keyword_routes } } } }),
    );
    const { code, err } = await runHere(place, ["check"]);
    expect(code).toBe(0);
    expect(err()).toMatch(/^! channels\.dingtalk\.group_routing\.keyword_routes\.reporting never fires: /m);
    expect(err()).toMatch(/^ {2}.*永远不会命中/m);
  });

  test("a secret in a config file that others can read", async ({ sim, place }) => {
    await place.write(small(sim.app));
    await chmod(place.config, 0o644);
    const { code, err } = await runHere(place, ["check"]);
    expect(code).toBe(0);
    expect(err()).toMatch(/! \S+openclaw-china\.json5 holds a secret and other users of this machine can read it/);
  });

  test("a wrong key: exit code 1, the key, what to write", async ({ sim, place }) => {
    await place.write(small(sim.app, { whenBusy: "queue" }));
    const { code, out, err } = await runHere(place, ["check"]);
    expect(code).toBe(1);
    expect(out()).toBe("");
    expect(err()).toBe(
      '✗ the config file has no key "whenBusy"; it is called "when_busy" here [config_invalid]\n  → Write when_busy instead of whenBusy.\n  → 请将 whenBusy 改为 when_busy。\n',
    );
  });

  test("no config file: which, and what to do", async ({ place }) => {
    const { code, err } = await runHere(place, ["check"]);
    expect(code).toBe(1);
    expect(err()).toContain(`the config file ${place.config} cannot be read: there is no such file`);
    expect(err()).toContain("gateway demo");
  });

  test("--online: what the platform says, without a connection", async ({ sim, place }) => {
    await place.write(small(sim.app));
    const good = await runHere(place, ["check", "--online"]);
    expect(good.code).toBe(0);
    expect(good.err()).toContain("✓ dingtalk/default: DingTalk accepts app_key and app_secret.");
    expect(good.err()).toContain("钉钉接受 app_key 与 app_secret");
    expect(sim.calls.map(({ name }) => name)).toEqual(["oauth2/accessToken"]);
    await place.write(small({ ...sim.app, appSecret: "not-the-secret" }));
    const bad = await runHere(place, ["check", "--online"]);
    expect(bad.code).toBe(1);
    expect(bad.err()).toMatch(/✗ dingtalk\/default: .*DingTalk does not know this app_key and app_secret/);
    expect(bad.err()).toContain("✗ see above");
    expect(bad.out() + bad.err()).not.toContain("not-the-secret");
  });

  test("a secret that is nowhere: the key, the variable, the file", async ({ sim, place }) => {
    await place.write({ agents: AGENTS, channels: { dingtalk: canonical(sim.app) } });
    const { code, err } = await runHere(place, ["check"]);
    expect(code).toBe(1);
    expect(err()).toContain(
      `channels.dingtalk.app_key needs \${DINGTALK_APP_KEY}, which is neither in the environment nor in ${place.home}/.config/openclaw/secrets.env [secret_missing]`,
    );
    expect(err()).toContain("→ Add the line DINGTALK_APP_KEY=… to");
    expect(err()).toContain("→ 请在");
  });
});

describe("why", () => {
  test.concurrent("asks the running gateway, and reads the file when none runs", async ({ sim, place }) => {
    await place.write(small(sim.app, { agents: { main: ECHO } }));
    const gateway = place.run(["start"]);
    await gateway.address();
    const lin = sim.user("Lin");
    await lin.say("hello");
    await lin.screen().next(PATIENCE);
    const id = lin.screen().messages[0]?.id ?? "";
    const asked = await run(place, ["why", id]);
    expect(asked.code).toBe(0);
    expect(asked.out()).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}\w+ +accepted/m);
    expect(asked.out()).toMatch(/route +route \d → main/);
    expect(asked.out()).toMatch(/reply +sent/);
    expect(sim.connections()).toBe(1);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    const alone = await run(place, ["why", `dingtalk:default:${id}`, "--config", place.config]);
    expect(alone.code).toBe(0);
    expect(alone.out()).toContain(asked.out().trimEnd().split("\n")[0] ?? "?");
    const other = await run(place, ["why", "msgOfNobody"]);
    expect(other.code).toBe(1);
    expect(other.err()).toContain("nothing is known of msgOfNobody");
    expect(other.err()).toContain("没有到达");
  });

  test.concurrent("makes no state file where there is none, and needs no secrets", async ({ sim, place }) => {
    await place.write({ agents: AGENTS, channels: { dingtalk: canonical(sim.app) } });
    const { code, err } = await run(place, ["why", "msg1"]);
    expect(code).toBe(1);
    expect(err()).toContain(`there is no state file ${place.stateFile}, and no gateway runs on it`);
    expect(err()).toContain("Give the config file of the gateway with --config");
    expect(existsSync(place.stateFile)).toBe(false);
    expect(existsSync(`${place.stateFile}.sock`)).toBe(false);
  });

  test.concurrent("a refused message names the key that refused it", async ({ sim, place }) => {
    const { channels } = small(sim.app) as { readonly channels: { readonly dingtalk: object } };
    await place.write(small(sim.app, { channels: { dingtalk: { ...channels.dingtalk, respond_to_private: false } } }));
    await place.run(["start"]).address();
    const lin = sim.user("Lin");
    await lin.say("hello");
    const { code, out } = await run(place, ["why", lin.screen().messages[0]?.id ?? ""]);
    expect(code).toBe(0);
    expect(out()).toContain("respond_to_private");
    expect(lin.screen().messages).toHaveLength(1);
  });
});

test("schema: the config file's, with the channel's block", async () => {
  const lines: string[] = [];
  const code = await runCli(["schema"], { out: (line) => lines.push(line), err: (line) => expect.unreachable(line) });
  expect(code).toBe(0);
  const schema = JSON.parse(lines.join("")) as {
    readonly properties: Record<string, { readonly properties: Record<string, object> }>;
  };
  expect(Object.keys(schema.properties["channels"]?.properties["dingtalk"] ?? {})).toContain("properties");
});

test.concurrent("the version; a wrong word", async ({ place }) => {
  const version = await run(place, ["--version"]);
  expect(version.code).toBe(0);
  expect(version.out()).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  const wrong = await run(place, ["strat"]);
  expect(wrong.code).toBe(2);
  expect(wrong.err()).toContain("Did you mean start?");
});
