/** Webhook mode as people see it: the simulator posts to a bot that listens on a real port. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { type Bot, type BotOptions, createBot, memoryState, toNodeHandler } from "@openclaw-china/core";
import { createDingTalkSimulator, type DingTalkSimulator, type SimulatedWebhook } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createDingTalk, type DingTalkOptions } from "../src/index.ts";

const EVENTS = { token: "tokenA1b2", aesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" };

const PATIENCE = { timeoutMs: 15_000 };
const SOON = { timeout: 15_000, interval: 20 };
vi.setConfig({ testTimeout: 60_000 });

let sim: DingTalkSimulator;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
});
afterEach(() => sim.close());

interface Served {
  readonly bot: Bot;
  readonly address: string;
}

async function serve(
  options: Omit<BotOptions, "channels"> & { readonly mode?: "webhook" | "both" } = {},
): Promise<Served> {
  const { mode = "webhook", ...rest } = options;
  const settings: DingTalkOptions = { ...sim.app, mode, ...EVENTS };
  const bot = createBot({ channels: [createDingTalk(settings)], handler: (turn) => `You said: ${turn.text}`, ...rest });
  const server = createServer(toNodeHandler((request) => bot.webhook(request)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await bot.stop({ timeoutMs: 0 });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { bot, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/dingtalk` };
}

function statuses({ calls }: SimulatedWebhook): readonly number[] {
  return calls.map(({ status }) => status);
}

test("a message is answered in a direct chat and in a group, and no connection is opened", async () => {
  const { bot, address } = await serve();
  const posts = sim.webhook({ address, events: EVENTS });
  const lin = sim.user("Lin");
  const team = sim.group("Team", [lin]);
  await lin.say("hello");
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: hello");
  await lin.say("hello all", { group: team });
  expect((await lin.screen({ group: team }).next(PATIENCE)).text).toBe("You said: hello all");
  expect(statuses(posts)).toEqual([200, 200]);
  expect(sim.connections()).toBe(0);
  expect(sim.calls.map(({ name }) => name)).not.toContain("gateway/connections/open");
  expect(bot.status()).toMatchObject({ ready: true, channels: [{ state: "live", via: "webhook" }] });
});

test("what a person sends is the same in both modes", async () => {
  const heard: unknown[] = [];
  const { bot, address } = await serve({ mode: "both", handler: (turn) => void heard.push(turn.message) });
  await bot.start();
  const lin = sim.user("Lin");
  await lin.say("first, over the connection");
  sim.webhook({ address });
  await lin.say("second, posted");
  await expect.poll(() => heard.length, SOON).toBe(2);
  const [byStream, posted] = heard.map((one) => Object.keys(one as object).toSorted());
  expect(posted).toEqual(byStream);
});

test("answered only when it is safe: busy is 503, and what the platform repeats is answered once", async () => {
  const state = memoryState();
  let away = true;
  const offer: typeof state.inbox.offer = (entry) => (away ? Promise.resolve("full") : state.inbox.offer(entry));
  const { address } = await serve({ state: { ...state, inbox: { ...state.inbox, offer } } });
  const posts = sim.webhook({ address });
  const lin = sim.user("Lin");
  const said = lin.say("hello");
  await expect.poll(() => statuses(posts), SOON).toEqual([503]);
  away = false;
  await sim.redeliver();
  await said;
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: hello");
  expect(statuses(posts)).toEqual([503, 200]);
});

test("posted twice, it is answered once", async () => {
  const { bot, address } = await serve();
  const posts = sim.webhook({ address });
  const lin = sim.user("Lin");
  using _twice = sim.fault({ kind: "duplicate" });
  await lin.say("hello");
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: hello");
  await expect.poll(() => statuses(posts), SOON).toEqual([200, 200]);
  await expect.poll(() => bot.status().inbox, SOON).toMatchObject({ waiting: 0, active: 0 });
  expect(lin.screen().messages).toHaveLength(2);
});

test("both: the same message over the connection and posted; the first wins, the other is a duplicate", async () => {
  const handled: string[] = [];
  const { bot, address } = await serve({
    mode: "both",
    handler(turn) {
      handled.push(turn.text);
      return `You said: ${turn.text}`;
    },
  });
  await bot.start();
  await expect.poll(() => bot.status().ready, SOON).toBe(true);
  const posts = sim.webhook({ address, twice: true });
  const lin = sim.user("Lin");
  for (const text of ["one", "two", "three"]) {
    await lin.say(text);
    expect((await lin.screen().next(PATIENCE)).text).toBe(`You said: ${text}`);
  }
  expect(handled).toEqual(["one", "two", "three"]);
  expect(statuses(posts)).toEqual([200, 200, 200]);
  expect(sim.acks.filter(({ code }) => code === 200)).toHaveLength(3);
  const [connection] = bot.status().channels;
  expect(connection).toMatchObject({ state: "live", lastInboundAt: expect.any(Number) });
  expect(connection).not.toHaveProperty("via");
});

test("probe says whether DingTalk has called, and asks for no connection", async () => {
  const { bot, address } = await serve();
  const findWebhook = async (): Promise<unknown> => (await bot.probe()).find(({ code }) => code === "webhook");
  await bot.start();
  expect(await findWebhook()).toMatchObject({ cause: { en: expect.stringContaining("has not called") } });
  sim.webhook({ address });
  await sim.user("Lin").say("hello");
  expect(await findWebhook()).toMatchObject({ level: "ok", cause: { en: expect.stringMatching(/last at 20\d\d-/) } });
  expect((await bot.probe()).map(({ code }) => code)).not.toContain("stream");
});

test("encrypted events: the address test, then an event, which a listener hears", async () => {
  const heard: string[] = [];
  const { bot, address } = await serve();
  bot.on("other", (turn) => void heard.push(`${turn.other.type} ${JSON.stringify(turn.other.raw)}`));
  const posts = sim.webhook({ address, events: EVENTS });
  expect(await posts.event({ EventType: "check_url" })).toBe("success");
  expect(await posts.event({ EventType: "check_create_suite_url", Random: "r1" })).toBe("r1");
  expect(await posts.event({ EventType: "user_add_org", UserId: ["新员工"] })).toBe("success");
  await expect.poll(() => heard, SOON).toEqual(['user_add_org {"EventType":"user_add_org","UserId":["新员工"]}']);
});

test("hostile calls on a real socket: at once, and the next message is answered", async () => {
  const { address } = await serve();
  const call = async (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<number> =>
    (await fetch(address, { method: "POST", headers, body })).status;
  expect(await call({}, "{}")).toBe(401);
  expect(await call({ timestamp: String(Date.now()), sign: "x" }, "{}")).toBe(401);
  expect(await call({}, '{"encrypt":"AAAA"}')).toBe(401);
  expect(await call({ token: EVENTS.token }, "no json")).toBe(400);
  expect(await call({ token: EVENTS.token }, new Uint8Array(2 * 1_048_576))).toBe(413);
  expect((await fetch(address)).status).toBe(405);
  sim.webhook({ address });
  const lin = sim.user("Lin");
  await lin.say("still there?");
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: still there?");
});

test("a program in webhook mode loads no ws", async () => {
  const program = `
    import { createRequire } from "node:module";
    import { createBot } from "@openclaw-china/core";
    import { createDingTalk } from "@openclaw-china/dingtalk";
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => /[\\\\/]ws[\\\\/]lib[\\\\/]/.test(path));
    const bot = createBot({
      channels: [createDingTalk({ appKey: "k", appSecret: "s", mode: "webhook" })],
      handler: () => undefined,
    });
    const answer = await bot.webhook(new Request("http://bot.example/webhooks/dingtalk", { method: "POST", body: "{}" }));
    const before = loaded();
    createRequire(createRequire(import.meta.url).resolve("@openclaw-china/core"))("ws");
    console.log(answer.status, before, loaded());
    await bot.stop();
  `;
  const args = ["--conditions=@openclaw-china/source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  expect(stdout.trim()).toBe("401 false true");
});
