/** Repeats by verdict: what is tried again, after how long, and what is left alone. */
import type { ChannelError } from "@openclaw-china/core";
import { channelError, retry } from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { describe, expect, test } from "vitest";

type Verdict = ChannelError["verdict"];

function failed(
  verdict: Verdict,
  outcome: ChannelError["outcome"] = "not_sent",
  code: ChannelError["code"] = "unreachable",
) {
  return channelError({ code, kind: "transport", message: code, outcome, verdict, fix: { en: "", zh: "" } });
}

const RETRY = { kind: "retry" } as const;
const never = new AbortController().signal;

/** Runs `retry` over scripted failures in virtual time; when each attempt was made, in ms. */
async function attempts(
  script: readonly (Error | string)[],
  over: { readonly repeatUnknown?: boolean; readonly attempts?: number; readonly onStartAfresh?: () => void } = {},
): Promise<{ readonly at: readonly number[]; readonly result: unknown; readonly clock: ReturnType<typeof fakeClock> }> {
  const clock = fakeClock();
  const start = clock.now();
  const at: number[] = [];
  const once = (): Promise<string> => {
    const next = script[at.push(clock.now() - start) - 1] ?? "";
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  let result: unknown;
  const done = retry(once, { clock, signal: never, repeatUnknown: false, ...over }).then(
    (value) => (result = value),
    (error: unknown) => (result = error),
  );
  await clock.advance(60_000);
  await done;
  return { at, result, clock };
}

describe("repeats", () => {
  test("what surely has not been sent, three times in all, with growing room for chance", async () => {
    const last = failed(RETRY);
    const { at, result } = await attempts([failed(RETRY), failed(RETRY), last, "too late"]);
    expect(result).toBe(last);
    expect(at).toHaveLength(3);
    expect(at[1]).toBeLessThanOrEqual(300);
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeLessThanOrEqual(600);
  });

  test("until it succeeds", async () => {
    const { at, result } = await attempts([failed(RETRY), "done"]);
    expect([at.length, result]).toEqual([2, "done"]);
  });

  test("an unknown outcome only where the call may be made twice", async () => {
    const lost = failed(RETRY, "unknown", "timeout");
    expect((await attempts([lost, "done"])).result).toBe(lost);
    expect((await attempts([lost, "done"], { repeatUnknown: true })).result).toBe("done");
  });

  test("later where the platform says when, and not before", async () => {
    const limited = failed({ kind: "retryLater", afterMs: 4_000 }, "refused", "rate_limited");
    const { at } = await attempts([limited, "done"]);
    expect(at[1]).toBeGreaterThanOrEqual(4_000);
    expect(at[1]).toBeLessThanOrEqual(4_300);
  });

  test("from a fresh start at once, and only once", async () => {
    const stale = failed({ kind: "startAfresh" }, "refused", "credentials_rejected");
    let fresh = 0;
    const over = { onStartAfresh: () => void (fresh += 1) };
    expect((await attempts([stale, "done"], over)).at).toEqual([0, 0]);
    const { at, result } = await attempts([stale, stale, "done"], over);
    expect([at.length, result, fresh]).toEqual([2, stale, 2]);
  });
});

describe("leaves alone", () => {
  test.each([
    ["what only a person can heal", failed({ kind: "stop" }, "refused", "permission_missing")],
    ["what was called off", failed(RETRY, "not_sent", "aborted")],
    ["a wait that is longer than one can stand", failed({ kind: "retryLater", afterMs: 10_001 }, "refused")],
    ["what is no error of ours", new TypeError("a defect")],
  ])("%s", async (_what, error) => {
    const { at, result, clock } = await attempts([error, "done"]);
    expect([at, result]).toEqual([[0], error]);
    expect(clock.sleeping()).toBe(0);
  });

  test("anything more when called off while it waits: the last error says what has happened", async () => {
    const clock = fakeClock();
    const leave = new AbortController();
    const last = failed({ kind: "retryLater", afterMs: 5_000 }, "refused", "rate_limited");
    const work = retry(() => Promise.reject(last), { clock, signal: leave.signal, repeatUnknown: true });
    const seen = expect(work).rejects.toBe(last);
    await clock.advance(1_000);
    expect(clock.sleeping()).toBe(1);
    leave.abort(new Error("no more"));
    await seen;
    expect(clock.sleeping()).toBe(0);
  });

  test("with one attempt nothing is repeated", async () => {
    expect((await attempts([failed(RETRY), "done"], { attempts: 1 })).at).toEqual([0]);
  });
});

test("waits are spread over the whole room: full jitter", async () => {
  const waits: number[] = [];
  const clock = fakeClock();
  for (let n = 0; n < 200; n += 1) {
    const start = clock.now();
    let tries = 0;
    const once = (): Promise<number> =>
      (tries += 1) === 1 ? Promise.reject(failed(RETRY)) : Promise.resolve(waits.push(clock.now() - start));
    const work = retry(once, { clock, signal: never, repeatUnknown: false });
    await clock.advance(300);
    await work;
  }
  expect(Math.min(...waits)).toBeLessThan(30);
  expect(Math.max(...waits)).toBeGreaterThan(270);
  expect(Math.max(...waits)).toBeLessThanOrEqual(300);
});
