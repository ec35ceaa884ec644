/** Pace, in virtual time: bursts, order, holds, those who leave, and the bound on buckets. */
import { createLimiter, createLimiters } from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { expect, test } from "vitest";

const never = new AbortController().signal;

function passing(clock: ReturnType<typeof fakeClock>, limiter: ReturnType<typeof createLimiter>) {
  const start = clock.now();
  const passed: { readonly name: number; readonly atMs: number }[] = [];
  return {
    passed,
    take: (name: number, signal: AbortSignal = never): Promise<void> =>
      limiter.take(signal).then(() => void passed.push({ name, atMs: Math.round(clock.now() - start) })),
  };
}

test("a burst passes at once, the rest at the pace, in order of arrival", async () => {
  const clock = fakeClock();
  const { passed, take } = passing(clock, createLimiter({ clock, perSecond: 10, burst: 3 }));
  const all = Promise.all([1, 2, 3, 4, 5, 6].map((name) => take(name)));
  await clock.advance(1_000);
  await all;
  expect(passed).toEqual([
    { name: 1, atMs: 0 },
    { name: 2, atMs: 0 },
    { name: 3, atMs: 0 },
    { name: 4, atMs: 100 },
    { name: 5, atMs: 200 },
    { name: 6, atMs: 300 },
  ]);
  expect(clock.sleeping()).toBe(0);
});

test("never more in any second than it says, beyond the burst", async () => {
  const clock = fakeClock();
  const { passed, take } = passing(clock, createLimiter({ clock, perSecond: 18 }));
  const all = Promise.all(Array.from({ length: 100 }, (_, name) => take(name)));
  await clock.advance(10_000);
  await all;
  for (const { atMs } of passed) {
    const within = passed.filter((one) => one.atMs > atMs && one.atMs <= atMs + 1_000);
    expect(within.length).toBeLessThanOrEqual(18 + 1);
  }
  expect(passed.filter(({ atMs }) => atMs === 0)).toHaveLength(18);
  expect(passed.at(-1)?.atMs).toBeGreaterThan(4_000);
  expect(passed.map(({ name }) => name)).toEqual(Array.from({ length: 100 }, (_, name) => name));
});

test("after a pause the burst is there again, and no more than that", async () => {
  const clock = fakeClock();
  const { passed, take } = passing(clock, createLimiter({ clock, perSecond: 10, burst: 2 }));
  await Promise.all([take(1), take(2)]);
  await clock.advance(60_000);
  const later = Promise.all([take(3), take(4), take(5)]);
  await clock.advance(1_000);
  await later;
  expect(passed.slice(2).map(({ atMs }) => atMs)).toEqual([60_000, 60_000, 60_100]);
});

test("a hold stops also those who wait already, and the pace begins after it", async () => {
  const clock = fakeClock();
  const limiter = createLimiter({ clock, perSecond: 10, burst: 1 });
  const { passed, take } = passing(clock, limiter);
  const all = Promise.all([take(1), take(2), take(3)]);
  await clock.advance(50);
  limiter.hold(2_000);
  limiter.hold(500); // a shorter one takes nothing back
  await clock.advance(5_000);
  await all;
  expect(passed.map(({ atMs }) => atMs)).toEqual([0, 2_050, 2_150]);
});

test("who leaves gives the place up: nobody waits for calls that are never made", async () => {
  const clock = fakeClock();
  const { passed, take } = passing(clock, createLimiter({ clock, perSecond: 1, burst: 1 }));
  await take(0);
  const leave = new AbortController();
  const gone = Array.from({ length: 500 }, (_, n) => take(n + 1, leave.signal).catch((error: unknown) => error));
  const last = take(999);
  expect(clock.sleeping()).toBe(1); // one timer for all
  leave.abort(new Error("no more"));
  expect(new Set(await Promise.all(gone))).toEqual(new Set([leave.signal.reason]));
  await clock.advance(1_000);
  await last;
  expect(passed).toEqual([
    { name: 0, atMs: 0 },
    { name: 999, atMs: 1_000 },
  ]);
});

test("when all have left there is no timer, and the next starts again", async () => {
  const clock = fakeClock();
  const { passed, take } = passing(clock, createLimiter({ clock, perSecond: 1, burst: 1 }));
  await take(0);
  const leave = new AbortController();
  const gone = take(1, leave.signal).catch(() => "left");
  leave.abort(new Error("no more"));
  expect(await gone).toBe("left");
  expect(clock.sleeping()).toBe(0);
  const next = take(2);
  await clock.advance(1_000);
  await next;
  expect(passed.map(({ name }) => name)).toEqual([0, 2]);
});

test("who comes with an aborted signal takes nothing", async () => {
  const clock = fakeClock();
  const limiter = createLimiter({ clock, perSecond: 1, burst: 1 });
  await expect(limiter.take(AbortSignal.abort(new Error("no more")))).rejects.toThrow("no more");
  await limiter.take(never);
  expect(clock.sleeping()).toBe(0);
});

test("one that comes in the moment another passes is not forgotten", async () => {
  const clock = fakeClock();
  const { passed, take } = passing(clock, createLimiter({ clock, perSecond: 10, burst: 1 }));
  const chain = take(1)
    .then(() => take(2))
    .then(() => take(3))
    .then(() => take(4));
  await clock.advance(1_000);
  await chain;
  expect(passed.map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300]);
});

test("buckets are apart, and the longest unused is forgotten", async () => {
  const clock = fakeClock();
  const limiters = createLimiters({ clock, perSecond: 1, burst: 1, maxBuckets: 2 });
  const a = limiters.bucket("a");
  await a.take(never);
  await limiters.bucket("b").take(never);
  expect(limiters.bucket("a")).toBe(a);
  await limiters.bucket("c").take(never); // b is forgotten, a is not
  expect(limiters.bucket("a")).toBe(a);
  const again = limiters.bucket("b").take(never); // a new bucket passes at once
  await clock.advance(0);
  await again;
  expect(clock.sleeping()).toBe(0);
});

test("now or never: what cannot pass at once takes nothing, and never goes before those who wait", async () => {
  const clock = fakeClock();
  const waitedMs: number[] = [];
  const onWaited = (ms: number): void => void waitedMs.push(Math.round(ms));
  const limiter = createLimiter({ clock, perSecond: 10, burst: 2, onWaited });
  expect([limiter.tryTake(), limiter.tryTake(), limiter.tryTake()]).toEqual([true, true, false]);
  const waiting = [limiter.take(never), limiter.take(never)];
  await clock.advance(100);
  expect(limiter.tryTake()).toBe(false); // a place is free, and somebody has waited for it
  await clock.advance(100);
  await Promise.all(waiting);
  expect(waitedMs).toEqual([100, 200]);
  await clock.advance(100);
  expect(limiter.tryTake()).toBe(true);
  limiter.hold(1_000);
  await clock.advance(999);
  expect(limiter.tryTake()).toBe(false);
});
