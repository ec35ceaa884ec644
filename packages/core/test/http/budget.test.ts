/** Months, the pace that a budget leaves, and the ledger: what it counts, keeps, shares and forgets at a kill. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@openclaw-china/core";
import { createBudget, createQuotas, memoryStateAt, sqliteStateAt } from "@openclaw-china/core/internal";
import { fakeClock, recorder } from "@openclaw-china/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { monthAt, updateEveryMs } from "../../src/http/budget.ts";
import { MAX_UNWRITTEN } from "../../src/http/ledger.ts";
import type { Quota } from "../../src/http/quota.ts";

const BUDGET = 5_000;
const START = Date.parse("2026-11-01T00:00:00+08:00");
const END = Date.parse("2026-12-01T00:00:00+08:00");
const share = (of: number): number => START + (END - START) * of;

describe("the platform's month", () => {
  test.each([
    ["2026-11-30T23:59:59.999+08:00", "2026-11"],
    ["2026-12-01T00:00:00+08:00", "2026-12"],
    ["2026-11-30T15:59:59Z", "2026-11"],
    ["2026-11-30T16:00:00Z", "2026-12"],
    ["2027-01-01T00:00:00+08:00", "2027-01"],
    ["2028-02-29T23:00:00+08:00", "2028-02"],
  ])("%s is in %s", (at, name) => {
    const month = monthAt(Date.parse(at));
    expect(month.name).toBe(name);
    expect(monthAt(month.startMs).name).toBe(name);
    expect(monthAt(month.endMs - 1).name).toBe(name);
    expect(monthAt(month.endMs).startMs).toBe(month.endMs);
  });
});

describe("ms between two updates", () => {
  test.each([
    ["no budget: as fast as it goes", { spent: 1e9, budget: undefined, nowMs: START }, 400],
    ["nothing spent", { spent: 0, budget: BUDGET, nowMs: START }, 400],
    ["on course", { spent: BUDGET / 2, budget: BUDGET, nowMs: share(0.5) }, 400],
    ["better than that", { spent: 100, budget: BUDGET, nowMs: share(0.9) }, 400],
    ["1,997 of 5,000 on the third day", { spent: 1_997, budget: BUDGET, nowMs: share(0.1) }, 898],
    ["a fifth left for two thirds of the month", { spent: 4_000, budget: BUDGET, nowMs: share(1 / 3) }, 4_444],
    ["a hundred left at the start", { spent: 4_900, budget: BUDGET, nowMs: START }, 30_000],
    ["a hundred left on the last day", { spent: 4_900, budget: BUDGET, nowMs: share(29 / 30) }, 1_111],
    ["the last call", { spent: BUDGET - 1, budget: BUDGET, nowMs: share(0.5) }, 30_000],
    ["spent", { spent: BUDGET, budget: BUDGET, nowMs: share(0.5) }, undefined],
    ["overspent", { spent: BUDGET + 7, budget: BUDGET, nowMs: END - 1 }, undefined],
  ])("%s", (_, spending, everyMs) => {
    const actual = updateEveryMs(spending, 400);
    expect(actual === undefined ? undefined : Math.round(actual)).toBe(everyMs);
  });

  test("it never gets faster as more is spent, and never slower as the month passes", () => {
    for (let spent = 0; spent < BUDGET; spent += 250) {
      for (let day = 0; day < 30; day += 1) {
        const now = updateEveryMs({ spent, budget: BUDGET, nowMs: share(day / 30) }, 400) ?? Infinity;
        const more = updateEveryMs({ spent: spent + 250, budget: BUDGET, nowMs: share(day / 30) }, 400) ?? Infinity;
        const later = updateEveryMs({ spent, budget: BUDGET, nowMs: share((day + 1) / 30) - 1 }, 400) ?? Infinity;
        expect(more).toBeGreaterThanOrEqual(now);
        expect(later).toBeLessThanOrEqual(now);
      }
    }
  });

  test("a platform that is slower by itself stays so", () => {
    expect(updateEveryMs({ spent: 4_999, budget: BUDGET, nowMs: START }, 60_000)).toBe(60_000);
  });
});

const PACE = { perSecond: 15, burst: 4 };

/** The ledger of one more process on the same Store. */
function processOn(store: Store, clock = fakeClock(START), log = recorder()): Quota {
  return createQuotas({ store, clock }).of("app", { ...PACE, log });
}

/** Writes of the Store, and a way to hold them up or refuse them. */
function watched(store: Store): {
  readonly store: Store;
  readonly writes: () => number;
  hold(): () => void;
  fail(is: boolean): void;
} {
  let writes = 0;
  let gate = Promise.resolve();
  let fails = false;
  const slow = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    await gate;
    if (fails) throw new Error("the disk is away");
    return write();
  };
  return {
    writes: () => writes,
    store: {
      ...store,
      putIfAbsent: (...args) => slow(() => store.putIfAbsent(...args)),
      replaceIf: (...args) => slow(() => store.replaceIf(...args)),
    },
    hold() {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return held.resolve;
    },
    fail: (is) => void (fails = is),
  };
}

describe("the ledger", () => {
  test("does not write for every call: for twenty of them, or after two seconds", async () => {
    const clock = fakeClock(START);
    const { store, writes } = watched(memoryStateAt(clock).store);
    const { ledger } = processOn(store, clock);
    for (let n = 0; n < 19; n += 1) await ledger.add(1);
    expect(writes()).toBe(0);
    await clock.advance(2_000);
    expect(writes()).toBe(1);
    for (let n = 0; n < 200; n += 1) await ledger.add(1);
    await clock.advance(2_000);
    expect(writes()).toBeLessThanOrEqual(1 + 11);
    await ledger.read();
    expect(ledger.calls()).toBe(219);
    const other = processOn(store, clock).ledger;
    await other.read();
    expect(other.calls()).toBe(219);
    expect(clock.sleeping()).toBe(0);
  });

  test("read back at the next start, in a file; and a month that is over does not count", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ledger-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "bot.db");
    const clock = fakeClock(END - 1_000);
    const first = sqliteStateAt({ file }, clock);
    const before = processOn(first.store, clock).ledger;
    for (let n = 0; n < 7; n += 1) await before.add(1);
    await before.flush();
    await first.close();
    const second = sqliteStateAt({ file }, clock);
    const after = processOn(second.store, clock).ledger;
    expect(after.calls()).toBeUndefined(); // nothing is made up before it is read
    await after.read();
    expect(after.calls()).toBe(7);
    await clock.advance(1_000);
    expect(after.calls()).toBe(0);
    await after.add(1);
    await after.flush();
    expect(after.calls()).toBe(1);
    const months = [];
    for await (const { key, value } of second.store.list("calls:", 10)) months.push(`${key} ${value}`);
    expect(months).toEqual(["calls:app:2026-11 7", "calls:app:2026-12 1"]);
    await second.close();
  });

  test("processes that share a Store share the count, whoever writes when", async () => {
    const clock = fakeClock(START);
    const { store } = memoryStateAt(clock);
    const [a, b] = [processOn(store, clock).ledger, processOn(store, clock).ledger];
    await Promise.all([...Array.from({ length: 55 }, () => a.add(1)), ...Array.from({ length: 33 }, () => b.add(1))]);
    await Promise.all([a.flush(), b.flush()]);
    await clock.advance(60_000);
    await Promise.all([a.read(), b.read()]);
    expect([a.calls(), b.calls()]).toEqual([88, 88]);
  });

  test(`a kill forgets at most ${MAX_UNWRITTEN} calls: further ones wait for the write`, async () => {
    const clock = fakeClock(START);
    const { store, hold } = watched(memoryStateAt(clock).store);
    const release = hold();
    const { ledger } = processOn(store, clock);
    let made = 0;
    const calls = Array.from({ length: 300 }, () => ledger.add(1).then(() => void (made += 1)));
    await clock.advance(0);
    expect(made).toBeLessThanOrEqual(MAX_UNWRITTEN); // and the Store has none of them: the process may die now
    release();
    await Promise.all(calls);
    await ledger.flush();
    expect((await store.get("calls:app:2026-11"))?.value).toBe("300");
  });

  test("a Store that is away holds no call up; it is said once, and made up for later", async () => {
    const clock = fakeClock(START);
    const { store, fail } = watched(memoryStateAt(clock).store);
    const log = recorder();
    const { ledger } = processOn(store, clock, log);
    fail(true);
    for (let n = 0; n < 100; n += 1) await ledger.add(1);
    await clock.advance(90_000);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    fail(false);
    await clock.advance(30_000);
    expect((await store.get("calls:app:2026-11"))?.value).toBe("100");
  });

  test("what is given back is not counted", async () => {
    const clock = fakeClock(START);
    const { store } = memoryStateAt(clock);
    const { ledger } = processOn(store, clock);
    await ledger.read();
    await ledger.add(1);
    await ledger.add(-1);
    expect(ledger.calls()).toBe(0);
    await ledger.flush();
    expect(clock.sleeping()).toBe(0);
  });
});

test("one state, one pace and one count for an app, however often it is opened; other apps and states have their own", () => {
  const clock = fakeClock(START);
  const { quotas } = memoryStateAt(clock);
  const log = recorder();
  const app = quotas?.of("app", { ...PACE, log });
  expect(quotas?.of("app", { ...PACE, log })).toBe(app);
  expect(quotas?.of("other", { ...PACE, log })).not.toBe(app);
  expect(memoryStateAt(clock).quotas?.of("app", { ...PACE, log })).not.toBe(app);
});

describe("a spent budget", () => {
  const open = (limit: number | undefined, store = memoryStateAt(fakeClock(START)).store, clock = fakeClock(START)) => {
    const log = recorder();
    const quota = processOn(store, clock, log);
    return { store, clock, log, budget: createBudget({ quota, store, clock, log, account: "x/default", limit }) };
  };
  const told = ({ log }: ReturnType<typeof open>): readonly string[] =>
    log.lines.filter(({ level }) => level === "warn").map(({ message }) => message);

  test("is told once, with the key of the config, and not again by the next process", async () => {
    const opened = open(3);
    const { budget, store } = opened;
    for (let n = 0; n < 6; n += 1) {
      expect(budget.isSpent()).toBe(n >= 3);
      await budget.spend();
    }
    await opened.clock.advance(2_000);
    expect(told(opened)).toHaveLength(1);
    expect(told(opened)[0]).toContain("monthly_call_budget");
    const next = open(3, store);
    expect(await next.budget.pace(400)).toBeUndefined();
    await next.clock.advance(0);
    expect(told(next)).toEqual([]);
    const raised = open(5, store);
    expect(await raised.budget.pace(400)).toBeUndefined();
    await raised.clock.advance(0);
    expect(told(raised)).toHaveLength(1); // another budget, spent as well
    expect(await open(50, store).budget.pace(400)).toBeGreaterThan(0);
  });

  test("none is set: calls are counted all the same", async () => {
    const { budget } = open(undefined);
    for (let n = 0; n < 25; n += 1) await budget.spend();
    expect(await budget.pace(400)).toBe(400);
    expect(budget.isSpent()).toBe(false);
    expect(budget.usage()).toEqual({ month: "2026-11", calls: 25, waits: 0, waitedMs: 0 });
  });

  test("a new month is a new budget", async () => {
    const { budget, clock } = open(2);
    await budget.spend();
    await budget.spend();
    expect(await budget.pace(400)).toBeUndefined();
    await clock.advance(END - START);
    expect(await budget.pace(400)).toBe(400);
  });
});
