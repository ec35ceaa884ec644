/**
 * How many metered calls an app has made in the platform's month: counted in memory, added to the Store now and then, read
 * back at the start. Processes that share the Store share the count. A kill forgets at most `MAX_UNWRITTEN` calls, as long
 * as the Store takes writes.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../state/state.ts";
import { monthAt } from "./budget.ts";

export interface Ledger {
  /** Key in the Store, without the month. */
  readonly key: string;
  /** Counts at once. Resolves when no more than `MAX_UNWRITTEN` calls are unwritten, or the Store could not be written. */
  add(calls: number): Promise<void>;
  /** Of this month, as far as it is known here. Undefined until it has been read. */
  calls(): number | undefined;
  /** Resolves when what is known is not older than a minute, or the Store could not be read. */
  read(): Promise<void>;
  /** Writes what is not yet written. Rejects when the Store does not take it. */
  flush(): Promise<void>;
}

export interface LedgerOptions {
  readonly key: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** So many calls a kill may forget. */
export const MAX_UNWRITTEN = 40;
/** From so many on they are being written. */
const WRITE_AT = 20;
/** Fewer are written after this long. */
const WRITE_AFTER_MS = 2_000;
/** The Store did not take them: they are tried again after this long. */
const WRITE_AGAIN_MS = 30_000;
/** What other processes have added is looked up this often, while somebody asks. */
const READ_EVERY_MS = 60_000;
/** Months that are over are kept for people who look. */
const KEEP_MS = 100 * 86_400_000;

export function createLedger({ key, store, clock, log }: LedgerOptions): Ledger {
  const count = createCount();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let writing: Promise<void> | undefined;
  let later: AbortController | undefined;
  let isAway = false;

  const month = (): string => monthAt(clock.now()).name;

  const writeMonth = async (name: string, calls: number): Promise<void> => {
    for (;;) {
      const before = await store.get(`${key}:${name}`);
      const total = Math.max(0, countIn(before?.value) + calls);
      const isDone = await replace(store, { key: `${key}:${name}`, before: before?.value, value: String(total) });
      if (isDone) return count.written(name, { calls, total });
    }
  };

  const write = async (): Promise<void> => {
    later?.abort(new Error("written now"));
    for (const [name, calls] of count.toWrite()) await writeMonth(name, calls);
  };

  /** One at a time: what comes meanwhile is the next one's. */
  const startWriting = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  /** False: the Store is away. What is counted stays counted here. */
  const tryWriting = async (): Promise<boolean> => {
    try {
      await startWriting();
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, "metered calls cannot be counted in the state; it is tried again");
      isAway = true;
    }
    return !isAway;
  };

  const writeLater = async (): Promise<void> => {
    if (later !== undefined || count.waiting() === 0) return;
    const mine = new AbortController();
    later = mine;
    const isTime = await clock.sleep(isAway ? WRITE_AGAIN_MS : WRITE_AFTER_MS, mine.signal).then(
      () => true,
      () => false, // somebody has written meanwhile
    );
    later = undefined;
    if (isTime) await tryWriting();
    void writeLater();
  };

  const readNow = async (): Promise<void> => {
    const name = month();
    try {
      count.seen(name, countIn((await store.get(`${key}:${name}`))?.value));
    } catch (error) {
      log.debug({ err: error }, "how many metered calls were made is not known");
    }
    readAt = clock.now();
    reading = undefined;
  };

  const read = async (): Promise<void> => {
    if (clock.now() - readAt < READ_EVERY_MS) return;
    reading ??= readNow();
    await reading;
  };

  return {
    key,
    read,
    async add(calls) {
      count.add(month(), calls);
      if (isAway || count.waiting() < WRITE_AT) return void writeLater();
      const written = tryWriting();
      if (count.waiting() < MAX_UNWRITTEN || !(await written)) return;
      while (count.waiting() >= MAX_UNWRITTEN && (await tryWriting())) continue;
    },
    calls() {
      void read();
      return count.of(month());
    },
    async flush() {
      while (count.waiting() > 0) await startWriting();
      later?.abort(new Error("nothing is left to write"));
    },
  };
}

/** By month: what the Store is known to have, and what it has yet to be told. Of this month and the one before. */
function createCount(): {
  add(month: string, calls: number): void;
  of(month: string): number | undefined;
  /** Calls the Store has yet to be told of. */
  waiting(): number;
  toWrite(): readonly (readonly [month: string, calls: number])[];
  written(month: string, write: { readonly calls: number; readonly total: number }): void;
  seen(month: string, total: number): void;
} {
  const stored = new Map<string, number>();
  const unwritten = new Map<string, number>();

  const keep = (month: string, total: number): void => {
    stored.delete(month);
    stored.set(month, total);
    for (const oldest of stored.keys()) {
      if (stored.size <= 2) break;
      stored.delete(oldest);
    }
  };
  const add = (month: string, calls: number): void => {
    const now = (unwritten.get(month) ?? 0) + calls;
    if (now === 0) unwritten.delete(month);
    else unwritten.set(month, now);
  };

  return {
    add,
    of(month) {
      if (stored.size === 0) return undefined;
      return Math.max(0, (stored.get(month) ?? 0) + (unwritten.get(month) ?? 0)); // a month that begins has none yet
    },
    waiting: () => [...unwritten.values()].reduce((sum, calls) => sum + Math.abs(calls), 0),
    toWrite: () => [...unwritten],
    written(month, { calls, total }) {
      keep(month, total);
      add(month, -calls);
    },
    seen: (month, total) => keep(month, Math.max(total, stored.get(month) ?? 0)), // a write may have been faster
  };
}

/** False: somebody else was faster. */
function replace(
  store: Store,
  { key, before, value }: { readonly key: string; readonly before: string | undefined; readonly value: string },
): Promise<boolean> {
  if (before === undefined) return store.putIfAbsent(key, value, KEEP_MS);
  return store.replaceIf(key, before, value, KEEP_MS);
}

/** Something else than a number counts as none. */
function countIn(value: string | undefined): number {
  const calls = Number(value ?? 0);
  return Number.isFinite(calls) ? calls : 0;
}
