/** Time that moves when told to. */
import type { Clock } from "@openclaw-china/core";

export interface FakeClock extends Clock {
  /** Moves time on, waking sleepers in the order of their times; real input and output gets a chance between two. */
  advance(ms: number): Promise<void>;
  /** The process hangs for `ms`: nothing runs meanwhile, then everything that was due runs late, before any input. */
  stall(ms: number): Promise<void>;
  /** How many sleep now: timers that were not cleared. */
  sleeping(): number;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

/** For time-outs, retries and `ask`. Starts at `startMs` (ms since 1970); `random` is a fixed sequence. */
export function fakeClock(startMs = 1_790_000_000_000): FakeClock {
  const sleepers = new Set<Sleeper>();
  let now = startMs;
  let order = 0;
  let seed = 0x2545f491;

  const next = (until: number): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const one of sleepers) {
      if (one.at > until) continue;
      if (first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order)) first = one;
    }
    return first;
  };

  const wakeFirst = (until: number): boolean => {
    const sleeper = next(until);
    if (sleeper === undefined) return false;
    now = Math.max(now, sleeper.at);
    sleepers.delete(sleeper);
    sleeper.wake();
    return true;
  };

  return {
    now: () => now,
    random() {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return (seed >>> 0) / 2 ** 32;
    },
    sleep(ms, signal) {
      if (signal.aborted) return Promise.reject(reasonOf(signal));
      order += 1;
      const at = now + Math.max(0, ms);
      return new Promise((resolve, reject) => {
        const sleeper = { at, order, wake };
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(reasonOf(signal));
        };
        function wake(): void {
          signal.removeEventListener("abort", abort);
          resolve();
        }
        signal.addEventListener("abort", abort, { once: true });
        sleepers.add(sleeper);
      });
    },
    sleeping: () => sleepers.size,
    async advance(ms) {
      const until = now + ms;
      await settle();
      while (wakeFirst(until)) await settle();
      now = until;
      await settle();
    },
    async stall(ms) {
      now += ms;
      while (wakeFirst(now)) await Promise.resolve();
      await settle();
    },
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted");
}

/** A few rounds of the event loop: what was due has happened, also over loopback sockets. */
async function settle(): Promise<void> {
  for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The machine's own time. Its timers keep no process alive. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(reasonOf(signal));
        const abort = (): void => {
          clearTimeout(timer);
          reject(reasonOf(signal));
        };
        const timer = setTimeout(() => {
          signal.removeEventListener("abort", abort);
          resolve();
        }, ms);
        timer.unref();
        signal.addEventListener("abort", abort, { once: true });
      }),
  };
}
