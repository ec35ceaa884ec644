/** Token buckets: how many calls a second a platform takes. Waiters pass in order of arrival. */
import type { Clock } from "../clock.ts";

export interface Limiter {
  /** Resolves when the call may be made; rejects when aborted. */
  take(signal: AbortSignal): Promise<void>;
  /** Nobody passes for `ms`: the platform has said so. */
  hold(ms: number): void;
}

export interface LimiterOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  /** Calls that may be made at once after a pause. Default `perSecond`. */
  readonly burst?: number;
}

export function createLimiter({ clock, perSecond, burst = perSecond }: LimiterOptions): Limiter {
  const everyMs = 1_000 / perSecond;
  let nextAt = Number.NEGATIVE_INFINITY; // when the bucket would be empty, counted back by the burst
  return {
    async take(signal) {
      const now = clock.now();
      const at = Math.max(nextAt, now - (burst - 1) * everyMs);
      nextAt = at + everyMs;
      if (at > now) await clock.sleep(at - now, signal);
    },
    hold(ms) {
      nextAt = Math.max(nextAt, clock.now() + ms);
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
