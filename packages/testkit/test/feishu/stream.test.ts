/** The long connection: acknowledgements, redelivery on schedule, parts, silence, refusals. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { afterEach, expect, test } from "vitest";
import {
  createFeishuSimulator,
  fakeClock,
  type FeishuSimulator,
  type FeishuSimulatorOptions,
} from "../../src/index.ts";
import { headerIn, nonsense } from "../../src/feishu/frames.ts";
import { connect, type Json, listen, open, payloadOf, until } from "./client.ts";

const sims: FeishuSimulator[] = [];
afterEach(async () => {
  for (const sim of sims.splice(0)) await sim.close();
});
async function simulator(options: FeishuSimulatorOptions = {}): Promise<FeishuSimulator> {
  const sim = await createFeishuSimulator(options);
  sims.push(sim);
  return sim;
}

test("a message is pushed once and acknowledged exactly", async () => {
  const sim = await simulator();
  const link = await connect(sim.app);
  const said = sim.user("Lin").say("hello");
  const frame = await link.frame(0);
  expect(payloadOf(frame)).toMatchObject({ schema: "2.0", header: { event_type: "im.message.receive_v1" } });
  expect(frame.logId).toBeGreaterThan(2n ** 53n);
  link.ack(frame);
  await said;
  expect(sim.acks).toMatchObject([{ code: 200, isExact: true }]);
});

test("an acknowledgement that changes an id counts, and is not exact", async () => {
  const sim = await simulator();
  const link = await connect(sim.app);
  const said = sim.user("Lin").say("hello");
  link.ack({ ...(await link.frame(0)), logId: 0n });
  await said;
  expect(sim.acks).toMatchObject([{ code: 200, isExact: false }]);
});

test("what is not acknowledged comes after 15 s, 5 min, 1 h and 6 h, and no more", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const link = await connect(sim.app);
  void sim.user("Lin").say("hello");
  await link.frame(0);
  for (const [n, ms] of [15_000, 300_000, 3_600_000, 21_600_000].entries()) {
    await clock.advance(ms);
    await link.frame(n + 1);
  }
  await clock.advance(86_400_000);
  expect(link.frames).toHaveLength(5);
  expect(new Set(link.frames.map((one) => headerIn(one, "message_id"))).size).toBe(1);
  expect(new Set(link.frames.map((one) => (payloadOf(one)["header"] as Json)["event_id"])).size).toBe(1);
});

test("500 wants it again", async () => {
  const sim = await simulator();
  const link = await connect(sim.app);
  const said = sim.user("Lin").say("hello");
  link.ack(await link.frame(0), { code: 500 });
  await until(() => sim.acks.length === 1, "the acknowledgement arrives");
  const again = sim.redeliver();
  link.ack(await link.frame(1));
  await Promise.all([said, again]);
});

test("long pushes are cut into parts, which may come in any order", async () => {
  const sim = await simulator();
  const link = await connect(sim.app);
  sim.split({ maxBytes: 150, order: "reversed" });
  const said = sim.user("Lin").say("你好".repeat(200));
  const sum = Number(headerIn(await link.frame(0), "sum"));
  await link.frame(sum - 1);
  expect(link.frames.map((one) => Number(headerIn(one, "seq")))).toEqual([...Array(sum).keys()].toReversed());
  const last = link.frames.at(-1);
  if (last !== undefined) link.ack(last);
  await said;
  const whole = Buffer.concat(link.frames.toReversed().map(({ payload }) => payload ?? Buffer.alloc(0))).toString();
  expect(whole).toContain("你好".repeat(200));
  expect(sim.acks).toMatchObject([{ isExact: true }]);
});

test("each push goes to one connection, and every app has its own", async () => {
  const sim = await simulator();
  const other = sim.bot("other");
  const links = [await listen(sim.app), await listen(sim.app), await listen(other.app)];
  const lin = sim.user("Lin");
  for (let n = 0; n < 20; n += 1) await lin.say(String(n));
  const counts = links.map(({ frames }) => frames.length);
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(20);
  expect(counts[2]).toBe(0);
  expect(sim.connections()).toBe(3);
  expect(sim.connections(other)).toBe(1);
  sim.disconnect(other);
  expect(await links[2]?.closed).toBe(1000);
});

test("a fifty-first connection gets no address", async () => {
  const sim = await simulator();
  for (let n = 0; n < 50; n += 1) await connect(sim.app);
  expect((await open(sim.app)).json["code"]).toBe(1000040350);
});

test("an address serves once, and a refusal says why", async () => {
  const sim = await simulator();
  const { json } = await open(sim.app);
  const url = String((json["data"] as Json)["URL"]);
  await once(new WebSocket(url), "open");
  const headersOf = async (address: string): Promise<Json> => {
    const ws = new WebSocket(address);
    ws.on("error", () => "it is refused");
    const [, response] = (await once(ws, "unexpected-response")) as [unknown, { readonly headers: Json }];
    return response.headers;
  };
  expect(await headersOf(url)).toMatchObject({ "handshake-status": "514" });
  using _fault = sim.fault({ kind: "platformError", code: "1000040350", on: "connect" });
  const fresh = String(((await open(sim.app)).json["data"] as Json)["URL"]);
  expect(await headersOf(fresh)).toMatchObject({ "handshake-status": "514", "handshake-autherrcode": "1000040350" });
});

test("what the platform says of how to connect can be left out and changed", async () => {
  const sim = await simulator();
  const dataOf = async (): Promise<Json> => (await open(sim.app)).json["data"] as Json;
  expect(await dataOf()).toMatchObject({ ClientConfig: { PingInterval: 120, ReconnectCount: -1 } });
  sim.clientConfig({ endpoint: "none" });
  expect(await dataOf()).not.toHaveProperty("ClientConfig");
  sim.clientConfig({ endpoint: { ReconnectCount: 1 } });
  expect(await dataOf()).toMatchObject({ ClientConfig: { ReconnectCount: 1 } });
});

test("a half-open link stays up and says nothing; by then the platform knows which links are dead", async () => {
  const sim = await simulator();
  const dead = await connect(sim.app);
  using _fault = sim.fault({ kind: "halfOpen" });
  const said = sim.user("Lin").say("hello");
  const live = await listen(sim.app);
  await sim.redeliver();
  await said;
  expect(dead.frames).toEqual([]);
  expect(live.frames).toHaveLength(1);
});

test("nonsense arrives before what is good, and duplicates are acknowledged each", async () => {
  const sim = await simulator();
  const link = await listen(sim.app);
  let messages = 0;
  link.ws.on("message", () => (messages += 1));
  using _nonsense = sim.fault({ kind: "malformedFrame" });
  await until(() => messages === nonsense().length, "the nonsense arrives");
  using _twice = sim.fault({ kind: "duplicate" });
  await sim.user("Lin").say("hello");
  await until(() => sim.acks.filter(({ isExact }) => isExact).length === 2, "the acknowledgements arrive");
  expect(link.frames.filter((one) => headerIn(one, "message_id")?.startsWith("m-"))).toHaveLength(2);
});
