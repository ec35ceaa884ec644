/**
 * The thread that owns the SQLite file: takes batches of operations, runs each batch in one transaction, answers with the
 * results. A build entry of its own. `node:sqlite` is loaded here and nowhere else.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { migrate, type Operation, operations } from "./sql.ts";

/** What the front posts. */
export interface Batch {
  readonly id: number;
  readonly operations: readonly Operation[];
}

/** What comes back: results in order, or why nothing was written. */
export type BatchResult =
  | { readonly id: number; readonly results: readonly unknown[] }
  | { readonly id: number; readonly error: string; readonly full: boolean };

/** First message of the thread. */
export type Opened = { readonly opened: true } | { readonly opened: false; readonly error: string };

interface Settings {
  readonly file: string;
  readonly maxPages?: number;
}

const port = parentPort;
if (port !== null) serve(workerData as Settings);

function serve(settings: Settings): void {
  try {
    const db = openDatabase(settings);
    const run = operations(db);
    port?.on("message", (batch: Batch | "close") => {
      if (batch === "close") {
        db.close();
        port.close();
        return;
      }
      port.postMessage(runBatch(db, run, batch));
    });
    port?.postMessage({ opened: true } satisfies Opened);
  } catch (error) {
    port?.postMessage({
      opened: false,
      error: error instanceof Error ? error.message : String(error),
    } satisfies Opened);
  }
}

function openDatabase({ file, maxPages }: Settings): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA locking_mode = EXCLUSIVE");
  db.exec("PRAGMA busy_timeout = 0");
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
  migrate(db, Date.now());
  db.exec("BEGIN IMMEDIATE");
  db.exec("COMMIT"); // takes the exclusive lock now, not at the first message
  return db;
}

function runBatch(db: DatabaseSync, run: ReturnType<typeof operations>, batch: Batch): BatchResult {
  const { id } = batch;
  try {
    db.exec("BEGIN IMMEDIATE");
    const results = batch.operations.map(({ op, args }) => run[op]?.(...args));
    db.exec("COMMIT");
    return { id, results };
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    const message = error instanceof Error ? error.message : String(error);
    return { id, error: message, full: /full/i.test(message) };
  }
}
