/** Access tokens: one fetch for all, renewed ahead, shared through the Store by processes that live and die. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger, Store } from "@openclaw-china/core";
import {
  createTokenSource,
  memoryStateAt,
  silentLogger,
  sqliteStateAt,
  type TokenSource,
} from "@openclaw-china/core/internal";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

const LIFE_MS = 7_200_000;
const never = new AbortController().signal;

let clock: FakeClock;
let store: Store;
/** Values handed out so far. */
let fetched: string[];
/** Each fetch waits for this. */
let gate: Promise<void>;
let warnings: string[];
beforeEach(() => {
  clock = fakeClock();
  ({ store } = memoryStateAt(clock));
  fetched = [];
  warnings = [];
  gate = Promise.resolve();
});

/** Each call makes the source of one more process on the same Store. */
function source(over: Partial<Parameters<typeof createTokenSource>[0]> = {}): TokenSource {
  const log: Logger = { ...silentLogger(), warn: (_, message) => void warnings.push(message) };
  const fetch = async (): Promise<{ value: string; lifeMs: number }> => {
    const value = `token-${fetched.length + 1}`;
    fetched.push(value);
    await gate;
    return { value, lifeMs: LIFE_MS };
  };
  return createTokenSource({ name: "token:app", store, clock, log, fetch, ...over });
}

/** What a process that is killed has of the Store: from then on its writes never happen. */
function mortal(of: Store): { readonly store: Store; kill(): void } {
  let dead = false;
  const never = new Promise<never>(() => undefined);
  const replaceIf: Store["replaceIf"] = (...args) => (dead ? never : of.replaceIf(...args));
  return { store: { ...of, replaceIf }, kill: () => void (dead = true) };
}

function closed(): { open(): void } {
  const opened = Promise.withResolvers<void>();
  gate = opened.promise;
  return { open: () => opened.resolve() };
}

describe("single flight", () => {
  test("a hundred who ask at once share one fetch", async () => {
    const token = source();
    const door = closed();
    const all = Promise.all(Array.from({ length: 100 }, () => token.get(never)));
    await clock.advance(0);
    door.open();
    expect(new Set(await all)).toEqual(new Set(["token-1"]));
    expect(fetched).toHaveLength(1);
  });

  test("who leaves does not take the others' token along", async () => {
    const token = source();
    const door = closed();
    const leave = new AbortController();
    const impatient = expect(token.get(leave.signal)).rejects.toThrow("no more");
    const patient = token.get(never);
    leave.abort(new Error("no more"));
    await impatient;
    door.open();
    expect(await patient).toBe("token-1");
    await expect(token.get(AbortSignal.abort(new Error("gone before")))).resolves.toBe("token-1"); // needs no waiting
  });

  test("a failure is everybody's, and nobody's afterwards", async () => {
    let fails = true;
    const fetch = (): Promise<{ value: string; lifeMs: number }> =>
      fails ? Promise.reject(new Error("no network")) : Promise.resolve({ value: "token", lifeMs: LIFE_MS });
    const token = source({ fetch });
    const all = await Promise.allSettled([token.get(never), token.get(never)]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await token.get(never)).toBe("token");
  });
});

describe("renewal", () => {
  test("ahead of the end, and nobody waits for it", async () => {
    const token = source();
    expect(await token.get(never)).toBe("token-1");
    await clock.advance(LIFE_MS - 300_001);
    expect(await token.get(never)).toBe("token-1");
    expect(fetched).toHaveLength(1);
    await clock.advance(1);
    const door = closed();
    expect(await token.get(never)).toBe("token-1"); // while the next is being fetched
    expect(await token.get(never)).toBe("token-1");
    await clock.advance(0);
    expect(fetched).toHaveLength(2);
    door.open();
    await clock.advance(0);
    expect(await token.get(never)).toBe("token-2");
    expect(fetched).toHaveLength(2);
  });

  test("that fails is told, and is not tried with every call", async () => {
    const fetch = (): Promise<{ value: string; lifeMs: number }> => {
      fetched.push("x");
      if (fetched.length > 1) return Promise.reject(new Error("no network"));
      return Promise.resolve({ value: "token", lifeMs: LIFE_MS });
    };
    const token = source({ fetch });
    await token.get(never);
    await clock.advance(LIFE_MS - 100_000);
    for (let n = 0; n < 200; n += 1) {
      expect(await token.get(never)).toBe("token");
      await clock.advance(100);
    }
    expect(fetched).toHaveLength(1 + 2); // 20 s of calls: one try each 10 s
    expect(warnings).toHaveLength(2);
    await clock.advance(80_000);
    await expect(token.get(never)).rejects.toThrow("no network"); // over, and nothing else to use
  });

  test("of one that lives shorter than the margin comes at half of its life, not with every call", async () => {
    const fetch = (): Promise<{ value: string; lifeMs: number }> =>
      Promise.resolve({ value: `short-${fetched.push("x")}`, lifeMs: 60_000 });
    const token = source({ fetch });
    for (let n = 0; n < 29; n += 1) {
      expect(await token.get(never)).toBe("short-1");
      await clock.advance(1_000);
    }
    expect(fetched).toHaveLength(1);
    await clock.advance(1_000);
    await token.get(never);
    await clock.advance(0);
    expect(await token.get(never)).toBe("short-2");
    expect(fetched).toHaveLength(2);
  });
});

describe("drop", () => {
  test("what was refused is fetched anew", async () => {
    const token = source();
    await token.drop(await token.get(never));
    expect(await token.get(never)).toBe("token-2");
  });

  test("only when it is still the one in use: late refusals of the old one cost nothing", async () => {
    const token = source();
    const old = await token.get(never);
    await token.drop(old);
    await token.get(never);
    await Promise.all([token.drop(old), token.drop(old), token.drop("never heard of")]);
    expect(await token.get(never)).toBe("token-2");
    expect(await source().get(never)).toBe("token-2");
    expect(fetched).toHaveLength(2);
  });

  test("while the next is being fetched: that one is used", async () => {
    const token = source();
    const old = await token.get(never);
    await token.drop(old);
    const door = closed();
    const next = token.get(never);
    await clock.advance(0);
    await token.drop(old);
    door.open();
    expect(await next).toBe("token-2");
    expect(await token.get(never)).toBe("token-2");
    expect(fetched).toHaveLength(2);
  });

  test("nothing known: nothing happens", async () => {
    await expect(source().drop("token-1")).resolves.toBeUndefined();
  });
});

describe("two processes on one Store", () => {
  test("the second takes what the first has fetched", async () => {
    expect(await source().get(never)).toBe("token-1");
    expect(await source().get(never)).toBe("token-1");
    expect(fetched).toHaveLength(1);
  });

  test("both cold at the same time: one fetches, the other waits for it", async () => {
    const [a, b] = [source(), source()];
    const door = closed();
    const both = Promise.all([a.get(never), b.get(never)]);
    await clock.advance(1_000);
    door.open();
    await clock.advance(1_000);
    expect(await both).toEqual(["token-1", "token-1"]);
    expect(fetched).toHaveLength(1);
  });

  test("both renew: one fetch", async () => {
    const [a, b] = [source(), source()];
    await Promise.all([a.get(never), clock.advance(500)]);
    await b.get(never);
    await clock.advance(LIFE_MS - 200_000);
    await Promise.all([a.get(never), b.get(never)]);
    await clock.advance(1_000);
    expect([await a.get(never), await b.get(never)]).toEqual(["token-2", "token-2"]);
    expect(fetched).toHaveLength(2);
  });

  test("what one drops the other does not take up again", async () => {
    const [a, b] = [source(), source()];
    const old = await a.get(never);
    await b.get(never);
    await a.drop(old);
    expect(await a.get(never)).toBe("token-2");
    await b.drop(old);
    expect(await b.get(never)).toBe("token-2");
    expect(fetched).toHaveLength(2);
  });

  test("one that died while fetching holds the other up for two seconds at the most", async () => {
    const grave = mortal(store);
    const dead = source({ store: grave.store, fetch: () => new Promise(() => undefined) });
    void dead.get(never);
    await clock.advance(1_000);
    grave.kill();
    const waiting = source().get(never);
    await clock.advance(2_000);
    expect(await waiting).toBe("token-1");
  });

  test("one that was killed while fetching, on one file: the next start waits two seconds at the most", async () => {
    const folder = mkdtempSync(join(tmpdir(), "token-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "bot.db");
    const killed = sqliteStateAt({ file }, clock);
    const begun = Promise.withResolvers<void>();
    const hang = (): Promise<never> => {
      begun.resolve();
      return new Promise(() => undefined);
    };
    void source({ store: killed.store, fetch: hang }).get(never);
    await begun.promise; // it holds the lease
    await killed.close(); // nothing is written behind it: the lease stays, as after a kill
    const next = sqliteStateAt({ file }, clock);
    onTestFinished(() => next.close());
    expect(await next.store.get("token:app:fetching")).toBeDefined();
    let value: string | undefined;
    void source({ store: next.store })
      .get(never)
      .then((token) => (value = token));
    const startedAt = clock.now();
    while (value === undefined && clock.now() < startedAt + 2_000) {
      await clock.advance(100);
      for (let n = 0; n < 10; n += 1) await next.store.get("what came before has been answered");
    }
    expect(value).toBe("token-1");
    expect(fetched).toHaveLength(1);
  }, 30_000);

  test("one that is slow is waited for: it says again and again that it is at work", async () => {
    const door = closed();
    const slow = source().get(never);
    await clock.advance(0);
    const other = source().get(never);
    await clock.advance(12_000);
    door.open();
    await clock.advance(500);
    expect(await Promise.all([slow, other])).toEqual(["token-1", "token-1"]);
    expect(fetched).toHaveLength(1);
  });

  test("one that hangs does not hold the other up for ever", async () => {
    void source({ fetch: () => new Promise(() => undefined) }).get(never);
    await clock.advance(0);
    const waiting = source().get(never);
    await clock.advance(14_000);
    expect(fetched).toHaveLength(0);
    await clock.advance(3_500);
    expect(await waiting).toBe("token-1");
  });

  test("the lease is not renewed behind the fetch: nothing sleeps afterwards", async () => {
    await source().get(never);
    expect(clock.sleeping()).toBe(0);
  });

  test("one whose fetch failed lets the other try at once", async () => {
    const failing = source({ fetch: () => Promise.reject(new Error("no network")) });
    await expect(failing.get(never)).rejects.toThrow("no network");
    const next = source().get(never);
    await clock.advance(0);
    expect(await next).toBe("token-1");
  });

  test("one that has ended is not used, whoever left it there", async () => {
    await source().get(never);
    await clock.advance(LIFE_MS);
    expect(await source().get(never)).toBe("token-2");
  });
});
