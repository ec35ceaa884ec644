/** How often something may happen, by the platform's clock. */
import type { Clock } from "@openclaw-china/core";

export interface Rate {
  readonly perMinute: number;
  readonly perHour: number;
}

export interface Limits {
  /** False: one too many, and it does not count. */
  take(what: string, rate: Rate): boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export function createLimits(clock: Clock): Limits {
  const taken = new Map<string, readonly number[]>();
  return {
    take(what, { perMinute, perHour }) {
      const now = clock.now();
      const hour = (taken.get(what) ?? []).filter((at) => at > now - HOUR_MS);
      const isFree = hour.length < perHour && hour.filter((at) => at > now - MINUTE_MS).length < perMinute;
      taken.set(what, isFree ? [...hour, now] : hour);
      return isFree;
    },
  };
}
