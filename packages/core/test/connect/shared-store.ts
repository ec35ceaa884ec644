/** A Store in one SQLite file that several processes share: what a shared state will be, for tests of what is in it. */
import { DatabaseSync } from "node:sqlite";
import type { Entry, Store } from "@openclaw-china/core";

export function sharedStore(file: string, now: () => number): Store & Disposable {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA busy_timeout = 10000");
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("CREATE TABLE IF NOT EXISTS store (key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL NOT NULL)");
  const until = (ttlMs = Number.MAX_SAFE_INTEGER): number => Math.min(now() + ttlMs, Number.MAX_SAFE_INTEGER);
  const toEntry = (row: Record<string, unknown>): Entry => ({
    key: String(row["key"]),
    value: String(row["value"]),
    expiresAt: Number(row["until"]),
  });
  const change = (sql: string, ...values: (string | number)[]): Promise<boolean> =>
    Promise.resolve(db.prepare(sql).run(...values).changes === 1);
  const replace = `INSERT INTO store VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until`;
  return {
    get(key) {
      const row = db.prepare("SELECT * FROM store WHERE key = ? AND until > ?").get(key, now());
      return Promise.resolve(row === undefined ? undefined : toEntry(row));
    },
    async put(key, value, ttlMs) {
      await change(replace, key, value, until(ttlMs));
    },
    putIfAbsent: (key, value, ttlMs) => change(`${replace} WHERE store.until <= ?`, key, value, until(ttlMs), now()),
    replaceIf(key, expected, value, ttlMs) {
      const where = "WHERE key = ? AND value = ? AND until > ?";
      if (value === undefined) return change(`DELETE FROM store ${where}`, key, expected, now());
      return change(`UPDATE store SET value = ?, until = ? ${where}`, value, until(ttlMs), key, expected, now());
    },
    async *list(prefix, limit) {
      const rows = db
        .prepare("SELECT * FROM store WHERE key >= ? AND key < ? AND until > ? ORDER BY key LIMIT ?")
        .all(prefix, `${prefix}\uFFFF`, now(), limit);
      yield* rows.map(toEntry);
    },
    [Symbol.dispose]: () => db.close(),
  };
}
