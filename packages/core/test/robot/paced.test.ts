/** The pace of group robots, in virtual time: windows, joining, cutting, pauses, and each send's own result. */
import { type ChannelError, type Outbound, type Robot, type Sent } from "@openclaw-china/core";
import { channelError, configError, createPacedRobot, type PacedRobotOptions } from "@openclaw-china/core/internal";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { expect, test } from "vitest";

const WINDOW_MS = 60_000;
const FIX = { en: "fix", zh: "fix" };

interface Group {
  readonly robot: Robot;
  readonly clock: FakeClock;
  /** What arrived, with when. */
  readonly shown: { readonly text: string; readonly atMs: number; readonly mentions?: unknown }[];
  /** One a message, in order; `undefined`: it arrives. */
  readonly refusals: (ChannelError | undefined)[];
}

function group(options: Partial<PacedRobotOptions> = {}): Group {
  const clock = fakeClock();
  const start = clock.now();
  const shown: Group["shown"] = [];
  const refusals: Group["refusals"] = [];
  const robot = createPacedRobot({
    clock,
    what: "the group robot",
    perWindow: 3,
    windowMs: WINDOW_MS,
    limits: { maxChars: 100 },
    check: () => undefined,
    post(message) {
      const refusal = refusals.shift();
      if (refusal !== undefined) return Promise.reject(refusal);
      const text = message.kind === "text" || message.kind === "markdown" ? message.text : message.kind;
      const mentions = "mentions" in message ? { mentions: message.mentions } : {};
      const id = `m${shown.push({ text, atMs: clock.now() - start, ...mentions })}`;
      return Promise.resolve({ channel: "x", account: "robot", id, sentAt: clock.now(), parts: [] } satisfies Sent);
    },
    ...options,
  });
  return { robot, clock, shown, refusals };
}

function refused(facts: Partial<Parameters<typeof channelError>[0]>): ChannelError {
  return channelError({
    code: "platform_refused",
    kind: "platform",
    message: "no",
    outcome: "refused",
    fix: FIX,
    ...facts,
  });
}

const muted = refused({ code: "rate_limited", outcome: "not_sent", verdict: { kind: "retryLater", afterMs: 600_000 } });
const text = (words: string, mentions?: readonly string[] | "all"): Outbound => ({
  kind: "text",
  text: words,
  ...(mentions === undefined ? {} : { mentions }),
});
const idsOf = async (sends: readonly Promise<Sent>[]): Promise<string[]> =>
  (await Promise.all(sends)).map(({ id }) => id);

test("as many as the window takes leave at once and apart; what overflows is joined when there is room", async () => {
  const { robot, clock, shown } = group();
  const sends = [1, 2, 3, 4, 5, 6].map((n) => robot.send(`alert ${n}`));
  await clock.advance(WINDOW_MS - 1);
  expect(shown.map((one) => one.text)).toEqual(["alert 1", "alert 2", "alert 3"]);
  await clock.advance(1);
  expect(shown.slice(3)).toEqual([{ text: "alert 4\n\n---\n\nalert 5\n\n---\n\nalert 6", atMs: WINDOW_MS }]);
  expect(await idsOf(sends)).toEqual(["m1", "m2", "m3", "m4", "m4", "m4"]);
  expect(clock.sleeping()).toBe(0);
});

test("never more in any window, however many are sent", async () => {
  const { robot, clock, shown } = group({ limits: { maxChars: 30 } });
  const sends = Array.from({ length: 40 }, (_, n) => robot.send(`message number ${n}`));
  await clock.advance(20 * WINDOW_MS);
  await Promise.all(sends);
  expect(shown).toHaveLength(40); // two do not fit into one message
  for (const { atMs } of shown) {
    expect(shown.filter((one) => one.atMs >= atMs && one.atMs < atMs + WINDOW_MS).length).toBeLessThanOrEqual(3);
  }
});

test("what is joined keeps the size, the kind, and notifies everybody of its parts", async () => {
  const { robot, clock, shown } = group({ perWindow: 1 });
  const sends = [
    robot.send("first"),
    robot.send(text("a", ["lin"])),
    robot.send(text("b", ["wang", "lin"])),
    robot.send({ kind: "markdown", text: "**c**", mentions: "all" }),
    robot.send(`d${"d".repeat(80)}`),
    robot.send(`e${"e".repeat(80)}`),
  ];
  await clock.advance(10 * WINDOW_MS);
  await Promise.all(sends);
  expect(shown.map((one) => [one.text.slice(0, 12), one.mentions])).toEqual([
    ["first", undefined],
    ["a\n\n———\n\nb", ["lin", "wang"]],
    ["**c**\n\n---\n\n", "all"],
    ["e".repeat(12), undefined],
  ]);
});

test("a long text is cut, and its result names every part", async () => {
  const { robot, clock, shown } = group({ limits: { maxChars: 60 } });
  const sending = robot.send(Array.from({ length: 12 }, (_, n) => `line number ${n}`).join("\n"));
  await clock.advance(WINDOW_MS);
  const sent = await sending;
  expect(shown.length).toBeGreaterThan(2);
  expect([sent.id, ...sent.parts]).toEqual(shown.map((_, at) => `m${at + 1}`));
  expect(shown.every((one) => one.text.length <= 60)).toBe(true);
});

test("muted: everything waits as long as the platform says, then goes as one", async () => {
  const { robot, clock, shown, refusals } = group();
  refusals.push(muted);
  const first = robot.send("one");
  await clock.advance(1);
  const second = robot.send("two");
  await clock.advance(600_000 - 2);
  expect(shown).toEqual([]);
  await clock.advance(2);
  expect(shown).toEqual([{ text: "one\n\n---\n\ntwo", atMs: 600_000 }]);
  expect(await idsOf([first, second])).toEqual(["m1", "m1"]);
});

test("muted without end: given up with the platform's reason", async () => {
  const { robot, clock, refusals } = group();
  refusals.push(muted, muted, muted, muted, muted);
  const sending = robot.send("one");
  const failing = expect(sending).rejects.toBe(muted);
  await clock.advance(4 * 600_000);
  await failing;
});

test("too large for the platform after all: cut in halves until it takes them", async () => {
  const { robot, clock, shown, refusals } = group({ limits: { maxChars: 4_000 } });
  refusals.push(refused({ code: "too_large" }));
  const sending = robot.send(Array.from({ length: 100 }, (_, n) => `this is line number ${n}`).join("\n"));
  await clock.advance(WINDOW_MS);
  const sent = await sending;
  expect(shown.length).toBeGreaterThan(1);
  expect(sent.parts).toHaveLength(shown.length - 1);
  refusals.push(refused({ code: "too_large" }));
  const short = robot.send("short");
  const failing = expect(short).rejects.toMatchObject({ code: "too_large" });
  await clock.advance(WINDOW_MS);
  await failing;
});

test("one text that the platform refuses takes none of those it was joined with along", async () => {
  const { robot, clock, shown, refusals } = group({ perWindow: 1 });
  refusals.push(undefined, refused({ code: "content_rejected" }), undefined, refused({ code: "content_rejected" }));
  const results = Promise.allSettled(["first", "good", "bad", "fine"].map((one) => robot.send(one)));
  await clock.advance(10 * WINDOW_MS);
  expect((await results).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(shown.map((one) => one.text)).toEqual(["first", "good", "fine"]);
});

test("nothing is repeated when nobody knows whether it arrived; what surely did not leave is", async () => {
  const { robot, clock, shown, refusals } = group();
  refusals.push(refused({ code: "timeout", outcome: "unknown", verdict: { kind: "retry" } }));
  await expect(robot.send("perhaps")).rejects.toMatchObject({ outcome: "unknown" });
  refusals.push(refused({ code: "unreachable", outcome: "not_sent", verdict: { kind: "retry" } }));
  const sending = robot.send("again");
  await clock.advance(10_000);
  await sending;
  expect(shown.map((one) => one.text)).toEqual(["again"]);
});

test("a send that is called off leaves the queue, and says what it waited for", async () => {
  const { robot, clock, shown, refusals } = group({ perWindow: 1 });
  const off = new AbortController();
  await robot.send("first");
  const quiet = robot.send("quiet", { signal: off.signal });
  const kept = robot.send("kept");
  const failing = expect(quiet).rejects.toMatchObject({ code: "aborted", outcome: "not_sent" });
  off.abort();
  await failing;
  await clock.advance(WINDOW_MS);
  await kept;
  expect(shown.map((one) => one.text)).toEqual(["first", "kept"]);
  await expect(robot.send("late", { signal: off.signal })).rejects.toMatchObject({ code: "aborted" });

  await clock.advance(WINDOW_MS);
  refusals.push(muted);
  const impatient = new AbortController();
  const waiting = robot.send("muted", { signal: impatient.signal });
  const told = expect(waiting).rejects.toBe(muted);
  await clock.advance(1);
  impatient.abort();
  await told;
});

test("called off while it is on its way: it may arrive, and is not tried again", async () => {
  const answers: PromiseWithResolvers<Sent>[] = [];
  const { robot, clock } = group({
    post() {
      const answer = Promise.withResolvers<Sent>();
      answers.push(answer);
      return answer.promise;
    },
  });
  const off = new AbortController();
  const [arrives, fails] = ["arrives", "fails"].map((one) => robot.send(one, { signal: off.signal }));
  await clock.advance(0);
  answers[0]?.resolve({ channel: "x", account: "robot", id: "m1", sentAt: 0, parts: [] });
  await clock.advance(0);
  off.abort();
  expect((await arrives)?.id).toBe("m1");
  const failing = expect(fails).rejects.toBe(muted);
  answers[1]?.reject(muted);
  await failing;
  await robot.close();
  expect(answers).toHaveLength(2);
  expect(clock.sleeping()).toBe(0);
});

test("a send that is called off in the middle sends no further part", async () => {
  const { robot, clock, shown } = group({ perWindow: 1, limits: { maxChars: 40 } });
  const off = new AbortController();
  const sending = robot.send("word ".repeat(30), { signal: off.signal });
  const failing = expect(sending).rejects.toMatchObject({ code: "aborted" });
  await clock.advance(1);
  off.abort();
  await failing;
  await clock.advance(10 * WINDOW_MS);
  expect(shown).toHaveLength(1);
});

test("when everybody has left, neither the end nor the process waits for the window", async () => {
  const { robot, clock, shown } = group({ perWindow: 1 });
  await robot.send("first");
  const off = new AbortController();
  const failing = expect(robot.send("second", { signal: off.signal })).rejects.toMatchObject({ code: "aborted" });
  await clock.advance(1);
  expect(clock.sleeping()).toBe(1);
  off.abort();
  await failing;
  await robot.close();
  expect(clock.sleeping()).toBe(0);
  expect(shown).toHaveLength(1);
});

test("one leaves and another comes in the same moment: it is sent in its time", async () => {
  const { robot, clock, shown } = group({ perWindow: 1 });
  await robot.send("first");
  const off = new AbortController();
  const failing = expect(robot.send("second", { signal: off.signal })).rejects.toMatchObject({ code: "aborted" });
  await clock.advance(1);
  off.abort();
  const third = robot.send("third");
  await failing;
  await clock.advance(WINDOW_MS);
  await third;
  expect(shown.map(({ atMs }) => atMs)).toEqual([0, WINDOW_MS]);
});

test("close sends what waits, then refuses", async () => {
  let closed = 0;
  const { robot, clock, shown } = group({ perWindow: 1, onClosed: () => (closed += 1) });
  const sends = [robot.send("one"), robot.send("two"), robot.send("three")];
  const closing = robot.close();
  await expect(robot.send("four")).rejects.toMatchObject({ code: "closed", message: "the group robot is closed" });
  await clock.advance(WINDOW_MS);
  await closing;
  await robot[Symbol.asyncDispose]();
  await Promise.all(sends);
  expect(shown.map((one) => one.text)).toEqual(["one", "two\n\n---\n\nthree"]);
  expect(closed).toBe(1);
});

test("what cannot be sent is refused at once, and takes no place", async () => {
  const error = configError("no", FIX);
  const { robot, shown } = group({
    check(message) {
      if (message.kind === "media") throw error;
    },
  });
  await expect(robot.send({ kind: "media", file: new Blob(["a"]) })).rejects.toBe(error);
  await robot.send({ kind: "card", title: "a card" });
  expect(shown.map((one) => one.text)).toEqual(["card"]);
});

test("no queue without end", async () => {
  const { robot, clock } = group({ perWindow: 1, maxWaiting: 2 });
  const sends = ["one", "two"].map((one) => robot.send(one));
  await expect(robot.send("three")).rejects.toMatchObject({ code: "rate_limited", outcome: "not_sent" });
  await clock.advance(WINDOW_MS);
  await Promise.all(sends);
});
