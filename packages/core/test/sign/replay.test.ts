/** What a captured signature is good for, and how much is remembered of it. */
import { createReplayGuard } from "@openclaw-china/core/internal";
import { expect, test } from "vitest";

const HOUR_MS = 3_600_000;

function guardAt(limits: { readonly maxMessages?: number; readonly maxSignatures?: number } = {}) {
  let now = 1_790_000_000_000;
  const guard = createReplayGuard({ clock: { now: () => now }, windowMs: HOUR_MS, ...limits });
  return { guard, wait: (ms: number) => (now += ms) };
}

test("the same message under the same signature passes as often as it comes", () => {
  const { guard } = guardAt();
  for (let n = 0; n < 1_000; n += 1) expect(guard.admits("s", "m1")).toBe(true);
});

test("several messages of one moment pass; a flood of them does not, and what has passed still does", () => {
  const { guard } = guardAt();
  const passed = Array.from({ length: 1_000 }, (_, n) => guard.admits("s", `m${n}`));
  expect(passed.filter(Boolean)).toHaveLength(100);
  expect(passed.indexOf(false)).toBe(100);
  expect(guard.admits("s", "m99")).toBe(true);
  expect(guard.admits("another", "m500")).toBe(true);
});

test("the count holds for as long as the signature is valid, also one whose time lies ahead", () => {
  const { guard, wait } = guardAt({ maxMessages: 1 });
  guard.admits("s", "m1");
  wait(2 * HOUR_MS);
  guard.admits("newer", "m3");
  expect(guard.admits("s", "m2")).toBe(false);
  wait(1);
  guard.admits("newest", "m4");
  expect(guard.admits("s", "m2")).toBe(true); // forgotten, since its time is over
});

test("bounded: beyond so many signatures the oldest are forgotten, the newest are not", () => {
  const { guard } = guardAt({ maxMessages: 1, maxSignatures: 3 });
  for (const signature of ["a", "b", "c", "d"]) guard.admits(signature, "first");
  expect(guard.admits("d", "second")).toBe(false);
  expect(guard.admits("a", "second")).toBe(true);
});
