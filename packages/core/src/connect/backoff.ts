/** How long to wait before the next attempt: full jitter under a cap that stays low while the outage is young. */

/** The first retry after a connection was lost: a platform that recycles connections expects us at once. */
const FIRST_MS = 250;
const BASE_MS = 1_000;
/** A server that is back after a short outage is found within this. */
const YOUNG_CAP_MS = 5_000;
const YOUNG_MS = 60_000;
const OLD_CAP_MS = 15_000;
/** What only a person can heal is tried again rarely: after a minute at the earliest, with up to a quarter more. */
const FATAL_FIRST_MS = 60_000;
const FATAL_CAP_MS = 240_000;

/** Wait before attempt `n + 1`, after `n` failures in a row (0: the connection had proved itself). */
export function backoffMs(n: number, outageMs: number, random: () => number): number {
  if (n === 0) return random() * FIRST_MS;
  const cap = outageMs < YOUNG_MS ? YOUNG_CAP_MS : OLD_CAP_MS;
  return random() * Math.min(cap, BASE_MS * 2 ** Math.min(n - 1, 20));
}

/** Wait after the n-th refusal that only a person can heal: from 60 s to 5 min. */
export function fatalBackoffMs(n: number, random: () => number): number {
  const least = Math.min(FATAL_CAP_MS, FATAL_FIRST_MS * 2 ** Math.min(n, 10));
  return least + (random() * least) / 4;
}
