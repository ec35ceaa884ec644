/** One SQLite file held by one process: inbox, outbox, store and traces, in a thread of its own; files beside it. */
import { systemClock, type Clock } from "../clock.ts";
import { createQuotas } from "../http/quota.ts";
import { fileBlobs } from "./blobs.ts";
import { createInbox } from "./inbox.ts";
import { claimLostError, type Fence, type Journal, type StoredEntry } from "./journal.ts";
import { KEEP_DONE_MS } from "./memory.ts";
import type { Entry, InboxEntry, OutboxPart, State, StopReason, Store, TraceLine, Traces } from "./state.ts";
import { messageOf } from "../trace/trace.ts";
import { type SqliteThread, startThread } from "./thread.ts";

const SWEEP_EVERY_MS = 60_000;

/** One file held by one process, write-ahead log, full sync, in a worker thread; `node:sqlite` loaded on use. */
export function sqliteState(options: { readonly file: string }): State {
  return sqliteStateAt(options, systemClock());
}

/** The same on another clock, and with a size limit, for tests. */
export function sqliteStateAt(options: { readonly file: string; readonly maxPages?: number }, clock: Clock): State {
  let thread: SqliteThread | undefined;
  const closed = new AbortController();
  const run: SqliteThread["run"] = (op, args, urgent) => {
    if (thread === undefined) {
      thread = startThread(options);
      void sweepRegularly();
    }
    return thread.run(op, args, urgent);
  };
  const sweepRegularly = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      try {
        await clock.sleep(SWEEP_EVERY_MS, closed.signal);
        await run("sweep", [clock.now()]);
      } catch {
        // Closed, or the disk is away: what is old waits for the next round.
      }
    }
  };
  const inbox = createInbox(sqliteJournal(run, clock), clock);
  const store = sqliteStore(run, clock);
  return {
    inbox,
    store,
    quotas: createQuotas({ store, clock }),
    blobs: fileBlobs(`${options.file}.blobs`),
    traces: sqliteTraces(run),
    durable: true,
    async close() {
      await inbox.close();
      closed.abort(new Error("the state is closed"));
      await thread?.close();
    },
  };
}

type Run = SqliteThread["run"];

interface Row {
  readonly key: string;
  readonly body: string;
  readonly state: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly stop: StopReason | null;
  readonly burst: string | null;
}

function sqliteJournal(run: Run, clock: Clock): Journal {
  const fenced = async (written: Promise<unknown>): Promise<void> => {
    if ((await written) !== true) throw claimLostError();
  };
  const expiry = (): number => clock.now() + KEEP_DONE_MS;
  const rest = ({ key, epoch }: Fence, keys: readonly string[]): (string | number)[] => [
    key,
    epoch,
    expiry(),
    JSON.stringify(keys),
  ];
  return {
    async load() {
      const { entries, failed } = (await run("load", [])) as { entries: readonly Row[]; failed: number };
      return { entries: entries.map(toStored), failed };
    },
    async insert(entry) {
      const { key, queue, lane } = entry;
      return (await run("insert", [key, queue, lane, JSON.stringify(entry)])) === true;
    },
    async claim(keys, { attempt, epoch }) {
      const burst = keys.length > 1 ? (keys[0] ?? null) : null;
      await Promise.all(keys.map((key) => fenced(run("claim", [key, attempt, epoch, burst], true))));
    },
    async parts(key) {
      const rows = (await run("parts", [key], true)) as readonly {
        part: string;
        state: OutboxPart["state"];
        body: string;
        repeat_until: number | null;
      }[];
      return rows.map(({ part, state, body, repeat_until: until }) => ({
        key: part,
        state,
        body,
        ...(until === null ? {} : { repeatUntil: until }),
      }));
    },
    put: ({ key, epoch }, part) =>
      fenced(run("put", [key, epoch, part.key, part.state, part.body, part.repeatUntil ?? null], true)),
    handled: ({ key, epoch }) => fenced(run("state", [key, epoch, "replying"], true)),
    park: ({ key, epoch }, parked) => fenced(run("park", [key, epoch, parked ? "parked" : "running"], true)),
    done: (fence, keys) => fenced(run("done", rest(fence, keys), true)),
    retry: () => Promise.resolve(), // the row stays as it was claimed: running, or replying
    fail: (fence, keys) => fenced(run("fail", rest(fence, keys), true)),
    async drop(keys) {
      await Promise.all(keys.map((key) => run("drop", [key, expiry()], true)));
    },
    async stop(key, reason) {
      await run("stop", [key, reason], true);
    },
  };
}

/** After a restart what ran waits again, with its stage; what was parked begins its attempts anew. */
function toStored(row: Row): StoredEntry {
  return {
    entry: JSON.parse(row.body) as InboxEntry,
    attempt: row.state === "parked" ? Math.min(row.attempt, 1) : row.attempt,
    epoch: row.epoch,
    stage: row.state === "replying" ? "replying" : "running",
    ...(row.stop === null ? {} : { stop: row.stop }),
    ...(row.burst === null ? {} : { burst: row.burst }),
  };
}

function sqliteStore(run: Run, clock: Pick<Clock, "now">): Store {
  const until = (ttlMs: number | undefined): number | null => (ttlMs === undefined ? null : clock.now() + ttlMs);
  return {
    async get(key) {
      const row = (await run("get", [key, clock.now()])) as { value: string; expires_at: number | null } | undefined;
      return row === undefined ? undefined : toEntry({ key, ...row });
    },
    async put(key, value, ttlMs) {
      await run("storePut", [key, value, until(ttlMs)]);
    },
    putIfAbsent: async (key, value, ttlMs) => (await run("add", [key, value, until(ttlMs), clock.now()])) === true,
    async replaceIf(key, expected, value, ttlMs) {
      if (value === undefined) return (await run("remove", [key, expected, clock.now()])) === true;
      return (await run("replace", [key, expected, value, until(ttlMs), clock.now()])) === true;
    },
    async *list(prefix, limit) {
      const rows = await run("list", [prefix, limit, clock.now()]);
      yield* (rows as readonly { key: string; value: string; expires_at: number | null }[]).map(toEntry);
    },
  };
}

function toEntry(row: { readonly key: string; readonly value: string; readonly expires_at: number | null }): Entry {
  const { key, value, expires_at: expiresAt } = row;
  return expiresAt === null ? { key, value } : { key, value, expiresAt };
}

function sqliteTraces(run: Run): Traces {
  return {
    async append(rows) {
      const byKey = new Map<string, TraceLine[]>(); // most lines of a message come together: one row for them
      for (const { key, line } of rows) {
        const lines = byKey.get(key);
        if (lines === undefined) byKey.set(key, [line]);
        else lines.push(line);
      }
      const writes = [...byKey].map(([key, lines]) =>
        run("append", [key, messageOf(key), lines[0]?.at ?? 0, JSON.stringify(lines)]),
      );
      await Promise.all(writes);
    },
    async read(id) {
      const rows = (await run("read", [id, messageOf(id)])) as readonly { key: string; lines: string }[];
      return rows.flatMap(({ key, lines }) => (JSON.parse(lines) as TraceLine[]).map((line) => ({ key, line })));
    },
  };
}
