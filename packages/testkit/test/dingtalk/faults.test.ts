/** Each fault does what it says, as long as it is in force, and nothing afterwards. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  fakeClock,
  type FakeClock,
  type Fault,
  type SimulatedUser,
} from "../../src/index.ts";
import { type Answered, call, connect, dataOf, listen, open, statuses, tokenOf, until } from "./client.ts";

let clock: FakeClock;
let sim: DingTalkSimulator;
let lin: SimulatedUser;
let token: string;
beforeEach(async () => {
  clock = fakeClock();
  sim = await createDingTalkSimulator({ clock });
  lin = sim.user("Lin");
  token = await tokenOf(sim.app);
});
afterEach(() => sim.close());

const send = (content = "hello"): Promise<Answered> =>
  call(sim.app, {
    path: "/v1.0/robot/oToMessages/batchSend",
    body: {
      robotCode: sim.app.appKey,
      userIds: [lin.id],
      msgKey: "sampleText",
      msgParam: JSON.stringify({ content }),
    },
    token,
  });
const shown = (): readonly string[] => lin.screen().messages.map(({ text }) => text);
const failed = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    () => true,
  );

describe("sockets", () => {
  test("refuseConnections: an address is given, the socket is not", async () => {
    {
      using _refused = sim.fault({ kind: "refuseConnections" });
      expect((await open(sim.app)).status).toBe(200);
      await (
        await connect(sim.app)
      ).closed;
      expect(sim.connections()).toBe(0);
    }
    await connect(sim.app);
    expect(sim.connections()).toBe(1);
  });

  test("dropConnection: every connection ends now, without a word; later ones live", async () => {
    const links = [await connect(sim.app), await connect(sim.app)];
    using _dropped = sim.fault({ kind: "dropConnection" });
    expect(await Promise.all(links.map(({ closed }) => closed))).toEqual([1006, 1006]);
    await connect(sim.app);
    expect(sim.connections()).toBe(1);
  });

  test("halfOpen: it stays up, says nothing and hears nothing; what was pushed into it comes to the next", async () => {
    const link = await listen(sim.app);
    using _half = sim.fault({ kind: "halfOpen" });
    let done = false;
    void lin.say("into the void").then(() => (done = true));
    link.ws.ping();
    await clock.advance(59_000);
    expect([link.frames.length, link.ws.readyState, done]).toEqual([0, link.ws.OPEN, false]);
    const next = await listen(sim.app);
    await clock.advance(1_000);
    expect(dataOf(await next.frame(0))["text"]).toEqual({ content: "into the void" });
    await until(() => done, "it is confirmed");
    expect(link.frames).toEqual([]);
  });

  test("ignoreClose: a close is not answered", async () => {
    const ignoring = sim.fault({ kind: "ignoreClose" });
    const link = await connect(sim.app);
    ignoring[Symbol.dispose]();
    link.ws.close();
    await clock.advance(10_000);
    expect([link.ws.readyState, sim.connections()]).toEqual([link.ws.CLOSING, 1]);
    const polite = await connect(sim.app);
    polite.ws.close();
    await polite.closed;
    link.ws.terminate();
  });

  test("malformedFrame: nonsense now, and in front of every message", async () => {
    const link = await listen(sim.app);
    {
      using _broken = sim.fault({ kind: "malformedFrame" });
      await until(() => link.nonsense.length > 4, "nonsense has come");
      const before = link.nonsense.length;
      await lin.say("hello");
      expect(link.nonsense.length).toBe(2 * before);
    }
    const before = link.nonsense.length;
    await lin.say("again");
    expect(link.nonsense.length).toBe(before);
    const last = link.frames.at(-1);
    expect(last === undefined ? undefined : dataOf(last)["text"]).toEqual({ content: "again" });
  });

  test("duplicate: every message twice, under two ids and one msgId", async () => {
    const link = await listen(sim.app);
    {
      using _twice = sim.fault({ kind: "duplicate" });
      await lin.say("twice");
      const both = [await link.frame(0), await link.frame(1)];
      expect(new Set(both.map(({ headers }) => headers["messageId"])).size).toBe(2);
      expect(new Set(both.map((frame) => dataOf(frame)["msgId"])).size).toBe(1);
    }
    await lin.say("once");
    expect(link.frames).toHaveLength(3);
  });

  test("reorder: held back and delivered in reverse; what is left comes when it ends", async () => {
    const link = await listen(sim.app);
    const texts = (): unknown[] => link.frames.map((frame) => (dataOf(frame)["text"] as { content: string }).content);
    const order = sim.fault({ kind: "reorder" });
    await Promise.all([lin.say("first"), lin.say("second")]);
    expect(texts()).toEqual(["second", "first"]);
    const third = lin.say("third");
    await clock.advance(1_000);
    expect(texts()).toHaveLength(2);
    order[Symbol.dispose]();
    await third;
    expect(texts()).toEqual(["second", "first", "third"]);
  });

  test("delay and status bite at the handshake too, which is called connect", async () => {
    {
      using _busy = sim.fault({ kind: "status", status: 503, on: "connect" });
      await (
        await connect(sim.app)
      ).closed;
    }
    using _slow = sim.fault({ kind: "delay", ms: 5_000, on: "connect" });
    const opening = connect(sim.app);
    await until(() => clock.sleeping() > 0, "the handshake waits");
    await clock.advance(4_999);
    expect(sim.connections()).toBe(0);
    await clock.advance(1);
    await opening;
    expect(sim.connections()).toBe(1);
  });
});

describe("calls", () => {
  test("delay: answered late, on the platform's clock", async () => {
    using _slow = sim.fault({ kind: "delay", ms: 3_000, on: "batchSend" });
    let answered = false;
    const sending = send().then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => clock.sleeping() > 0, "the call waits");
    await clock.advance(2_999);
    expect([answered, shown(), statuses(sim, "batchSend")]).toEqual([false, [], [0]]);
    await clock.advance(1);
    expect((await sending).status).toBe(200);
  });

  test("slowBody: the head at once, the body over time", async () => {
    using _slow = sim.fault({ kind: "slowBody", ms: 4_000, on: "batchSend" });
    const { appKey: robotCode } = sim.app;
    const body = { robotCode, userIds: [lin.id], msgKey: "sampleText", msgParam: '{"content":"slow"}' };
    const answer = await fetch(`${sim.app.endpoints.api}/v1.0/robot/oToMessages/batchSend`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-acs-dingtalk-access-token": token },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    let text: string | undefined;
    void answer.text().then((whole) => (text = whole));
    await until(() => clock.sleeping() > 0, "the body waits");
    await clock.advance(3_000);
    expect(text).toBeUndefined();
    await clock.advance(1_000);
    await until(() => text !== undefined, "the body is complete");
    expect(JSON.parse(text ?? "")).toHaveProperty("processQueryKey");
  });

  test("status: that status, and nothing is executed", async () => {
    using _broken = sim.fault({ kind: "status", status: 502, on: "batchSend" });
    expect((await send()).status).toBe(502);
    expect(shown()).toEqual([]);
  });

  test("platformError: that error, and nothing is executed", async () => {
    using _refused = sim.fault({ kind: "platformError", code: "system.busy", on: "batchSend" });
    expect(await send()).toMatchObject({ status: 500, json: { code: "system.busy" } });
    expect(shown()).toEqual([]);
  });

  test("noAnswer before executing: cut off, and nobody sees anything", async () => {
    using _cut = sim.fault({ kind: "noAnswer", executed: false, on: "batchSend" });
    expect(await failed(send())).toBe(true);
    expect([shown(), statuses(sim, "batchSend")]).toEqual([[], [0]]);
  });

  test("noAnswer after executing, before answering: cut off, and it is there", async () => {
    using _cut = sim.fault({ kind: "noAnswer", executed: true, on: "batchSend" });
    expect(await failed(send())).toBe(true);
    expect([shown(), statuses(sim, "batchSend")]).toEqual([["hello"], [0]]);
  });

  test("`on` is the end of a call's name; other calls are as they were", async () => {
    using _broken = sim.fault({ kind: "status", status: 500, on: "card/streaming" });
    expect((await send()).status).toBe(200);
    using _all = sim.fault({ kind: "status", status: 500, on: "robot/oToMessages/batchSend" });
    expect((await send()).status).toBe(500);
  });

  test("when it is disposed everything is as before; the newest of a kind counts", async () => {
    const faults: readonly Fault[] = [
      { kind: "status", status: 501, on: "batchSend" },
      { kind: "status", status: 502, on: "batchSend" },
    ];
    const [older, newer] = faults.map((fault) => sim.fault(fault));
    expect((await send()).status).toBe(502);
    newer?.[Symbol.dispose]();
    newer?.[Symbol.dispose](); // twice is once
    expect((await send()).status).toBe(501);
    older?.[Symbol.dispose]();
    expect((await send()).status).toBe(200);
  });
});

test("closing ends connections, calls that wait, and timers", async () => {
  const link = await connect(sim.app);
  using _slow = sim.fault({ kind: "delay", ms: 60_000, on: "batchSend" });
  const sending = failed(send());
  await until(() => statuses(sim, "batchSend").length === 1, "the call is there");
  await sim.close();
  expect(await link.closed).toBe(1006);
  expect(await sending).toBe(true);
  expect(clock.sleeping()).toBe(0);
});
