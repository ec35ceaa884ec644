/** `gateway start`, as a process of its own on a simulated DingTalk. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { AGENTS, canonical, small } from "../process.ts";
import { test } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

const PATIENCE = { timeoutMs: 15_000 };

test.concurrent("the canonical block unchanged, with secrets from secrets.env", async ({ sim, place }) => {
  const { endpoints: _, ...block } = canonical(sim.app) as Record<string, unknown>;
  await place.write({
    agents: AGENTS,
    http: { port: 0 },
    channels: { dingtalk: { ...block, endpoints: sim.app.endpoints } },
  });
  await place.secrets({ DINGTALK_APP_KEY: sim.app.appKey, DINGTALK_APP_SECRET: sim.app.appSecret });
  const gateway = place.run(["start"], { LOG_LEVEL: "trace" });
  const address = await gateway.address();
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  await lin.say("hello");
  expect(await lin.screen().next(PATIENCE)).toMatchObject({ kind: "card", state: "finished", text: "You said: hello" });
  await lin.say("the report, please", { group: sales });
  expect((await lin.screen({ group: sales }).next(PATIENCE)).text).toBe("You said: the report, please");
  expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ ok: true });
  await expectNoWebhook(address);
  await gateway.says('"connected"');
  for (const text of [sim.app.appSecret, "sendBySession?", "ticket="]) {
    expect(gateway.out() + gateway.err()).not.toContain(text);
  }
});

/** Stream Mode has none, and says so. */
async function expectNoWebhook(address: string): Promise<void> {
  for (const path of ["/webhooks/dingtalk", "/webhooks/dingtalk/sales"]) {
    const answer = await fetch(address + path, { method: "POST", body: "{}" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/Addresses: \/webhooks\/dingtalk,.*Stream Mode needs no callback address/);
  }
  const nowhere = await fetch(`${address}/nowhere`);
  expect(nowhere.status).toBe(404);
  expect(await nowhere.text()).toContain("/healthz, /readyz");
}

test.concurrent("a platform that is away is no reason to give up: it starts, says why it is not ready, and heals", async ({
  sim,
  place,
}) => {
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

test.concurrent("state and socket belong to this user alone; a socket of a dead process is replaced", async ({
  sim,
  place,
}) => {
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

test.concurrent("two accounts: each answers its own messages, from one process", async ({ sim, place }) => {
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

test.concurrent("warnings are said at the start, and do not keep it from running", async ({ sim, place }) => {
  const { channels, ...rest } = small(sim.app) as { channels: { dingtalk: object } };
  await place.write({ ...rest, channels: { dingtalk: { ...channels.dingtalk, require_mention: false } } });
  await place.secrets({ UNUSED: "x" }, 0o644);
  const gateway = place.run(["start"]);
  await gateway.address();
  expect(gateway.err()).toMatch(/! Other users of this machine can read \S+secrets\.env: run chmod 600/);
  expect(gateway.err()).toContain("本机其他用户可以读取");
  expect(gateway.err()).toMatch(/! channels\.dingtalk\.require_mention is false/);
});
