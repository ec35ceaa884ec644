/** The front of the SQLite thread: gathers what one tick brings into one batch, with one batch in flight. */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { channelError } from "../errors.ts";
import { STATE } from "./journal.ts";
import type { Operation } from "./sql.ts";
import type { Batch, BatchResult, Opened } from "./sqlite-thread.ts";

export interface SqliteThread {
  /** Resolves with the operation's result once its batch is committed. `urgent` ones go before new messages. */
  run(op: Operation["op"], args: Operation["args"], urgent?: boolean): Promise<unknown>;
  close(): Promise<void>;
}

interface Job {
  readonly operation: Operation;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Fix {
  readonly en: string;
  readonly zh: string;
}

/** What SQLite says of a file that is none of its own, or no longer whole. */
const DAMAGED = /not a database|malformed/;
const DAMAGED_FIX: Fix = {
  en: "Move it away together with the files beside it, and put a backup in its place; without one the next start begins with an empty file.",
  zh: "请将该文件及其同名附属文件移走,并以备份代替;若无备份,下次启动将使用空文件。",
};

const MAX_BATCH = 256;
/** Beyond this new work is refused: the disk is much too slow, or gone. */
const MAX_QUEUED = 50_000;

export function startThread(settings: { readonly file: string; readonly maxPages?: number }): SqliteThread {
  const urgent: Job[] = [];
  const normal: Job[] = [];
  let inFlight: readonly Job[] | undefined;
  let scheduled = false;
  let dead: Error | undefined;
  let closing = false;
  let batches = 0;
  let restarts = 0;
  const closed = Promise.withResolvers<void>();
  let worker: Worker | undefined;
  spawn();

  function spawn(): void {
    const script = threadFile();
    if (script === undefined) {
      fail(missingThreadError());
      return;
    }
    const started = new Worker(script, {
      workerData: settings,
      execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
    });
    started.on("message", (message: Opened | BatchResult) =>
      "opened" in message ? onOpened(message) : onResult(message),
    );
    let ended = false;
    const onEnd = (error: Error): void => {
      if (!ended) onDeath(error);
      ended = true; // an error is followed by an exit: one death
    };
    started.on("error", onEnd);
    started.on("exit", () => (closing ? closed.resolve() : onEnd(new Error("the thread ended"))));
    inFlight = []; // until it has opened the file
    worker = started;
  }

  function onOpened(message: Opened): void {
    inFlight = undefined;
    if (!message.opened) fail(unopenableError(settings.file, message.error));
    else flush();
  }

  function onResult(message: BatchResult): void {
    const jobs = inFlight ?? [];
    inFlight = undefined;
    if ("error" in message) {
      const error = writeError(settings.file, message.error, message.full);
      for (const job of jobs) job.reject(error);
    } else {
      for (const [index, job] of jobs.entries()) job.resolve(message.results[index]);
    }
    if (urgent.length + normal.length > 0) flush();
    else if (closing) worker?.postMessage("close");
  }

  /** One restart: what was in flight may or may not be written, so it is refused and the platform repeats it. */
  function onDeath(error: Error): void {
    if (dead !== undefined || closing) return;
    const lost = writeError(settings.file, error.message, false);
    for (const job of inFlight ?? []) job.reject(lost);
    restarts += 1;
    if (restarts > 1) fail(lost);
    else spawn();
  }

  function fail(error: Error): void {
    dead = error;
    for (const job of [...urgent.splice(0), ...normal.splice(0)]) job.reject(error);
    closed.resolve();
    void worker?.terminate();
  }

  function flush(): void {
    if (inFlight !== undefined || urgent.length + normal.length === 0) return;
    const jobs = urgent.splice(0, MAX_BATCH);
    if (jobs.length < MAX_BATCH) jobs.push(...normal.splice(0, MAX_BATCH - jobs.length));
    inFlight = jobs;
    batches += 1;
    const batch: Batch = { id: batches, operations: jobs.map((job) => job.operation) };
    worker?.postMessage(batch);
  }

  return {
    run(op, args, first = false) {
      if (dead !== undefined) return Promise.reject(dead);
      if (urgent.length + normal.length >= MAX_QUEUED) {
        return Promise.reject(writeError(settings.file, "too many writes are waiting for the disk", false));
      }
      return new Promise((resolve, reject) => {
        (first ? urgent : normal).push({ operation: { op, args }, resolve, reject });
        if (scheduled || inFlight !== undefined) return;
        scheduled = true;
        // Behind every microtask of this tick: what one step causes the next to write shares its commit.
        queueMicrotask(() =>
          process.nextTick(() => {
            scheduled = false;
            flush();
          }),
        );
      });
    },
    async close() {
      if (!closing && dead === undefined) {
        closing = true;
        flush();
        if (inFlight === undefined) worker?.postMessage("close");
      }
      await closed.promise;
    },
  };
}

/** Beside this file in the sources; in the build the entry keeps its own name wherever this code was bundled. */
function threadFile(): URL | undefined {
  // A CommonJS bundle has no `import.meta.url`: there the program's own file stands for it.
  const here = (import.meta.url as string | undefined) ?? pathToFileURL(process.argv[1] ?? "").href;
  const names = ["./sqlite-thread.ts", "./sqlite-thread.js", "./state/sqlite-thread.js", "../state/sqlite-thread.js"];
  return names.map((name) => new URL(name, here)).find((url) => existsSync(fileURLToPath(url)));
}

function missingThreadError(): Error {
  const file = "node_modules/@openclaw-china/core/dist/state/sqlite-thread.js";
  return channelError({
    code: "config_invalid",
    kind: "config",
    message: "the SQLite state cannot start its thread: the file sqlite-thread.js is not beside the bundled program",
    fix: {
      en: `Copy ${file} beside the bundle, or leave @openclaw-china/core out of the bundle (as external).`,
      zh: `请将 ${file} 复制到打包文件旁边,或在打包时将 @openclaw-china/core 设为 external。`,
    },
  });
}

function unopenableError(file: string, why: string): Error {
  const locked = /locked|busy/i.test(why);
  return channelError({
    code: "config_invalid",
    kind: "config",
    message: locked
      ? `the state file ${file} is held by another process`
      : `the state file ${file} cannot be opened: ${why}`,
    fix: locked
      ? {
          en: "Stop the other process, or give this one a file of its own.",
          zh: "请停止另一个进程,或为本进程指定另一个文件。",
        }
      : openingFix(why),
  });
}

function openingFix(why: string): Fix {
  if (/newer version/.test(why)) {
    return {
      en: "Start the version that wrote it, or a newer one; or give this one a file of its own.",
      zh: "请启动写入该文件的版本或更新版本,或为本进程指定另一个文件。",
    };
  }
  if (DAMAGED.test(why)) return DAMAGED_FIX;
  return { en: "Check that the path is a file this process may write.", zh: "请检查该路径是否为本进程可写的文件。" };
}

function writeError(file: string, why: string, full: boolean): Error {
  return channelError({
    code: "unreachable",
    kind: "transport",
    channel: STATE,
    message: full ? `the state file ${file} is full: ${why}` : `the state file ${file} could not be written: ${why}`,
    outcome: "not_sent",
    verdict: { kind: "retryLater", afterMs: 1_000 },
    fix: full
      ? {
          en: "Free space on the disk; nothing accepted is lost, new messages are refused until then.",
          zh: "请释放磁盘空间;已接收的消息不会丢失,在此之前不再接收新消息。",
        }
      : writingFix(why),
  });
}

function writingFix(why: string): Fix {
  if (DAMAGED.test(why)) return DAMAGED_FIX;
  return { en: "Check the disk and the rights of the file.", zh: "请检查磁盘和文件权限。" };
}
