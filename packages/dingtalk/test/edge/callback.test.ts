/** The webhook call by call: what is let in, what is answered, and what is refused before it costs anything. */
import type { Inbound, Listener, Settled } from "@openclaw-china/core";
import { hmacSha256Base64 } from "@openclaw-china/core/internal";
import { recorder } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { listenCallbacks } from "../../src/edge/callback.ts";
import { createSealedEvents, type SealedEvents } from "../../src/edge/sealed.ts";

const SECRET = "secret-example-0123456789";
const TOKEN = "tokenA1b2";
const OWNER = "dingexampleappkey01";
const AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const ADDRESS = "https://bot.example.org/webhooks/dingtalk";
const MIB = 1_048_576;
const HOUR_MS = 3_600_000;

const events = sealedWith(AES_KEY);
const log = recorder();
let nowMs: number;
let settled: Settled;
let taken: Inbound[];
let desk: Listener & Required<Pick<Listener, "webhook">>;
beforeEach(() => {
  nowMs = 1_790_000_000_000;
  settled = "accepted";
  taken = [];
  desk = open();
});

function sealedWith(aesKey: string, owner = OWNER): SealedEvents {
  return createSealedEvents({ token: TOKEN, aesKey, owner }) ?? expect.unreachable("no key");
}

function open(over: { readonly token?: undefined; readonly events?: undefined } = {}): typeof desk {
  const now = (): number => nowMs;
  return listenCallbacks({
    self: { account: "default", robotCode: OWNER, botName: undefined, now },
    appSecret: SECRET,
    token: TOKEN,
    events,
    clock: { now, sleep: () => new Promise(() => undefined), random: () => 0.5 },
    log,
    sink: {
      offer(inbound) {
        taken.push(inbound);
        return Promise.resolve(settled);
      },
    },
    signal: new AbortController().signal,
    ...over,
  });
}

function signed(timestamp = String(nowMs)): Record<string, string> {
  return { timestamp, sign: hmacSha256Base64(SECRET, `${timestamp}\n${SECRET}`) };
}

function message(over: object = {}): object {
  return {
    msgId: "msg-1",
    msgtype: "text",
    text: { content: "hello" },
    conversationId: "cid-1",
    conversationType: "1",
    createAt: String(nowMs),
    senderStaffId: "staff-1",
    senderNick: "Lin",
    ...over,
  };
}

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | object;

function post(body: Body, headers: Record<string, string> = {}, address = ADDRESS): Promise<Response> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  const given = isRaw ? body : JSON.stringify(body);
  return desk.webhook(new Request(address, { method: "POST", headers, body: given, duplex: "half" }));
}

interface EventCall {
  readonly at?: number;
  readonly by?: SealedEvents;
  readonly names?: readonly [signature: string, timestamp: string];
}

/** A call as the platform makes it: an answer has the same members as a request. */
function eventCall(payload: unknown, { at = nowMs, by = events, names }: EventCall = {}): [object, string] {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const made = JSON.parse(by.answer(text, { timestamp: String(at), nonce: "nonce1" })) as Record<string, string>;
  const [signature, timestamp] = names ?? ["signature", "timestamp"];
  const query = new URLSearchParams({
    [signature]: made["msg_signature"] ?? "",
    [timestamp]: String(at),
    nonce: "nonce1",
  });
  return [{ encrypt: made["encrypt"] }, `${ADDRESS}?${query.toString()}`];
}

async function postEvent(payload: unknown, call: EventCall = {}): Promise<Response> {
  const [body, address] = eventCall(payload, call);
  return post(body, {}, address);
}

async function opened(response: Response): Promise<string> {
  const body = (await response.json()) as Record<string, string>;
  const { msg_signature: signature = "", timeStamp: timestamp = "", nonce = "", encrypt = "" } = body;
  const answer = events.open({ signature, timestamp, nonce, encrypt });
  return typeof answer === "string" ? answer : answer.text;
}

/** A body without an end, and how much of it was asked for. */
function endless(): { readonly stream: ReadableStream<Uint8Array>; readonly bytes: () => number } {
  let bytes = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        bytes += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, bytes: () => bytes };
}

describe("bot messages", () => {
  test("a signed one is accepted, and becomes what Stream Mode makes of it", async () => {
    const answer = await post(message(), signed());
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({});
    expect(taken).toMatchObject([
      { kind: "message", id: "msg-1", text: "hello", sentAt: nowMs, sender: { id: "staff-1", name: "Lin" } },
    ]);
  });

  test.each(["accepted", "duplicate", "refused"] as const)("%s is answered with 200", async (outcome) => {
    settled = outcome;
    expect((await post(message(), signed())).status).toBe(200);
  });

  test("busy is answered with 503, so that it comes again", async () => {
    settled = "busy";
    expect((await post(message(), signed())).status).toBe(503);
  });

  test("nothing is answered before it is safe", async () => {
    const safe = Promise.withResolvers<Settled>();
    let answered = false;
    desk = listenCallbacks({
      self: { account: "default", robotCode: OWNER, botName: undefined, now: () => nowMs },
      appSecret: SECRET,
      token: undefined,
      events: undefined,
      clock: { now: () => nowMs, sleep: () => new Promise(() => undefined), random: () => 0.5 },
      log,
      sink: { offer: () => safe.promise },
      signal: new AbortController().signal,
    });
    const answer = post(message(), signed()).then(({ status }) => {
      answered = true;
      return status;
    });
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    const closed = desk.close(); // waits for what is on its way into the inbox
    safe.resolve("accepted");
    expect(await answer).toBe(200);
    await closed;
  });

  test("the hour counts in both directions, its end included", async () => {
    for (const [offMs, status] of [
      [HOUR_MS, 200],
      [HOUR_MS + 1, 401],
      [-HOUR_MS, 200],
      [-HOUR_MS - 1, 401],
    ] as const) {
      expect((await post(message(), signed(String(nowMs - offMs)))).status, String(offMs)).toBe(status);
    }
  });

  test("one captured signature does not let in any number of forged messages", async () => {
    const headers = signed();
    const statuses: number[] = [];
    for (let n = 0; n < 300; n += 1) statuses.push((await post(message({ msgId: `forged-${n}` }), headers)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(taken).toHaveLength(100);
    expect((await post(message({ msgId: "forged-7" }), headers)).status).toBe(200); // the inbox knows it
  });
});

describe("the token of legacy outgoing robots", () => {
  test("without sign and timestamp the right token lets in", async () => {
    expect((await post(message(), { token: TOKEN })).status).toBe(200);
  });

  test.each([
    ["a wrong one", { token: "tokenA1b3" }],
    ["an empty one", { token: "" }],
    ["a longer one", { token: `${TOKEN}x` }],
    ["the right one beside a wrong signature", { token: TOKEN, timestamp: "1790000000000", sign: "x" }],
    ["the right one beside a timestamp", { token: TOKEN, timestamp: "1790000000000" }],
    ["the right one beside a sign", { token: TOKEN, sign: "x" }],
    ["the right one beside empty headers", { token: TOKEN, timestamp: "", sign: "" }],
  ])("%s does not", async (_, headers) => {
    expect((await post(message(), headers)).status).toBe(401);
    expect(taken).toEqual([]);
  });

  test("where none is configured, none lets in", async () => {
    desk = open({ token: undefined });
    for (const headers of [{ token: TOKEN }, { token: "" }, {}, { token: "undefined" }])
      expect((await post(message(), headers)).status).toBe(401);
  });
});

describe("encrypted events", () => {
  test("the address test is answered with an encrypted success, and reaches nobody", async () => {
    const answer = await postEvent({ EventType: "check_url" });
    expect(answer.status).toBe(200);
    expect(await opened(answer)).toBe("success");
    expect(taken).toEqual([]);
  });

  test.each(["check_create_suite_url", "check_update_suite_url"])("%s gets its Random back", async (EventType) => {
    expect(await opened(await postEvent({ EventType, Random: "r-4711", TestSuiteKey: "s" }))).toBe("r-4711");
    expect(taken).toEqual([]);
  });

  test("an event reaches the bot as one of its type; the same again has the same id, another has not", async () => {
    const event = { EventType: "user_add_org", TimeStamp: "1790000000001", UserId: ["u-二"] };
    expect(await opened(await postEvent(event))).toBe("success");
    nowMs += 60_000;
    await postEvent(event);
    await postEvent({ ...event, TimeStamp: "1790000000002" });
    const [first, again, other] = taken;
    expect(first).toMatchObject({ kind: "other", type: "user_add_org", raw: event, sentAt: 1_790_000_000_000 });
    expect(again?.id).toBe(first?.id);
    expect(other?.id).not.toBe(first?.id);
  });

  test("an event with an id of its own keeps it; a list is read by its first", async () => {
    await postEvent({ EventType: "x", EventId: 4711 });
    await postEvent([{ EventType: "y" }, { EventType: "z" }]);
    await postEvent({ no: "type" });
    expect(taken).toMatchObject([{ id: "4711", type: "x" }, { type: "y" }, { type: "unknown" }]);
  });

  test.each([
    ["msg_signature", "timestamp"],
    ["signature", "timeStamp"],
    ["msg_signature", "timeStamp"],
  ] as const)("%s and %s are read too", async (...names) => {
    expect((await postEvent({ EventType: "check_url" }, { names })).status).toBe(200);
  });

  test("busy is answered with 503, refused ones with an encrypted success", async () => {
    settled = "busy";
    expect((await postEvent({ EventType: "x" })).status).toBe(503);
    settled = "refused";
    expect(await opened(await postEvent({ EventType: "x" }))).toBe("success");
  });

  test("a day old or of tomorrow: refused", async () => {
    for (const offMs of [86_400_001, -86_400_001])
      expect((await postEvent({ EventType: "x" }, { at: nowMs - offMs })).status).toBe(401);
    expect((await postEvent({ EventType: "x" }, { at: nowMs - 86_400_000 })).status).toBe(200);
  });

  test("another token, key or app; text that is no JSON: refused alike, without an answer that tells why", async () => {
    const otherToken = createSealedEvents({ token: "another", aesKey: AES_KEY, owner: OWNER });
    expect((await postEvent({ EventType: "x" }, { by: otherToken ?? events })).status).toBe(401);
    const unreadable = [
      await postEvent({ EventType: "x" }, { by: sealedWith("0".repeat(43)) }),
      await postEvent({ EventType: "x" }, { by: sealedWith(AES_KEY, "dingsomeoneelse00") }),
      await postEvent("no json"),
      await postEvent("7"),
    ];
    expect(unreadable.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(new Set(await Promise.all(unreadable.map((one) => one.text()))).size).toBe(1);
    expect(taken).toEqual([]);
  });

  test("changed on its way: refused at once", async () => {
    const [body, address] = eventCall({ EventType: "x" });
    const { encrypt } = body as { readonly encrypt: string };
    const other = { encrypt: (encrypt.startsWith("A") ? "B" : "A") + encrypt.slice(1) };
    expect((await post(other, {}, address)).status).toBe(401);
    expect((await post(body, {}, address.replace("nonce=nonce1", "nonce=nonce2"))).status).toBe(401);
    expect((await post(body, {}, address.replace(/timestamp=\d+/, `timestamp=${nowMs + 1}`))).status).toBe(401);
    expect((await post(body, {}, address.replace(/timestamp=\d+/, "timestamp=now"))).status).toBe(401);
    expect((await post(body, {}, address.replace(/&?nonce=nonce1/, ""))).status).toBe(401);
  });

  test("unsigned ciphertext is refused, and one without secrets here too", async () => {
    const [body, address] = eventCall({ EventType: "check_url" });
    expect((await post(body)).status).toBe(401);
    desk = open({ events: undefined });
    expect((await post(body, {}, address)).status).toBe(401);
  });

  test("one kind is never taken for the other", async () => {
    const [body, address] = eventCall({ EventType: "check_url" });
    expect((await post(body, signed())).status).toBe(400); // a robot's signature opens no event
    expect((await post(message(), signed(), address)).status).toBe(400); // an event's signature covers no message
    expect((await post(message(), signed(), `${ADDRESS}?signature=x&timestamp=${nowMs}&nonce=n`)).status).toBe(400);
    expect((await post(message(), { token: TOKEN }, `${ADDRESS}?msg_signature=`)).status).toBe(401);
    expect(taken).toEqual([]);
  });
});

describe("hostile calls", () => {
  test.each(["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])("%s: 405", async (method) => {
    const answer = await desk.webhook(new Request(ADDRESS, { method, headers: signed() }));
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["half of it", '{"msgId":'],
    ["a text", '"text"'],
    ["null", "null"],
    ["a list", "[]"],
    ["without an id", "{}"],
    ["an empty id", JSON.stringify({ msgId: "", conversationId: "c", conversationType: "1" })],
    ["no UTF-8", new Uint8Array([0xff, 0xfe, 0x7b])],
  ])("signed, and %s: 400", async (_, body) => {
    expect((await post(body, signed())).status).toBe(400);
  });

  test("no body at all: 400", async () => {
    const answer = await desk.webhook(new Request(ADDRESS, { method: "POST", headers: signed() }));
    expect(answer.status).toBe(400);
  });

  test("a body that breaks off: 400", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("the caller has gone")),
    });
    expect((await post(broken, signed())).status).toBe(400);
  });

  test("a MiB is read, one byte more is not", async () => {
    const room = MIB - JSON.stringify(message({ pad: "" })).length;
    expect((await post(message({ pad: "x".repeat(room) }), signed())).status).toBe(200);
    expect((await post(message({ pad: "x".repeat(room + 1) }), signed())).status).toBe(413);
  });

  test("a length that is declared too large is refused unread, whoever calls", async () => {
    const body = endless();
    const answer = await post(body.stream, { "content-length": String(64 * MIB) });
    expect([answer.status, body.bytes()]).toEqual([413, 0]);
  });

  test("of a thousand endless bodies in a row none is read beyond the limit, and unsigned ones not at all", async () => {
    let signedBytes = 0;
    for (let n = 0; n < 1_000; n += 1) {
      const body = endless();
      const isSigned = n % 20 === 0;
      const answer = await post(body.stream, isSigned ? signed() : { timestamp: String(nowMs), sign: "forged" });
      expect(answer.status).toBe(isSigned ? 413 : 401);
      if (isSigned) signedBytes = Math.max(signedBytes, body.bytes());
      else expect(body.bytes()).toBe(0);
    }
    expect(signedBytes).toBeLessThanOrEqual(MIB + 65_536);
    expect(taken).toEqual([]);
    expect((await post(message(), signed())).status).toBe(200);
  });

  test("what throws is answered, and the next call is served", async () => {
    const odd = new Request(ADDRESS, { method: "POST", headers: signed(), body: "{}" });
    Object.defineProperty(odd, "url", { value: "no address" });
    expect((await desk.webhook(odd)).status).toBe(500);
    expect((await post(message(), signed())).status).toBe(200);
  });

  test("the log says why once in a while, whoever knocks, and never a secret", async () => {
    const before = log.lines.length;
    for (let n = 0; n < 500; n += 1) await post(message(), { timestamp: String(nowMs), sign: `forged ${n}` });
    await post(message());
    const said = log.lines.slice(before).map(({ message: line }) => line);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain("its signature is not made with this app's secret");
    expect(said[1]).toContain("it is not signed");
    nowMs += 60_000;
    await post(message(), { timestamp: String(nowMs), sign: "forged" });
    expect(log.lines.at(-1)?.facts).toMatchObject({ untold: 499 });
    for (const secret of [SECRET, TOKEN, AES_KEY, "forged"]) expect(log.text()).not.toContain(secret);
  });
});

describe("status", () => {
  test("live from the first moment, with the evidence of verified calls only", async () => {
    expect(desk.status()).toEqual({ state: "live", via: "webhook", since: nowMs, attempts: 0 });
    const since = nowMs;
    nowMs += 5;
    await post(message());
    expect(desk.status().lastFrameAt).toBeUndefined();
    await postEvent({ EventType: "check_url" });
    expect(desk.status()).toEqual({ state: "live", via: "webhook", since, attempts: 0, lastFrameAt: nowMs });
    nowMs += 5;
    await post(message(), signed());
    expect(desk.status()).toMatchObject({ lastFrameAt: nowMs, lastInboundAt: nowMs });
  });

  test("closed: each call is asked to repeat, and the statuses end", async () => {
    const states: string[] = [];
    const watching = (async () => {
      for await (const { state } of desk.statuses()) states.push(state);
    })();
    await Promise.resolve();
    await desk.close();
    await desk.close();
    await watching;
    expect(states).toEqual(["live", "stopped"]);
    expect((await post(message(), signed())).status).toBe(503);
    expect(taken).toEqual([]);
  });
});
