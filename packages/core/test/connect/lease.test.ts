/** Two who hold the same: told to both, never by what a killed process left; and the lease, which only one has. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Holder, Store } from "@openclaw-china/core";
import {
  announceHolder,
  createLease,
  type HolderOptions,
  type Lease,
  type Machine,
  memoryStateAt,
  silentLogger,
  sqliteStateAt,
  thisMachine,
} from "@openclaw-china/core/internal";
import { fakeClock, type FakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { holderProcess } from "./processes.ts";
import { sharedStore } from "./shared-store.ts";

let clock: FakeClock;
let store: Store;
beforeEach(() => {
  clock = fakeClock();
  ({ store } = memoryStateAt(clock));
});

/** A process on a machine where `alive` live. */
const machine = (pid: number, place = "here", alive: readonly number[] = [1, 2, 3]): Machine => ({
  host: `host-${place}`,
  pid,
  born: pid * 1_000,
  place,
  isAlive: (one) => alive.includes(one),
});

const optionsOf = (account: string, on: Machine): HolderOptions => ({
  store,
  clock,
  name: "test:app",
  account,
  machine: on,
});
const leaseOf = (account: string, on: Machine): Lease => createLease(optionsOf(account, on));

/** Announced until the test ends, or `end` is called; what it was told, oldest first, by account. */
function announced(account: string, on: Machine) {
  const ended = new AbortController();
  const told: (readonly string[])[] = [];
  const onOthers = (others: readonly Holder[]): void =>
    void told.push(others.map((other) => other.account).toSorted((a, b) => a.localeCompare(b)));
  const over = announceHolder(optionsOf(account, on), { signal: ended.signal, log: silentLogger(), onOthers });
  const end = async (): Promise<void> => {
    ended.abort();
    await over;
  };
  onTestFinished(end);
  return { told, end };
}

describe("the lease", () => {
  test("the first has it; the second learns who, and gets it after the release", async () => {
    const [one, two] = [leaseOf("one", machine(1)), leaseOf("two", machine(2))];
    const since = clock.now();
    expect(await one.acquire()).toBeUndefined();
    await clock.advance(1_000);
    const holder = await two.acquire();
    expect(holder).toMatchObject({ account: "one", host: "host-here", pid: 1, since });
    expect([one.isOurs(holder as Holder), two.isOurs(holder as Holder)]).toEqual([true, false]);
    await two.release(); // it is not theirs
    expect(await two.observe()).toMatchObject({ account: "one" });
    await one.release();
    expect(await two.observe()).toBeUndefined();
    expect(await two.acquire()).toBeUndefined();
    expect(await two.acquire()).toBeUndefined(); // it is ours already
  });

  test("of fifty at once one has it", async () => {
    const leases = Array.from({ length: 50 }, (_, at) => leaseOf(`a${at}`, machine(1)));
    const holders = await Promise.all(leases.map((lease) => lease.acquire()));
    expect(holders.filter((holder) => holder === undefined)).toHaveLength(1);
    expect(new Set(holders.flatMap((holder) => holder?.owner ?? [])).size).toBe(1);
  });

  test("renewed, it stays; not renewed, it is anybody's, and the old holder cannot renew", async () => {
    const [one, two] = [leaseOf("one", machine(1, "there")), leaseOf("two", machine(2))];
    await one.acquire();
    for (let n = 0; n < 10; n += 1) {
      await clock.advance(one.renewMs);
      expect(await one.renew()).toBe(true);
    }
    expect(await two.acquire()).toMatchObject({ account: "one" });
    await clock.advance(15_000);
    expect(await one.renew()).toBe(false);
    expect(await two.acquire()).toBeUndefined();
    expect(await one.renew()).toBe(false);
    await one.release();
    expect(await two.renew()).toBe(true);
  });

  test("taken over: by one step, and the holder learns of it when it renews", async () => {
    const [one, two, three] = [leaseOf("one", machine(1)), leaseOf("two", machine(2)), leaseOf("three", machine(3))];
    await one.acquire();
    const both = await Promise.all([two.takeOver(), three.takeOver()]);
    expect(both[0]).toMatchObject({ account: "one" });
    const renewals = await Promise.all([one, two, three].map((lease) => lease.renew()));
    expect(renewals.filter(Boolean)).toHaveLength(1);
    expect(renewals[0]).toBe(false);
    expect(await one.acquire()).toMatchObject({ account: renewals[1] === true ? "two" : "three" });
  });

  test.each<[string, Machine, Machine]>([
    ["a process of this machine that is no more", machine(9), machine(1)],
    ["an earlier process with our own pid", { ...machine(1), born: 5 }, machine(1)],
  ])("what is left of %s holds nobody up", async (_, dead, living) => {
    await leaseOf("dead", dead).acquire();
    const next = leaseOf("next", living);
    expect(await next.observe()).toBeUndefined();
    expect(await next.acquire()).toBeUndefined();
  });

  test("of another machine it holds up for fifteen seconds, and not longer", async () => {
    await leaseOf("dead", machine(9, "there")).acquire();
    const next = leaseOf("next", machine(1));
    await clock.advance(14_999);
    expect(await next.acquire()).toMatchObject({ account: "dead" });
    await clock.advance(1);
    expect(await next.acquire()).toBeUndefined();
  });

  test("a record that is none counts for nobody", async () => {
    await store.put("lease:test:app", "not ours");
    expect(await leaseOf("one", machine(1)).observe()).toBeUndefined();
    expect(await leaseOf("one", machine(1)).acquire()).toBeUndefined();
  });

  test("a store that is away is told to who asks", async () => {
    const away = { ...store, get: () => Promise.reject(new Error("the disk is away")) };
    await expect(createLease({ ...optionsOf("one", machine(1)), store: away }).acquire()).rejects.toThrow("away");
  });
});

describe("announced", () => {
  test("of one place: both know at once, and that the other has left", async () => {
    const one = announced("one", machine(1));
    const two = announced("two", machine(2));
    await clock.advance(5_000);
    expect([one.told, two.told]).toEqual([[["two"]], [["one"]]]);
    await one.end();
    await clock.advance(5_000);
    expect(two.told).toEqual([["one"], []]);
  });

  test("of two machines: once there is a sign of life, at most ten seconds later", async () => {
    const one = announced("one", machine(1));
    const two = announced("two", machine(2, "there"));
    await clock.advance(10_000);
    expect([one.told, two.told]).toEqual([[["two"]], [["one"]]]);
  });

  test.each<[string, Machine]>([
    ["another machine", machine(9, "there")],
    ["this one", machine(9)],
  ])("what a process killed on %s has left is no alarm", async (_, dead) => {
    const frozen = { ...clock, sleep: () => new Promise<void>(() => undefined) }; // it announces itself once, and is gone
    const { signal } = new AbortController();
    const silent = { signal, log: silentLogger(), onOthers: () => expect.unreachable("it is gone") };
    void announceHolder({ ...optionsOf("dead", dead), clock: frozen }, silent);
    const next = announced("next", machine(1));
    await clock.advance(60_000);
    expect(next.told).toEqual([]);
  });

  test("three, told by each change only", async () => {
    const one = announced("one", machine(1));
    const two = announced("two", machine(1));
    await clock.advance(30_000);
    announced("three", machine(1));
    await clock.advance(30_000);
    await two.end();
    await clock.advance(30_000);
    expect(one.told).toEqual([["two"], ["three", "two"], ["three"]]);
  });

  test("a store that is away harms nothing, and is asked again", async () => {
    let isAway = true;
    const put: Store["put"] = (...args) => (isAway ? Promise.reject(new Error("away")) : store.put(...args));
    const ended = new AbortController();
    const told: unknown[] = [];
    const options = { ...optionsOf("one", machine(1)), store: { ...store, put } };
    const over = announceHolder(options, {
      signal: ended.signal,
      log: silentLogger(),
      onOthers: (others) => void told.push(others.length),
    });
    announced("two", machine(2));
    await clock.advance(5_000);
    isAway = false;
    await clock.advance(5_000);
    expect(told).toEqual([1]);
    ended.abort();
    await over;
  });
});

test("this machine: one place for all its processes, and who lives in it", () => {
  const [one, two] = [thisMachine(), thisMachine()];
  expect([one.host, one.pid, one.place, one.born]).toEqual([two.host, process.pid, two.place, two.born]);
  expect(one.isAlive(process.pid)).toBe(true);
  expect(one.isAlive(2 ** 22 + 1)).toBe(false); // beyond the largest pid of a 64-bit system
});

describe("real processes that share one SQLite file", () => {
  const folderOf = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), "oc-lease-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return folder;
  };

  test("both are told; one has the lease; what kill -9 leaves holds nobody up", { timeout: 60_000 }, async () => {
    const file = join(await folderOf(), "shared.db");
    sharedStore(file, Date.now)[Symbol.dispose](); // the table is there before two look at once
    const one = holderProcess(file, "one");
    await one.says({ lease: "mine" });
    const two = holderProcess(file, "two");
    await two.says({ lease: { account: "one", pid: one.pid } });
    await two.says({ others: [{ account: "one", pid: one.pid }] });
    await one.says({ others: [{ account: "two", pid: two.pid }] });
    await one.end("SIGKILL");
    await two.says({ others: [] });
    const three = holderProcess(file, "three");
    await three.says({ lease: "mine" });
    await three.says({ others: [{ account: "two", pid: two.pid }] });
    await two.end("SIGTERM");
    await three.says({ others: [] });
  });

  test("the state's own file, taken up after its holder was killed", async () => {
    const file = join(await folderOf(), "bot.db");
    const first = sqliteStateAt({ file }, clock);
    await createLease({ ...optionsOf("one", machine(9)), store: first.store }).acquire();
    await first.close();
    const second = sqliteStateAt({ file }, clock);
    onTestFinished(() => second.close());
    expect(await createLease({ ...optionsOf("one", machine(1)), store: second.store }).acquire()).toBeUndefined();
  });
});
