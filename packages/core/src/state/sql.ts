/**
 * The SQL of the SQLite state: small synchronous operations, run in batches by `sqlite-thread.ts`. Each is a function from
 * arguments to a result that can be posted between threads.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

const VERSION = 1;
// Tables with rowids: rows are large and keys come in no order, so a tree of whole rows by key would write many pages a message.
const SCHEMA = `
CREATE TABLE migrations (version INTEGER PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, lane TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, stop TEXT, burst TEXT, expires_at INTEGER
);
CREATE INDEX inbox_open ON inbox (seq) WHERE state IN ('waiting', 'running', 'replying', 'parked');
CREATE INDEX inbox_failed ON inbox (key) WHERE state = 'failed';
CREATE INDEX inbox_expiry ON inbox (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE outbox (
  turn TEXT NOT NULL, part TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, repeat_until INTEGER,
  PRIMARY KEY (turn, part)
);
CREATE TABLE store (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, expires_at INTEGER);
CREATE INDEX store_expiry ON store (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE trace (id INTEGER PRIMARY KEY, key TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL, lines TEXT NOT NULL);
CREATE INDEX trace_message ON trace (message);
`;

/** One operation: its name and arguments. All arguments are values SQLite takes. */
export interface Operation {
  readonly op: keyof ReturnType<typeof operations>;
  readonly args: readonly (string | number | null)[];
}

/** Creates or checks the schema. Throws a plain Error with a message for the operator. */
export function migrate(db: DatabaseSync, nowMs: number): void {
  const found = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (found.user_version > VERSION) {
    throw new Error(`it was written by a newer version (schema ${found.user_version}, this one knows ${VERSION})`);
  }
  if (found.user_version === VERSION) return;
  db.exec("BEGIN IMMEDIATE");
  db.exec(SCHEMA);
  db.prepare("INSERT INTO migrations VALUES (?, ?)").run(VERSION, nowMs);
  db.exec(`PRAGMA user_version = ${VERSION}`);
  db.exec("COMMIT");
}

type Arg = string | number | null;
type Run = (...args: Arg[]) => unknown;

/** Every operation by name, its statements prepared once. `fenced` ones return false when the epoch is not theirs. */
export function operations(db: DatabaseSync): Record<string, Run> {
  return { ...inboxOperations(db), ...outboxOperations(db), ...storeOperations(db), ...traceOperations(db) };
}

function changed(statement: StatementSync, ...args: Arg[]): boolean {
  return Number(statement.run(...args).changes) > 0;
}

function inboxOperations(db: DatabaseSync): Record<string, Run> {
  const top = db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM inbox").get() as { seq: number };
  let seq = top.seq;
  const insert = db.prepare(
    "INSERT INTO inbox (key, seq, queue, lane, body, state) VALUES (?, ?, ?, ?, ?, 'waiting') ON CONFLICT (key) DO NOTHING",
  );
  const claim = db.prepare(
    "UPDATE inbox SET state = CASE state WHEN 'replying' THEN state ELSE 'running' END, attempt = ?, epoch = ?, burst = ? WHERE key = ?",
  );
  const state = db.prepare("UPDATE inbox SET state = ? WHERE key = ? AND epoch = ?");
  const park = db.prepare("UPDATE inbox SET state = ? WHERE key = ? AND epoch = ?");
  const end = db.prepare("UPDATE inbox SET state = 'done', body = '', expires_at = ? WHERE key = ?");
  const epoch = db.prepare("SELECT 1 FROM inbox WHERE key = ? AND epoch = ?");
  const fail = db.prepare("UPDATE inbox SET state = 'failed' WHERE key = ?");
  const stop = db.prepare("UPDATE inbox SET stop = ? WHERE key = ?");
  const clear = db.prepare("DELETE FROM outbox WHERE turn = ?");
  return {
    load: () => ({
      entries: db
        .prepare(
          "SELECT key, queue, lane, body, state, attempt, epoch, stop, burst FROM inbox WHERE state IN ('waiting', 'running', 'replying', 'parked') ORDER BY seq",
        )
        .all(),
      failed: (db.prepare("SELECT count(*) AS n FROM inbox WHERE state = 'failed'").get() as { n: number }).n,
    }),
    insert(key = "", queue = "", lane = "", body = "") {
      seq += 1;
      return changed(insert, key, seq, queue, lane, body);
    },
    claim: (key = "", attempt = 0, newEpoch = 0, burst = null) => changed(claim, attempt, newEpoch, burst, key),
    state: (key = "", own = 0, to = "") => changed(state, to, key, own),
    park: (key = "", own = 0, to = "") => changed(park, to, key, own),
    done(key = "", own = 0, expiresAt = 0, others = "[]") {
      if (epoch.get(key, own) === undefined) return false;
      for (const one of JSON.parse(String(others)) as string[]) end.run(expiresAt, one);
      clear.run(key);
      return true;
    },
    fail(key = "", own = 0, _expiresAt = 0, others = "[]") {
      if (epoch.get(key, own) === undefined) return false;
      for (const one of JSON.parse(String(others)) as string[]) fail.run(one);
      return true;
    },
    drop: (key = "", expiresAt = 0) => changed(end, expiresAt, key),
    stop: (key = "", reason = "") => changed(stop, reason, key),
  };
}

function outboxOperations(db: DatabaseSync): Record<string, Run> {
  const put = db.prepare(
    `INSERT INTO outbox (turn, part, seq, state, body, repeat_until)
     SELECT ?1, ?2, (SELECT count(*) FROM outbox WHERE turn = ?1), ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM inbox WHERE key = ?1 AND epoch = ?6)
     ON CONFLICT (turn, part) DO UPDATE SET state = excluded.state, body = excluded.body, repeat_until = excluded.repeat_until`,
  );
  const parts = db.prepare("SELECT part, state, body, repeat_until FROM outbox WHERE turn = ? ORDER BY seq");
  return {
    put: (turn = "", own = 0, part = "", to = "", body = "", repeatUntil = null) =>
      changed(put, turn, part, to, body, repeatUntil, own),
    parts: (turn = "") => parts.all(turn),
  };
}

function storeOperations(db: DatabaseSync): Record<string, Run> {
  const get = db.prepare(
    "SELECT value, expires_at FROM store WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)",
  );
  const put = db.prepare("INSERT OR REPLACE INTO store VALUES (?, ?, ?)");
  const add = db.prepare(
    "INSERT INTO store VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at WHERE store.expires_at <= ?",
  );
  const replace = db.prepare(
    "UPDATE store SET value = ?, expires_at = ? WHERE key = ? AND value = ? AND (expires_at IS NULL OR expires_at > ?)",
  );
  const remove = db.prepare("DELETE FROM store WHERE key = ? AND value = ? AND (expires_at IS NULL OR expires_at > ?)");
  const list = db.prepare(
    "SELECT key, value, expires_at FROM store WHERE key >= ? AND substr(key, 1, ?) = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY key LIMIT ?",
  );
  return {
    get: (key = "", now = 0) => get.get(key, now),
    storePut: (key = "", value = "", expiresAt = null) => changed(put, key, value, expiresAt),
    add: (key = "", value = "", expiresAt = null, now = 0) => changed(add, key, value, expiresAt, now),
    replace: (key = "", expected = "", value = "", expiresAt = null, now = 0) =>
      changed(replace, value, expiresAt, key, expected, now),
    remove: (key = "", expected = "", now = 0) => changed(remove, key, expected, now),
    list: (prefix = "", limit = 0, now = 0) => list.all(prefix, [...String(prefix)].length, prefix, now, limit),
  };
}

const KEEP_TRACE_MS = 7 * 86_400_000;
const KEEP_TRACE_ROWS = 200_000; // 100,000 messages, whose lines come in one row or two
const SWEEP_ROWS = 500;

function traceOperations(db: DatabaseSync): Record<string, Run> {
  const append = db.prepare("INSERT INTO trace (key, message, at, lines) VALUES (?, ?, ?, ?)");
  const read = db.prepare(
    "SELECT key, lines FROM trace WHERE message IN (?1, ?2) AND (message = ?1 OR key = ?1) ORDER BY id",
  );
  // Looks at the oldest only: they are in order of time.
  const old = db.prepare(
    "DELETE FROM trace WHERE id IN (SELECT id FROM (SELECT id, at FROM trace ORDER BY id LIMIT ?3) WHERE at < ?1 OR id < (SELECT max(id) FROM trace) - ?2)",
  );
  const keys = db.prepare("DELETE FROM inbox WHERE key IN (SELECT key FROM inbox WHERE expires_at < ? LIMIT ?)");
  const facts = db.prepare("DELETE FROM store WHERE key IN (SELECT key FROM store WHERE expires_at < ? LIMIT ?)");
  return {
    append: (key = "", message = "", at = 0, lines = "[]") => changed(append, key, message, at, lines),
    read: (idOrKey = "", message = "") => read.all(idOrKey, message),
    sweep(now = 0) {
      old.run(Number(now) - KEEP_TRACE_MS, KEEP_TRACE_ROWS, SWEEP_ROWS);
      keys.run(now, SWEEP_ROWS);
      facts.run(now, SWEEP_ROWS);
      return true;
    },
  };
}
