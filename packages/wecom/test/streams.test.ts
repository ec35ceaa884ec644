/** The board of growing answers: what the platform is told when it asks, and when an answer counts as seen. */
import { ChannelError, type ReplyWriter, type Sent, type Store } from "@openclaw-china/core";
import { memoryStateAt, silentLogger } from "@openclaw-china/core/internal";
import { fakeClock, type FakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { CallbackReply } from "../src/inbound/reply-to.ts";
import { createRefresh, type Refresh } from "../src/outbound/refresh.ts";
import { CONTINUED, createStreamBoard, DONE, ELSEWHERE, LOST, type StreamBoard } from "../src/streams.ts";

const ID = "st-1";
const MINUTE_MS = 60_000;
const TO = { channel: "wecom", account: "default", kind: "user", id: "lin.yi" } as const;
const calm = new AbortController().signal;

let clock: FakeClock;
let store: Store;
let board: StreamBoard;
let refresh: Refresh;
let replyTo: CallbackReply;
beforeEach(async () => {
  clock = fakeClock();
  ({ store } = memoryStateAt(clock));
  board = boardOf();
  refresh = createRefresh({ board, clock, account: "default" });
  replyTo = { via: "callback", streamId: ID, at: clock.now() };
  await board.open(ID, clock.now());
});

/** As another process, or the same after a restart, has it. */
function boardOf(): StreamBoard {
  return createStreamBoard({ store, clock, log: silentLogger(), account: "default", placeholder: "<think></think>" });
}

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ChannelError ? error : expect.unreachable("it did not fail as it should");
}

async function writerOf(key = "k1"): Promise<ReplyWriter> {
  const handle = await refresh.streaming.prepare(TO, { key, replyTo, signal: calm });
  return refresh.streaming.open(handle, calm);
}

/** Time goes on until it is settled. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const over = work.then(
    () => true,
    () => true,
  );
  for (let steps = 0; steps < 2_000; steps += 1) {
    if (await Promise.race([over, clock.advance(50).then(() => false)])) break;
  }
  return work;
}

describe("a growing answer", () => {
  test("placeholder, what it says so far, and its end; the end is evidence once it was fetched", async () => {
    expect(await board.ask(ID)).toEqual({ content: "<think></think>", finish: false });
    const writer = await writerOf();
    writer.update("one");
    await expect.poll(() => board.ask(ID)).toEqual({ content: "one", finish: false });
    writer.update("one two");
    await expect.poll(() => board.ask(ID)).toEqual({ content: "one two", finish: false });
    const finished = writer.finish("one two three");
    await expect.poll(() => board.ask(ID)).toEqual({ content: "one two three", finish: true });
    expect(await inTime(finished)).toMatchObject({ channel: "wecom", account: "default", id: ID });
    expect(await board.ask(ID)).toEqual({ content: "one two three", finish: true });
  });

  test("the newest of many texts wins, and nothing comes after the end", async () => {
    const writer = await writerOf();
    for (let n = 1; n <= 500; n += 1) writer.update("x".repeat(n));
    const finished = writer.finish("done");
    await expect.poll(() => board.ask(ID)).toEqual({ content: "done", finish: true });
    writer.update("late");
    await inTime(finished);
    expect(await board.ask(ID)).toEqual({ content: "done", finish: true });
  });

  test("a platform that does not ask any more: refused, so that it goes another way, and not shown a second time", async () => {
    const writer = await writerOf();
    writer.update("one");
    await expect.poll(() => board.ask(ID)).toMatchObject({ content: "one" });
    const error = await failure(inTime(writer.finish("one two")));
    expect(error).toMatchObject({ code: "reply_expired", outcome: "refused", verdict: { kind: "stop" } });
    expect(await board.ask(ID)).toEqual({ content: ELSEWHERE, finish: true });
    expect(await failure(inTime(writer.finish("one two")))).toMatchObject({ code: "reply_expired" });
  });

  test("a failure ends it with the reason", async () => {
    const writer = await writerOf();
    writer.update("half");
    await expect.poll(() => board.ask(ID)).toMatchObject({ content: "half" });
    await writer.fail("broken");
    expect(await board.ask(ID)).toEqual({ content: "half\n\n⚠️ broken", finish: true });
  });

  test("called off while the platform may still ask: nobody knows, and the same end is evidence later", async () => {
    const gone = new AbortController();
    const handle = await refresh.streaming.prepare(TO, { key: "k1", replyTo, signal: calm });
    const writer = await refresh.streaming.open(handle, gone.signal);
    const finished = writer.finish("whole");
    gone.abort(new Error("the process ends"));
    expect(await failure(finished)).toMatchObject({ code: "aborted", outcome: "unknown" });
    board = boardOf();
    refresh = createRefresh({ board, clock, account: "default" });
    expect(await board.ask(ID)).toEqual({ content: "whole", finish: true });
    const again = await refresh.streaming.open(handle, calm);
    expect(await inTime(again.finish("whole"))).toMatchObject({ id: ID });
  });

  test("one answer has the stream; the next goes another way; a repeat of the first does not", async () => {
    await writerOf("k1");
    await expect(writerOf("k2")).rejects.toMatchObject({ code: "unsupported", outcome: "not_sent" });
    await writerOf("k1");
    for (const other of [undefined, { via: "app", userId: "u" }, { via: "callback", at: 1 }]) {
      const asked = refresh.streaming.prepare(TO, { key: "k1", replyTo: other, signal: calm });
      await expect(asked).rejects.toMatchObject({ code: "unsupported", outcome: "not_sent" });
    }
  });
});

describe("another process", () => {
  test("answers a question with what stands, and what it handed over is evidence", async () => {
    const writer = await writerOf();
    writer.update("from the first");
    const other = boardOf();
    await expect.poll(() => other.ask(ID)).toEqual({ content: "from the first", finish: false });
    const finished = writer.finish("all of it");
    await expect.poll(() => other.ask(ID)).toEqual({ content: "all of it", finish: true });
    expect(await inTime(finished)).toMatchObject({ id: ID });
  });

  test("takes an answer up after a restart: the platform keeps on asking meanwhile", async () => {
    const handle = await refresh.streaming.prepare(TO, { key: "k1", replyTo, signal: calm });
    board = boardOf();
    refresh = createRefresh({ board, clock, account: "default" });
    expect(await board.ask(ID)).toEqual({ content: "<think></think>", finish: false });
    const writer = await refresh.streaming.open(handle, calm);
    const finished = writer.finish("after the restart");
    await expect.poll(() => board.ask(ID)).toEqual({ content: "after the restart", finish: true });
    expect(await inTime(finished)).toMatchObject({ id: ID });
  });

  test("a stream that nobody knows is closed with words", async () => {
    expect(await board.ask("st-unknown")).toEqual({ content: LOST, finish: true });
  });
});

describe("before its life ends", () => {
  test("it is closed with where it goes on, and only the rest follows", async () => {
    const writer = await writerOf();
    writer.update("first line\nsecond li");
    await expect.poll(() => board.ask(ID)).toMatchObject({ content: "first line\nsecond li" });
    await clock.advance(5 * MINUTE_MS + 39_000);
    expect(await board.ask(ID)).toMatchObject({ finish: false });
    await clock.advance(1_000);
    expect(await board.ask(ID)).toEqual({ content: `first line\n\n${CONTINUED}`, finish: true });
    writer.update("first line\nsecond line\nthird");
    expect(await failure(writer.finish("first line\nsecond line\nthird"))).toMatchObject({ code: "reply_expired" });
    const sent: unknown[] = [];
    const send = refresh.around((_to, message) => {
      sent.push(message);
      return Promise.resolve({ id: "elsewhere" } as Sent);
    });
    const whole = { kind: "markdown", text: "first line\nsecond line\nthird" } as const;
    expect(await send(TO, whole, { key: "k1~", replyTo, signal: calm })).toMatchObject({ id: "elsewhere" });
    expect(sent).toEqual([{ kind: "markdown", text: "second line\nthird" }]);
  });

  test("with nothing to show, it says where the answer will be, and the whole answer follows", async () => {
    await clock.advance(5 * MINUTE_MS + 40_000);
    expect(await board.ask(ID)).toEqual({ content: ELSEWHERE, finish: true });
    const sent: unknown[] = [];
    const send = refresh.around((_to, message) => {
      sent.push(message);
      return Promise.resolve({ id: "elsewhere" } as Sent);
    });
    await send(TO, { kind: "markdown", text: "whole" }, { key: "k1", replyTo, signal: calm });
    expect(sent).toEqual([{ kind: "markdown", text: "whole" }]);
  });
});

describe("nothing stays thinking", () => {
  test("a turn that is over without a word closes the stream with a sign", async () => {
    await refresh.done(replyTo);
    expect(await board.ask(ID)).toMatchObject({ finish: false });
    await clock.advance(5_000);
    expect(await board.ask(ID)).toEqual({ content: DONE, finish: true });
  });

  test("an answer that is under way is left alone", async () => {
    await refresh.done(replyTo);
    const writer = await writerOf();
    writer.update("words");
    await clock.advance(10_000);
    await expect.poll(() => board.ask(ID)).toEqual({ content: "words", finish: false });
    await refresh.done({ via: "app", userId: "u" });
    await refresh.done(undefined);
  });

  test("a message that is not taken has no stream", async () => {
    await board.forget(ID);
    expect(await board.ask(ID)).toEqual({ content: LOST, finish: true });
    await board.forget(ID);
  });
});

describe("an answer in one piece", () => {
  const elsewhere = refreshed();
  function refreshed(): { readonly sent: unknown[] } {
    return { sent: [] };
  }
  const send = (): ReturnType<Refresh["around"]> =>
    refresh.around((_to, message) => {
      elsewhere.sent.push(message);
      return Promise.resolve({ id: "elsewhere" } as Sent);
    });
  beforeEach(() => void elsewhere.sent.splice(0));

  test("goes into the stream; a second one, and what is no text, goes another way", async () => {
    const sending = send()(TO, { kind: "text", text: "2 * 3" }, { key: "k1", replyTo, signal: calm });
    await expect.poll(() => board.ask(ID)).toEqual({ content: String.raw`2 \* 3`, finish: true });
    expect(await inTime(sending)).toMatchObject({ id: ID });
    await send()(TO, { kind: "markdown", text: "second" }, { key: "k2", replyTo, signal: calm });
    await send()(TO, { kind: "card", title: "T" }, { key: "k3", replyTo, signal: calm });
    await send()(TO, { kind: "markdown", text: "by itself" }, { key: "k4", signal: calm });
    expect(elsewhere.sent).toEqual([
      { kind: "markdown", text: "second" },
      { kind: "card", title: "T" },
      { kind: "markdown", text: "by itself" },
    ]);
  });

  test("whose stream nobody asks for goes another way, once", async () => {
    const sending = send()(TO, { kind: "markdown", text: "whole" }, { key: "k1", replyTo, signal: calm });
    expect(await inTime(sending)).toMatchObject({ id: "elsewhere" });
    expect(elsewhere.sent).toEqual([{ kind: "markdown", text: "whole" }]);
    expect(await board.ask(ID)).toEqual({ content: ELSEWHERE, finish: true });
  });
});
