/** Time that moves when told to. */
import { describe, expect, test } from "vitest";
import { fakeClock } from "../src/index.ts";

const calm = (): AbortSignal => new AbortController().signal;

test("it starts where told, and stands still by itself", async () => {
  const clock = fakeClock(5);
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.now()).toBe(5);
});

test("sleepers wake in the order of their times, equal ones in the order of their calls", async () => {
  const clock = fakeClock(0);
  const woken: string[] = [];
  for (const [name, ms] of [
    ["late", 30],
    ["first", 10],
    ["second", 10],
    ["now", 0],
  ] as const)
    void clock.sleep(ms, calm()).then(() => woken.push(`${name} at ${clock.now()}`));
  await clock.advance(29);
  expect(woken).toEqual(["now at 0", "first at 10", "second at 10"]);
  expect([clock.now(), clock.sleeping()]).toEqual([29, 1]);
  await clock.advance(1);
  expect(woken.at(-1)).toBe("late at 30");
});

test("who sleeps again within the time wakes again within it", async () => {
  const clock = fakeClock(0);
  const beats: number[] = [];
  const end = new AbortController();
  const beating = (async (): Promise<void> => {
    for (;;) {
      await clock.sleep(10, end.signal);
      beats.push(clock.now());
    }
  })().catch((error: unknown) => error);
  await clock.advance(35);
  expect(beats).toEqual([10, 20, 30]);
  end.abort(new Error("enough"));
  expect(await beating).toMatchObject({ message: "enough" });
  expect(clock.sleeping()).toBe(0);
});

test("real input and output gets its turn between two sleepers", async () => {
  const clock = fakeClock(0);
  const seen: string[] = [];
  void clock.sleep(10, calm()).then(() => setImmediate(() => seen.push("io")));
  void clock.sleep(20, calm()).then(() => seen.push("second"));
  await clock.advance(20);
  expect(seen).toEqual(["io", "second"]);
});

describe("called off", () => {
  test("a sleep that is called off rejects with the reason, and leaves no timer", async () => {
    const clock = fakeClock();
    const end = new AbortController();
    const sleeping = clock.sleep(1_000, end.signal);
    expect(clock.sleeping()).toBe(1);
    end.abort(new Error("woken"));
    await expect(sleeping).rejects.toThrow("woken");
    expect(clock.sleeping()).toBe(0);
  });

  test("a sleep that was called off before never begins", async () => {
    const clock = fakeClock();
    await expect(clock.sleep(1, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(clock.sleeping()).toBe(0);
  });
});

test("a stalled process: everything that was due runs late, before any input", async () => {
  const clock = fakeClock(0);
  const seen: string[] = [];
  void clock.sleep(10, calm()).then(() => seen.push(`timer at ${clock.now()}`));
  void clock.sleep(61, calm()).then(() => seen.push("not due"));
  setImmediate(() => seen.push("input"));
  await clock.stall(60);
  expect(seen).toEqual(["timer at 60", "input"]);
  expect([clock.now(), clock.sleeping()]).toEqual([60, 1]);
});

test("random is a fixed sequence between 0 and 1", () => {
  const take = (): number[] => {
    const { random } = fakeClock();
    return Array.from({ length: 100 }, random);
  };
  expect(take()).toEqual(take());
  expect(new Set(take()).size).toBe(100);
  expect(take().every((value) => value >= 0 && value < 1)).toBe(true);
});
