/**
 * What people see is the answer, once, under every failure of the calls that bring it: random texts in random pieces, random
 * faults of each call. Where a message cannot be repeated and its answer was lost, a notice may stand in its place.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallFault, CallName } from "../stage/desk.ts";
import { type Stage, stages } from "../stage/stage.ts";

const { open } = stages();
const RUNS = 120;

interface Script {
  readonly pieces: readonly string[];
  /** In the order of the calls, whatever they are; then all is well. */
  readonly faults: readonly (CallFault | undefined)[];
  readonly streams: boolean;
  readonly repeats: boolean;
  /** The handler returns a stream, or the whole text. */
  readonly asStream: boolean;
  readonly maxChars: number | undefined;
}

const fault: fc.Arbitrary<CallFault | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constant<CallFault>({ outcome: "not_sent" }) },
  { weight: 1, arbitrary: fc.constant<CallFault>({ outcome: "refused" }) },
  {
    weight: 1,
    arbitrary: fc.constant<CallFault>({ outcome: "refused", verdict: { kind: "retryLater", afterMs: 500 } }),
  },
  { weight: 1, arbitrary: fc.constant<CallFault>({ outcome: "unknown", executed: true }) },
  { weight: 1, arbitrary: fc.constant<CallFault>({ outcome: "unknown", executed: false }) },
);

const script = (over: { readonly [K in keyof Script]?: fc.Arbitrary<Script[K]> }): fc.Arbitrary<Script> =>
  fc.record({
    pieces: fc.array(fc.constantFrom("a", "ab", "word ", " ", "\n\n", "*b*", "😀", "", "<@u2>", "字", "```\n"), {
      maxLength: 12,
    }),
    faults: fc.array(fault, { maxLength: 14 }),
    streams: fc.boolean(),
    repeats: fc.boolean(),
    asStream: fc.boolean(),
    maxChars: fc.constant(undefined),
    ...over,
  });

interface Struck {
  readonly name: CallName;
  readonly key: string;
  readonly fault: CallFault;
}

interface Seen {
  readonly stage: Stage;
  /** Faults that struck, by call. */
  readonly struck: readonly Struck[];
}

async function play({ pieces, faults, streams, repeats, asStream, maxChars }: Script): Promise<Seen> {
  const left = [...faults];
  const struck: Struck[] = [];
  const stage = await open({
    channel: {
      streams,
      repeatMs: repeats ? 86_400_000 : 0,
      ...(maxChars === undefined ? {} : { can: { text: { maxChars } } }),
    },
    handler: () => (asStream ? slowly(pieces) : pieces.join("")),
  });
  const { platform } = stage;
  platform.judge = (name, key) => {
    if (name === "presence") return undefined;
    const next = left.shift();
    if (next === undefined) return undefined;
    // What a platform has done it does not refuse afterwards.
    const isDone = platform.posts.some((post) => post.key === key && (name === "open" || post.state === "finished"));
    if (next.outcome === "refused" && isDone) return undefined;
    struck.push({ name, key, fault: next });
    return next;
  };
  await stage.say("x");
  await stage.idle(400);
  return { stage, struck };
}

async function* slowly(pieces: readonly string[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const isNotice = (text: string): boolean => text.includes("may not have arrived");
const isApology = (text: string): boolean => text.includes("Sorry");
const squeeze = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** Nothing that was finished has changed, and nothing is left growing, unless the platform would not end it either. */
function checkScreen({ stage, struck }: Seen): void {
  const { posts, violations } = stage.platform;
  expect(violations).toEqual([]);
  if (struck.some(({ name }) => name === "fail")) return;
  expect(posts.filter(({ state }) => state === "growing")).toEqual([]);
}

function check(seen: Seen, answer: string): void {
  checkScreen(seen);
  const { posts } = seen.stage.platform;
  const whole = posts.filter(({ state, text }) => state === "finished" && !isNotice(text) && !isApology(text));
  const notices = posts.filter(({ text }) => isNotice(text));
  const struck = (outcome: CallFault["outcome"]): readonly Struck[] =>
    seen.struck.filter(
      ({ name, fault: { outcome: had, verdict } }) => name === "send" && had === outcome && verdict === undefined,
    );
  const copies = whole.filter(({ text }) => text === answer).length;
  expect(whole.length).toBe(copies);
  expect(copies).toBeLessThanOrEqual(1);
  if (answer.trim() === "") expect(posts).toEqual([]);
  else if (struck("refused").length > 0) expect(notices.length).toBeLessThanOrEqual(1); // reported: an apology, if that was taken
  else if (struck("unknown").length === 0) expect([copies, notices.length]).toEqual([1, 0]);
  else if (!isNoticeLost(seen)) expect(copies + notices.length).toBeGreaterThanOrEqual(1);
}

/** The answer of the platform to the notice was lost as well: that is the end of it. */
function isNoticeLost({ struck }: Seen): boolean {
  return struck.some(({ key, fault: { outcome } }) => key.endsWith("!notice") && outcome === "unknown");
}

describe("the transcript is the answer exactly once", () => {
  test("on a chat that shows growing messages", async () => {
    await fc.assert(
      fc.asyncProperty(script({ streams: fc.constant(true) }), async (one) =>
        check(await play(one), one.pieces.join("")),
      ),
      { numRuns: RUNS },
    );
  });

  test("on a chat that does not", async () => {
    await fc.assert(
      fc.asyncProperty(script({ streams: fc.constant(false) }), async (one) =>
        check(await play(one), one.pieces.join("")),
      ),
      { numRuns: RUNS },
    );
  });

  test("where a repeat is the same message, there is never a notice and always the answer", async () => {
    const repeating = script({
      repeats: fc.constant(true),
      faults: fc.array(
        fault.filter((one) => one?.outcome !== "refused" || one.verdict !== undefined),
        { maxLength: 14 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(repeating, async (one) => {
        const seen = await play(one);
        checkScreen(seen);
        const answer = one.pieces.join("");
        expect(seen.stage.platform.texts()).toEqual(answer.trim() === "" ? [] : [answer]);
      }),
      { numRuns: RUNS },
    );
  });

  test("in pieces, too: each piece at most once and in order, all of them unless one is in doubt", async () => {
    const long = script({
      pieces: fc.array(
        fc.nat(999).map((n) => `word${n} `),
        { minLength: 20, maxLength: 60 },
      ),
      faults: fc.array(
        fault.filter((one) => one?.outcome !== "refused" || one.verdict !== undefined),
        { maxLength: 14 },
      ),
      maxChars: fc.constantFrom(60, 100, 150),
    });
    await fc.assert(
      fc.asyncProperty(long, async (one) => {
        const seen = await play(one);
        checkScreen(seen);
        const { posts } = seen.stage.platform;
        const answer = squeeze(one.pieces.join(""));
        const shown = posts.filter(({ text }) => !isNotice(text)).map(({ text }) => squeeze(text));
        const inDoubt = posts.some(({ text }) => isNotice(text));
        if (!inDoubt && !isNoticeLost(seen)) expect(shown.join(" ")).toBe(answer);
        let at = 0;
        for (const piece of shown) {
          const found = answer.indexOf(piece, at);
          expect(found, `${piece} after ${at}`).toBeGreaterThanOrEqual(at);
          at = found + piece.length;
        }
        const lost = seen.struck.some(({ name, fault: { outcome } }) => name === "send" && outcome === "unknown");
        if (inDoubt) expect(lost && !one.repeats).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
