/** How long until the next attempt: bounds, spread and caps. */
import { describe, expect, test } from "vitest";
import { backoffMs, fatalBackoffMs } from "../../src/connect/backoff.ts";

const LOWEST = (): number => 0;
const HIGHEST = (): number => 1 - Number.EPSILON;

describe("full jitter: from nothing to the whole room", () => {
  test.each([
    // failures, outage so far, longest wait
    [0, 0, 250],
    [0, 3_600_000, 250],
    [1, 0, 1_000],
    [2, 0, 2_000],
    [3, 0, 4_000],
    [4, 0, 5_000],
    [50, 59_999, 5_000],
    [1, 60_000, 1_000],
    [4, 60_000, 8_000],
    [5, 60_000, 15_000],
    [1_000_000, 86_400_000, 15_000],
  ])("after %i failures, %i ms into the outage: up to %i ms", (n, outageMs, most) => {
    expect(backoffMs(n, outageMs, LOWEST)).toBe(0);
    expect(backoffMs(n, outageMs, HIGHEST)).toBeCloseTo(most, 3);
    expect(backoffMs(n, outageMs, HIGHEST)).toBeLessThanOrEqual(most);
    expect(backoffMs(n, outageMs, () => 0.5)).toBe(most / 2);
  });
});

describe("what only a person can heal: a minute at the earliest, five at the latest", () => {
  test.each([
    [0, 60_000, 75_000],
    [1, 120_000, 150_000],
    [2, 240_000, 300_000],
    [3, 240_000, 300_000],
    [1_000_000, 240_000, 300_000],
  ])("after %i refusals: %i to %i ms", (n, least, most) => {
    expect(fatalBackoffMs(n, LOWEST)).toBe(least);
    expect(fatalBackoffMs(n, HIGHEST)).toBeCloseTo(most, 3);
    expect(fatalBackoffMs(n, HIGHEST)).toBeLessThanOrEqual(most);
  });
});
