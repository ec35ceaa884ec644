/** Liveness in virtual time: who is dead, who only rests, and whose own process slept. */
import type { Clock } from "@openclaw-china/core";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { describe, expect, test } from "vitest";
import { untilDead } from "../../src/connect/heartbeat.ts";

interface Peer {
  /** A frame, a ping or a pong has come. */
  speak(): void;
  /** When it was asked, in ms since the start. */
  readonly asked: number[];
  /** When it was held dead, in ms since the start. */
  readonly died: number[];
  stop(): Promise<void>;
}

/** `answers`: a pong comes after this many ms; never when absent. */
function watch(
  clock: FakeClock,
  over: { readonly answersMs?: number; readonly timers?: Clock; readonly asks?: number } = {},
): Peer {
  const start = clock.now();
  const end = new AbortController();
  const asked: number[] = [];
  const died: number[] = [];
  let last = start;
  const speak = (): void => {
    last = clock.now();
  };
  const pulse = {
    lastActivityAt: () => last,
    ping() {
      asked.push(clock.now() - start);
      if (over.answersMs !== undefined) void clock.sleep(over.answersMs, end.signal).then(speak, () => "stopped");
    },
  };
  const asks = over.asks === undefined ? {} : { asks: over.asks };
  const watching = untilDead(pulse, { clock: over.timers ?? clock, signal: end.signal, ...asks }).then(
    () => void died.push(clock.now() - start),
    (error: unknown) => error,
  );
  return {
    speak,
    asked,
    died,
    async stop() {
      end.abort(new Error("the test is over"));
      await watching;
      expect(clock.sleeping()).toBe(0);
    },
  };
}

test("silence: asked after 20 s, dead after 30 s, not a moment before", async () => {
  const clock = fakeClock();
  const peer = watch(clock);
  await clock.advance(29_999);
  expect([peer.asked, peer.died]).toEqual([[20_000], []]);
  await clock.advance(1);
  expect(peer.died).toEqual([30_000]);
  await peer.stop();
});

test("half open after a talk: dead 30 s after its last word", async () => {
  const clock = fakeClock();
  const peer = watch(clock);
  for (let n = 0; n < 10; n += 1) {
    await clock.advance(7_000);
    peer.speak();
  }
  await clock.advance(30_000);
  expect([peer.asked, peer.died]).toEqual([[90_000], [100_000]]);
  await peer.stop();
});

test("who talks is never asked", async () => {
  const clock = fakeClock();
  const peer = watch(clock);
  for (let n = 0; n < 20; n += 1) {
    await clock.advance(19_999);
    peer.speak();
  }
  expect([peer.asked, peer.died]).toEqual([[], []]);
  await peer.stop();
});

test("who is silent but answers lives for ever", async () => {
  const clock = fakeClock();
  const peer = watch(clock, { answersMs: 300 });
  await clock.advance(3_600_000);
  expect(peer.asked.length).toBeGreaterThan(100);
  expect(peer.died).toEqual([]);
  await peer.stop();
});

test("any frame in place of the answer is life as well", async () => {
  const clock = fakeClock();
  const peer = watch(clock);
  await clock.advance(25_000);
  peer.speak();
  await clock.advance(19_000);
  expect(peer.died).toEqual([]);
  expect(peer.asked).toHaveLength(1);
  await peer.stop();
});

describe("a process that was stalled itself", () => {
  /** Timers come late by what `lateMs` says, as after a long computation or a suspended machine. */
  function late(clock: FakeClock, lateMs: () => number): Clock {
    return { ...clock, sleep: (ms, signal) => clock.sleep(ms + lateMs(), signal) };
  }

  test("asks again instead of killing a healthy socket", async () => {
    const clock = fakeClock();
    let stallMs = 0;
    const peer = watch(clock, { timers: late(clock, () => stallMs) });
    await clock.advance(19_000);
    stallMs = 60_000; // the timer of the answer comes a minute late: the answer lies unread
    await clock.advance(1_000);
    expect(peer.asked).toEqual([20_000]);
    stallMs = 0;
    await clock.advance(70_000);
    expect([peer.asked, peer.died]).toEqual([[20_000, 90_000], []]);
    peer.speak(); // now it is read
    await clock.advance(15_000);
    expect(peer.died).toEqual([]);
    await peer.stop();
  });

  test("a dead one is still found, one answer time later", async () => {
    const clock = fakeClock();
    let stallMs = 0;
    const peer = watch(clock, { timers: late(clock, () => stallMs) });
    await clock.advance(19_000);
    stallMs = 60_000;
    await clock.advance(1_000);
    stallMs = 0;
    await clock.advance(80_000);
    expect(peer.died).toEqual([100_000]);
    await peer.stop();
  });

  test("an answer that lies unread when the time is up is read first", async () => {
    const clock = fakeClock();
    const end = new AbortController();
    let last = clock.now();
    const pulse = {
      lastActivityAt: () => last,
      ping() {
        void clock.sleep(10_000, end.signal).then(
          () => setImmediate(() => (last = clock.now())), // the next round of input and output
          () => "stopped",
        );
      },
    };
    const watching = untilDead(pulse, { clock, signal: end.signal }).then(
      () => "dead",
      () => "alive",
    );
    await clock.advance(60_000);
    end.abort(new Error("the test is over"));
    expect(await watching).toBe("alive");
  });

  test("a timer that is a little late is no stall", async () => {
    const clock = fakeClock();
    const peer = watch(clock, { timers: late(clock, () => 2_000) });
    await clock.advance(34_000);
    expect(peer.died).toEqual([34_000]);
    await peer.stop();
  });
});

test("an answer that has come and lies unread is read first", async () => {
  const clock = fakeClock();
  let speak = (): void => undefined;
  const timers: Clock = {
    ...clock,
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      if (ms === 10_000) setImmediate(() => speak()); // what the event loop has for us next
    },
  };
  const peer = watch(clock, { timers });
  speak = peer.speak;
  await clock.advance(45_000);
  expect([peer.asked, peer.died]).toEqual([[20_000], []]);
  await peer.stop();
});

test("aborted: it rejects, and leaves no timer", async () => {
  const clock = fakeClock();
  const end = new AbortController();
  const pulse = { lastActivityAt: () => clock.now(), ping: () => expect.unreachable("nobody was asked to ask") };
  const watching = untilDead(pulse, { clock, signal: end.signal });
  end.abort(new Error("enough"));
  await expect(watching).rejects.toThrow("enough");
  expect(clock.sleeping()).toBe(0);
});

test("asked twice where a channel says so: the second at once after the first, and a word between them counts", async () => {
  const clock = fakeClock();
  const peer = watch(clock, { asks: 2 });
  await clock.advance(30_000);
  expect([peer.asked, peer.died]).toEqual([[20_000, 30_000], []]);
  peer.speak();
  await clock.advance(30_000);
  expect([peer.asked.slice(2), peer.died]).toEqual([[50_000, 60_000], []]);
  await clock.advance(10_000);
  expect([peer.asked.slice(2), peer.died]).toEqual([[50_000, 60_000], [70_000]]);
  await peer.stop();
});
