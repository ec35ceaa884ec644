/** The Store in memory. */
import type { Clock } from "../clock.ts";
import type { Entry, Store } from "./state.ts";

/** Entries that expire are dropped when they are met, and all of them after as many writes as there are entries, and these. */
const SWEEP_AFTER_WRITES = 1_000;

export function memoryStore(clock: Pick<Clock, "now">): Store {
  const entries = new Map<string, Entry>();
  let writes = 0;

  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > clock.now()) return entry;
    entries.delete(key);
    return undefined;
  };
  const write = (key: string, value: string, ttlMs: number | undefined): void => {
    entries.set(key, ttlMs === undefined ? { key, value } : { key, value, expiresAt: clock.now() + ttlMs });
    writes += 1;
    if (writes < SWEEP_AFTER_WRITES + entries.size) return;
    writes = 0;
    for (const known of entries.keys()) live(known);
  };

  return {
    get: (key) => Promise.resolve(live(key)),
    put(key, value, ttlMs) {
      write(key, value, ttlMs);
      return Promise.resolve();
    },
    putIfAbsent(key, value, ttlMs) {
      if (live(key) !== undefined) return Promise.resolve(false);
      write(key, value, ttlMs);
      return Promise.resolve(true);
    },
    replaceIf(key, expected, value, ttlMs) {
      if (live(key)?.value !== expected) return Promise.resolve(false);
      if (value === undefined) entries.delete(key);
      else write(key, value, ttlMs);
      return Promise.resolve(true);
    },
    async *list(prefix, limit) {
      const keys = [...entries.keys()].filter((key) => key.startsWith(prefix)).toSorted();
      let left = limit;
      for (const key of keys) {
        const entry = left > 0 ? live(key) : undefined;
        if (entry === undefined) continue;
        left -= 1;
        yield entry;
      }
    },
  };
}
