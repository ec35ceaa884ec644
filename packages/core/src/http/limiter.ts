/** Token buckets: how many calls a second a platform takes. Waiters pass in order of arrival. */
import type { Clock } from "../clock.ts";

export interface Limiter {
  /** Resolves when the call may be made; rejects when aborted, and the place in the queue is given up. */
  take(signal: AbortSignal): Promise<void>;
  /** True: the call may be made now. False: it would have to wait, and nothing is taken. */
  tryTake(): boolean;
  /** Nobody passes for `ms`, not even those who wait already: the platform has said so. */
  hold(ms: number): void;
}

export interface LimiterOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  /** Calls that may be made at once after a pause. Default `perSecond`. */
  readonly burst?: number;
  /** Called for each call that had to wait, with how long. */
  readonly onWaited?: (ms: number) => void;
}

export function createLimiter({ clock, perSecond, burst = perSecond, onWaited }: LimiterOptions): Limiter {
  const everyMs = 1_000 / perSecond;
  const waiting = new Set<() => void>(); // bounded by the calls under way
  let emptyAt = Number.NEGATIVE_INFINITY; // when the bucket would be empty, counted back by the burst
  let pumping: AbortController | undefined;

  /** How long the next has to wait. */
  const nextInMs = (): number => Math.max(emptyAt, clock.now() - (burst - 1) * everyMs) - clock.now();
  const spend = (): void => {
    emptyAt = clock.now() + nextInMs() + everyMs;
  };

  const pump = async (signal: AbortSignal): Promise<void> => {
    for (const first of waiting) {
      for (let waitMs = nextInMs(); waitMs > 0; waitMs = nextInMs()) await clock.sleep(waitMs, signal);
      if (!waiting.delete(first)) continue; // has left meanwhile
      spend();
      first();
    }
  };

  /** One timer for all who wait, and none when nobody does. */
  const start = (): void => {
    if (pumping !== undefined) return;
    const mine = new AbortController();
    pumping = mine;
    const over = (): void => {
      if (pumping === mine) pumping = undefined;
      if (waiting.size > 0) start(); // came while it ended
    };
    pump(mine.signal).then(over, over);
  };

  const isFree = (): boolean => waiting.size === 0 && nextInMs() <= 0;

  return {
    tryTake() {
      const free = isFree();
      if (free) spend();
      return free;
    },
    async take(signal) {
      signal.throwIfAborted();
      if (isFree()) return spend();
      const since = clock.now();
      const turn = Promise.withResolvers<void>();
      const pass = (): void => turn.resolve();
      const leave = (): void => {
        waiting.delete(pass);
        if (waiting.size === 0) {
          pumping?.abort(new Error("nobody waits"));
          pumping = undefined;
        }
        turn.reject(signal.reason as Error);
      };
      waiting.add(pass);
      signal.addEventListener("abort", leave, { once: true });
      start();
      try {
        await turn.promise;
        onWaited?.(clock.now() - since);
      } finally {
        signal.removeEventListener("abort", leave);
      }
    },
    hold(ms) {
      emptyAt = Math.max(emptyAt, clock.now() + ms);
    },
  };
}

/** One limiter per name, made when first used; the longest unused is forgotten beyond `maxBuckets` (default 200). */
export function createLimiters(options: LimiterOptions & { readonly maxBuckets?: number }): {
  bucket(name: string): Limiter;
} {
  const { maxBuckets = 200 } = options;
  const buckets = new Map<string, Limiter>();
  return {
    bucket(name) {
      const limiter = buckets.get(name) ?? createLimiter(options);
      buckets.delete(name);
      buckets.set(name, limiter);
      for (const oldest of buckets.keys()) {
        if (buckets.size <= maxBuckets) break;
        buckets.delete(oldest);
      }
      return limiter;
    },
  };
}
