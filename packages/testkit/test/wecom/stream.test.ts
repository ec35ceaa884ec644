import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { createWeComSimulator, fakeClock, type WeComSimulator, type WeComSimulatorOptions } from "../../src/index.ts";
import { connect, markdown, stream, subscribe } from "./client.ts";

const opened: WeComSimulator[] = [];
afterEach(async () => {
  for (const sim of opened.splice(0)) await sim.close();
});
async function simulator(options: WeComSimulatorOptions = {}): Promise<WeComSimulator> {
  const sim = await createWeComSimulator(options);
  opened.push(sim);
  return sim;
}

test("what people write comes as a callback, with the mention in groups, and only there with a chat", async () => {
  const sim = await simulator();
  const link = await subscribe(sim.app);
  const lin = sim.user("Lin", { id: "Lin.Yi" });
  const sales = sim.group("Sales", [lin]);
  await lin.say("你好");
  await lin.say("总结一下", { group: sales });
  await lin.say("to the others", { group: sales, mention: false });
  expect(await link.callback(0)).toMatchObject({
    cmd: "aibot_msg_callback",
    body: { aibotid: sim.botId, chattype: "single", from: { userid: "Lin.Yi" }, text: { content: "你好" } },
  });
  expect((await link.callback(0)).body).not.toHaveProperty("chatid");
  expect(await link.callback(1)).toMatchObject({
    body: { chattype: "group", chatid: sales.id, text: { content: "@助手 总结一下" } },
  });
  await link.ask("ping");
  expect(link.callbacks).toHaveLength(2);
});

test("a stream grows on the screen, and its last frame freezes it", async () => {
  const sim = await simulator();
  const link = await subscribe(sim.app);
  const lin = sim.user("Lin");
  await lin.say("hello");
  const { req_id: reqId } = (await link.callback(0)).headers;
  expect(await link.ask("aibot_respond_msg", stream("s1", "<think></think>"), reqId)).toMatchObject({ errcode: 0 });
  expect(sim.spinning()).toHaveLength(1);
  await link.ask("aibot_respond_msg", stream("s1", "half"), reqId);
  expect(lin.screen().messages.at(-1)).toMatchObject({ text: "half", state: "growing" });
  await link.ask("aibot_respond_msg", stream("s1", "whole", true), reqId);
  expect(await lin.screen().next()).toMatchObject({
    kind: "markdown",
    from: sim.botId,
    text: "whole",
    state: "finished",
    history: ["half", "whole"],
  });
  expect(await link.ask("aibot_respond_msg", stream("s1", "more"), reqId)).toMatchObject({ errcode: 0 });
  expect(lin.screen().messages.at(-1)?.text).toBe("whole");
  expect(sim.spinning()).toEqual([]);
});

test("an end without visible text leaves the animation on", async () => {
  const sim = await simulator();
  const link = await subscribe(sim.app);
  const lin = sim.user("Lin");
  await lin.say("hello");
  const { req_id: reqId } = (await link.callback(0)).headers;
  await link.ask("aibot_respond_msg", stream("s1", "<think>hm</think> \n", true), reqId);
  expect(sim.spinning()).toEqual([lin.screen().messages.at(-1)?.id]);
  expect(lin.screen().messages.at(-1)?.state).toBe("growing");
});

test.each([
  [{}, 846608],
  [{ swallowsLateUpdates: true }, 0],
])("a stream is dead after six minutes (%j)", async (assume, errcode) => {
  const clock = fakeClock();
  const sim = await simulator({ clock, assume });
  const link = await subscribe(sim.app);
  const lin = sim.user("Lin");
  await lin.say("hello");
  const { req_id: reqId } = (await link.callback(0)).headers;
  await link.ask("aibot_respond_msg", stream("s1", "half"), reqId);
  await clock.advance(359_000);
  expect(await link.ask("aibot_respond_msg", stream("s1", "more"), reqId)).toMatchObject({ errcode: 0 });
  await clock.advance(1_000);
  expect(await link.ask("aibot_respond_msg", stream("s1", "late", true), reqId)).toMatchObject({ errcode });
  expect(lin.screen().messages.at(-1)).toMatchObject({ text: "more", state: "growing" });
});

test("a message of its own needs an open chat, the id in its case and nothing in front", async () => {
  const sim = await simulator();
  const link = await subscribe(sim.app);
  const lin = sim.user("Lin", { id: "Lin" });
  const send = (chatid: string, more: object = {}): Promise<unknown> =>
    link.ask("aibot_send_msg", { chatid, ...markdown("**news**"), ...more });
  expect(await send("Lin")).toMatchObject({ errcode: 93006 });
  await lin.say("hello");
  expect(await send("lin")).toMatchObject({ errcode: 93006 });
  expect(await send("user:Lin")).toMatchObject({ errcode: 93006 });
  expect(await send("Lin", { chat_type: 2 })).toMatchObject({ errcode: 93006 });
  expect(await send("Lin", { msgtype: "text", text: { content: "plain" } })).toMatchObject({ errcode: 40008 });
  expect(await send("Lin", { chat_type: 1 })).toMatchObject({ errcode: 0 });
  expect((await lin.screen().next()).text).toBe("**news**");
});

test("a second subscription evicts the first: it is told, then closed", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const older = await subscribe(sim.app);
  const closed = once(older.ws, "close");
  const newer = await subscribe(sim.app);
  expect((await older.callback(0)).body).toMatchObject({ event: { eventtype: "disconnected_event" } });
  expect(await older.ask("ping")).toMatchObject({ errcode: 0 });
  expect(await older.ask("aibot_send_msg", markdown("?"))).toMatchObject({ errcode: 846609 });
  await clock.advance(30);
  await closed;
  await sim.user("Lin").say("to the newer one");
  expect((await newer.callback(0)).body).toMatchObject({ text: { content: "to the newer one" } });
});

test("evicted without a word, or told and left open", async () => {
  const silent = await simulator({ assume: { tellsEvicted: false } });
  const first = await subscribe(silent.app);
  const closed = once(first.ws, "close");
  silent.takeOver();
  expect((await closed)[0]).toBe(1_000);
  expect(first.callbacks).toEqual([]);

  const open = await simulator({ assume: { closesEvicted: false } });
  const second = await subscribe(open.app);
  open.takeOver();
  await second.callback(0);
  expect(await second.ask("ping")).toMatchObject({ errcode: 0 });
  await open.user("Lin").say("nobody hears this");
  expect(second.callbacks).toHaveLength(1);
});

test("wrong credentials are told apart; before the subscription nothing else is taken", async () => {
  const sim = await simulator();
  const link = await connect(sim.app);
  expect(await link.ask("aibot_send_msg", markdown("?"))).toMatchObject({ errcode: 846609 });
  const ask = (bot_id: unknown, secret: unknown): Promise<unknown> => link.ask("aibot_subscribe", { bot_id, secret });
  expect(await ask("aibNobody", "x")).toMatchObject({ errcode: 93019 });
  expect(await ask(sim.botId, "x")).toMatchObject({ errcode: 853000 });
  expect(await ask(sim.botId, undefined)).toMatchObject({ errcode: 40058 });
  expect(await ask(sim.botId, sim.app.botSecret)).toMatchObject({ errcode: 0 });
});

test("thirty messages a minute for a chat; updates of a stream do not count", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const link = await subscribe(sim.app);
  const lin = sim.user("Lin");
  await lin.say("hello");
  const { req_id: reqId } = (await link.callback(0)).headers;
  for (let n = 0; n < 50; n += 1) await link.ask("aibot_respond_msg", stream("s1", `${n}`), reqId);
  for (let n = 0; n < 29; n += 1)
    expect(await link.ask("aibot_respond_msg", markdown("one more"), reqId)).toMatchObject({ errcode: 0 });
  expect(await link.ask("aibot_respond_msg", markdown("one too many"), reqId)).toMatchObject({ errcode: 846607 });
  expect(await link.ask("aibot_respond_msg", stream("s2", "a new one"), reqId)).toMatchObject({ errcode: 846607 });
  expect(await link.ask("aibot_respond_msg", stream("s1", "done", true), reqId)).toMatchObject({ errcode: 0 });
  await clock.advance(60_001);
  expect(await link.ask("aibot_respond_msg", markdown("again"), reqId)).toMatchObject({ errcode: 0 });
});

test("frames are recorded, and those that cannot be told apart are marked", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const link = await subscribe(sim.app);
  await sim.user("Lin").say("hello");
  const { req_id: reqId } = (await link.callback(0)).headers;
  using _slow = sim.fault({ kind: "delay", ms: 100, on: "aibot_respond_msg" });
  const both = [1, 2].map((n) => link.ask("aibot_respond_msg", stream("s1", `${n}`), reqId));
  await vi.waitUntil(() => sim.frames.length === 3);
  await clock.advance(100);
  await Promise.all(both);
  expect(sim.frames.map(({ cmd, errcode, isOverlapping }) => [cmd, errcode, isOverlapping])).toEqual([
    ["aibot_subscribe", 0, false],
    ["aibot_respond_msg", 0, false],
    ["aibot_respond_msg", 0, true],
  ]);
});
