/** Frames over a real socket: what is offered, and what goes back. Every vector, and what the vectors do not show. */
import { readFileSync } from "node:fs";
import type { Settled } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { socketUrl } from "../../src/edge/socket.ts";
import { TOPIC } from "../../src/inbound/normalise.ts";
import { createDingTalk } from "../../src/index.ts";
import { type EdgeSession, edgeSession, runtimeAt, until } from "./session.ts";

interface Frame {
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
}
interface Vector {
  readonly name: string;
  readonly frame?: Frame;
  readonly frames?: readonly Frame[];
  readonly raw?: string;
  readonly expect?: { readonly topic: string };
  readonly ack?: unknown;
  readonly acks?: readonly unknown[];
}

const file = new URL("../vectors/dingtalk-inbound.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };

function ping(messageId: string): string {
  const headers = { topic: "ping", messageId, contentType: "application/json" };
  return JSON.stringify({ specVersion: "1.0", type: "SYSTEM", headers, data: '{"opaque":"p"}' });
}

function frame(over: Partial<Frame>): string {
  const headers = { topic: TOPIC.message, messageId: "m1", contentType: "application/json", ...over.headers };
  return JSON.stringify({ specVersion: "1.0", type: "CALLBACK", data: "{}", ...over, headers });
}

/** Everything written before has been dealt with: frames are read in their order. */
async function drained({ sim, ack }: EdgeSession): Promise<void> {
  const messageId = `fence-${sim.acks.length}-${crypto.randomUUID()}`;
  sim.write(ping(messageId));
  await ack(messageId);
}

/** Acknowledgements of what a test wrote. */
const acks = ({ sim }: EdgeSession): readonly unknown[] =>
  sim.acks.filter(({ headers }) => !String(headers["messageId"]).startsWith("fence-"));

describe("every vector gets its acknowledgement", () => {
  // A plugin's call wants a computed answer, which is out of scope: its topic is answered as unknown.
  const isPlugin = ({ name }: Vector): boolean => name.startsWith("plugin");
  // The same event twice: handled, and when it could not be written down.
  const settledFor = ({ name }: Vector): Settled => (name.includes("asks for redelivery") ? "busy" : "accepted");

  test.each(vectors)("$name", async (vector) => {
    const session = await edgeSession({ settle: () => Promise.resolve(settledFor(vector)) });
    const written =
      vector.raw === undefined ? (vector.frames ?? [vector.frame]).map((one) => JSON.stringify(one)) : [vector.raw];
    for (const text of written) session.sim.write(text);
    await drained(session);
    const expected = vector.acks ?? (vector.ack === null ? [] : [vector.ack]);
    if (isPlugin(vector)) expect(acks(session)).toMatchObject([{ code: 404, data: '{"response":null}' }]);
    else expect(acks(session)).toEqual(expected);
    const offers = ["bot-message", "event", undefined].includes(vector.expect?.topic) ? written.length : 0;
    expect(session.offered).toHaveLength(offers);
    expect(["live", "draining"]).toContain(session.listener.status().state);
  });
});

describe("messages", () => {
  test.each([
    ["accepted", 1],
    ["duplicate", 1],
    ["refused", 1],
    ["busy", 0],
  ] as const)("%s: %i acknowledgement", async (settled, count) => {
    const session = await edgeSession({ settle: () => Promise.resolve(settled) });
    const saying = session.sim.user("Lin").say("hello");
    void saying.catch(() => "the simulator is closed");
    await until(() => session.offered.length === 1, "it is offered");
    await drained(session);
    expect(acks(session)).toHaveLength(count);
  });

  test.each([
    ["accepted", "SUCCESS"],
    ["duplicate", "SUCCESS"],
    ["refused", "SUCCESS"],
    ["busy", "LATER"],
  ] as const)("an event that is %s: %s", async (settled, status) => {
    const session = await edgeSession({ settle: () => Promise.resolve(settled) });
    session.sim.write(frame({ type: "EVENT", headers: { topic: "*", eventType: "user_add_org", eventId: "e1" } }));
    const ack = (await session.ack("m1")) as { readonly code: number; readonly data: string };
    expect([ack.code, JSON.parse(ack.data)]).toMatchObject([200, { status }]);
  });

  test("an acknowledgement waits for the accept, and for nothing else; others pass it meanwhile", async () => {
    const first = Promise.withResolvers<Settled>();
    const session = await edgeSession({
      settle: (inbound) => ("text" in inbound && inbound.text === "slow" ? first.promise : Promise.resolve("accepted")),
    });
    const lin = session.sim.user("Lin");
    const slow = lin.say("slow");
    await until(() => session.offered.length === 1, "the slow one is offered");
    await lin.say("quick");
    expect(acks(session)).toHaveLength(1);
    first.resolve("accepted");
    await slow;
    expect(acks(session)).toHaveLength(2);
  });

  test("an acknowledgement whose connection has gone is dropped and logged: it never goes out on another", async () => {
    const accepted = Promise.withResolvers<Settled>();
    const session = await edgeSession({ settle: () => accepted.promise });
    void session.sim
      .user("Lin")
      .say("hello")
      .catch(() => "the simulator is closed");
    await until(() => session.offered.length === 1, "it is offered");
    const drop = session.sim.fault({ kind: "dropConnection" });
    drop[Symbol.dispose]();
    await until(() => session.sim.connections() === 0, "the connection has gone");
    await until(() => session.sim.connections() === 1, "the next one is there");
    accepted.resolve("accepted");
    const dropped = (): boolean =>
      session.log.lines.some(({ message }) => message.includes("acknowledgement was dropped"));
    await until(dropped, "the operator is told");
    await drained(session);
    expect(acks(session)).toEqual([]);
    expect(session.listener.status().state).toBe("live");
  });

  test("messages are offered in the order of their arrival", async () => {
    const session = await edgeSession();
    const lin = session.sim.user("Lin");
    const texts = Array.from({ length: 50 }, (_, n) => `message ${n}`);
    await Promise.all(texts.map((text) => lin.say(text)));
    expect(session.offered.map((inbound) => ("text" in inbound ? inbound.text : ""))).toEqual(texts);
  });

  test("a press is answered without an update; busy gets none", async () => {
    for (const [settled, data] of [
      ["accepted", '{"response":{}}'],
      ["busy", undefined],
    ] as const) {
      const session = await edgeSession({ settle: () => Promise.resolve(settled) });
      const action = JSON.stringify({ outTrackId: "c", userId: "u", content: "{}" });
      session.sim.write(frame({ headers: { topic: TOPIC.card }, data: action }));
      await drained(session);
      expect(session.offered.map(({ kind }) => kind)).toEqual(["action"]);
      expect(acks(session).map((ack) => (ack as { readonly data: string }).data)).toEqual(
        data === undefined ? [] : [data],
      );
    }
  });

  test("a sink that fails is logged, gets no acknowledgement, and harms nothing", async () => {
    const session = await edgeSession({ settle: () => Promise.reject(new Error("the sink is broken")) });
    void session.sim
      .user("Lin")
      .say("hello")
      .catch(() => "the simulator is closed");
    await until(() => session.offered.length === 1, "it is offered");
    await drained(session);
    expect(acks(session)).toEqual([]);
    expect(session.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(session.log.text()).toContain("the sink is broken");
    expect(session.listener.status().state).toBe("live");
  });
});

describe("frames that are none of ours", () => {
  test("a type that nobody knows is ignored with a line for debugging", async () => {
    const session = await edgeSession();
    for (const topic of [TOPIC.message, "else"]) session.sim.write(frame({ type: "NEWS", headers: { topic } }));
    await drained(session);
    expect([acks(session), session.offered]).toEqual([[], []]);
    expect(session.log.lines.filter(({ level }) => level === "debug")).toHaveLength(2);
  });

  test("a callback for another topic: 404, also when what it holds is nonsense", async () => {
    const session = await edgeSession();
    for (const [n, topic] of ["/v1.0/graph/api/invoke", "error", "", "__proto__", "constructor"].entries()) {
      session.sim.write(frame({ headers: { topic, messageId: `m${n}` }, data: "{" }));
      expect(await session.ack(`m${n}`)).toMatchObject({
        code: 404,
        message: "topic not found",
        data: '{"response":null}',
      });
    }
    expect(session.offered).toEqual([]);
  });

  test.each([
    ["a message that is no JSON", { data: "{" }],
    ["a message without an id", { data: '{"msgtype":"text"}' }],
    ["a press without a card", { headers: { topic: TOPIC.card }, data: '{"userId":"u"}' }],
    ["an event without an id", { type: "EVENT", headers: { topic: "*", eventType: "x" } }],
  ])("%s: 400, and the operator is told once", async (_, over) => {
    const session = await edgeSession();
    session.sim.write(frame(over));
    expect(await session.ack("m1")).toMatchObject({ code: 400, message: "bad request", data: '{"response":null}' });
    expect(session.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  test("without an id there is nothing to answer; it is logged, once", async () => {
    const session = await edgeSession();
    session.sim.write(JSON.stringify({ type: "CALLBACK", headers: { topic: TOPIC.message }, data: "{" }));
    session.sim.write("{");
    session.sim.write(JSON.stringify({ type: "EVENT", header: { topic: "*" }, data: "{}" }));
    session.sim.write(new Uint8Array([0, 255]));
    await drained(session);
    expect(acks(session)).toEqual([]);
    expect(session.log.lines.filter(({ level }) => level === "warn")).toHaveLength(4);
    expect(session.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("system frames", () => {
  test("a ping gets its own data back, whatever that is", async () => {
    const session = await edgeSession();
    for (const [n, data] of ['{"opaque":"x"}', "{ }", "no json", ""].entries()) {
      session.sim.write(frame({ type: "SYSTEM", headers: { topic: "ping", messageId: `p${n}` }, data }));
      expect(await session.ack(`p${n}`)).toEqual({
        code: 200,
        headers: { contentType: "application/json", messageId: `p${n}` },
        message: "OK",
        data,
      });
    }
  });

  test.each(["CONNECTED", "REGISTERED", "KEEPALIVE", "news"])(
    "%s is a sign of life and gets no answer",
    async (topic) => {
      const session = await edgeSession();
      const before = session.listener.status().lastInboundAt;
      session.sim.write(frame({ type: "SYSTEM", headers: { topic } }));
      await drained(session);
      expect(acks(session)).toEqual([]);
      expect(session.listener.status()).toMatchObject({ state: "live", lastFrameAt: expect.any(Number) as number });
      expect(session.listener.status().lastInboundAt).toBe(before);
    },
  );

  test("an announced end, with and without an id, twice: one further connection, no answer", async () => {
    const session = await edgeSession();
    const end = { type: "SYSTEM", data: '{"reason":"connection is expired"}' };
    session.sim.write(frame({ ...end, headers: { topic: "disconnect", messageId: undefined } }));
    session.sim.write(frame({ ...end, headers: { topic: "disconnect", messageId: "d1" } }));
    await until(() => session.sim.connections() === 2, "the next connection is there");
    await session.sim.user("Lin").say("hello");
    expect(session.sim.connections()).toBe(2);
    expect(session.sim.acks.map(({ headers }) => headers["messageId"])).not.toContain("d1");
    expect(session.sim.calls.filter(({ name }) => name === "gateway/connections/open")).toHaveLength(2);
  });
});

describe("the address of the socket", () => {
  test.each([
    ["wss://wss-open-connection.dingtalk.com:443/connect", "tick+et/ex=", "?ticket=tick%2Bet%2Fex%3D"],
    ["ws://127.0.0.1:1/connect?v=1", "a b&c", "&ticket=a%20b%26c"],
  ])("%s", (endpoint, ticket, end) => expect(socketUrl(endpoint, ticket)).toBe(`${endpoint}${end}`));
});

test("two accounts that listen to one app are told so, in the log and by probe", async () => {
  const session = await edgeSession();
  await session.listener.close(); // of the same process, it would be told of as well
  const { runtime, log, close } = runtimeAt();
  const open = (account: string): ReturnType<ReturnType<typeof createDingTalk>["open"]> =>
    createDingTalk({ ...session.sim.app, account }).open(runtime);
  const [one, two] = [open("one"), open("two")];
  const sink = { offer: (): Promise<Settled> => Promise.resolve("accepted") };
  const listeners = [one.listen(sink, new AbortController().signal), two.listen(sink, new AbortController().signal)];
  const others = (): readonly unknown[] => listeners[1]?.status().others ?? [];
  await until(() => others().length === 1, "the second knows of the first");
  expect(others()).toMatchObject([{ account: "one", pid: process.pid, host: expect.any(String) as string }]);
  const found = (await two.probe(new AbortController().signal)).find(({ code }) => code === "app_listened_to_twice");
  expect(found?.level).toBe("error");
  expect(found?.cause.en).toMatch(
    new RegExp(`^The account one of process ${process.pid} on \\S+ listens to the same app`),
  );
  const told = (): readonly unknown[] =>
    log.lines.filter(({ message }) => message.includes("somebody else listens")).map(({ facts }) => facts);
  expect(told()).toContainEqual({
    account: "two",
    others: [expect.objectContaining({ account: "one", pid: process.pid }) as object],
  });
  await Promise.all(listeners.map((listener) => listener.close()));
  const again = open("three").listen(sink, new AbortController().signal);
  await until(() => again.status().state === "live", "it is live");
  expect(again.status().others).toBeUndefined();
  await again.close();
  close();
});
