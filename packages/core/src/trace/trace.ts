/**
 * One line per hop of every inbound: the answer to "why was this not answered?". Kept in memory and handed to the state
 * about once a second, without anybody waiting for it. Never holds a secret or a bearer address: details pass `redact`.
 */
import type { Clock } from "../clock.ts";
import { redact } from "../log.ts";
import type { Logger } from "../log.ts";
import type { TraceLine, Traces } from "../state/state.ts";

/** Collects trace lines of one bot. */
export interface Tracer {
  /** `key` is that of the inbound: `channel:account:id`. */
  add(key: string, hop: string, outcome: string, detail?: string): void;
  /** By the inbound's id or its whole key, in order of time. */
  read(id: string): Promise<readonly TraceLine[]>;
  /** Lines as they come, for pages that show them; the newest only, nothing is queued for a slow reader. */
  watch(listener: (key: string, line: TraceLine) => void): () => void;
  /** Writes what waits. */
  close(): Promise<void>;
}

const FLUSH_EVERY_MS = 1_000;
/** Beyond this the oldest waiting lines are dropped: a dead disk must not eat the memory. */
const MAX_WAITING = 50_000;

type Row = { readonly key: string; readonly line: TraceLine };

export function createTracer(deps: { readonly traces: Traces; readonly clock: Clock; readonly log: Logger }): Tracer {
  const { traces, clock, log } = deps;
  const stopped = new AbortController();
  const listeners = new Set<(key: string, line: TraceLine) => void>();
  let waiting: Row[] = [];
  let scheduled = false;

  const flush = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    if (rows.length === 0) return;
    try {
      await traces.append(rows);
    } catch (error) {
      log.warn({ err: error, lines: rows.length }, "trace lines could not be written; they are lost");
    }
  };
  const flushLater = async (): Promise<void> => {
    scheduled = true;
    try {
      await clock.sleep(FLUSH_EVERY_MS, stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
      return;
    } finally {
      scheduled = false;
    }
    await flush();
  };

  return {
    add(key, hop, outcome, detail) {
      const base = { at: clock.now(), hop, outcome };
      const line: TraceLine = detail === undefined ? base : { ...base, detail: redact(detail) };
      if (waiting.length >= MAX_WAITING) waiting.splice(0, MAX_WAITING / 10);
      waiting.push({ key, line });
      if (!scheduled && !stopped.signal.aborted) void flushLater();
      for (const listener of listeners) listener(key, line);
    },
    async read(id) {
      await flush();
      const rows = await traces.read(id);
      return rows.map((row) => row.line);
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      stopped.abort(new Error("the tracer is closed"));
      await flush();
    },
  };
}

/** For states that keep no traces: the last `maxMessages` messages in memory. */
export function memoryTraces(maxMessages = 10_000): Traces {
  const byKey = new Map<string, TraceLine[]>();
  return {
    append(rows) {
      for (const { key, line } of rows) {
        const lines = byKey.get(key);
        if (lines === undefined) byKey.set(key, [line]);
        else lines.push(line);
      }
      if (byKey.size < maxMessages * 1.1) return Promise.resolve(); // many at a time: the way to the oldest leads over holes
      for (const key of byKey.keys()) {
        if (byKey.size <= maxMessages) break;
        byKey.delete(key);
      }
      return Promise.resolve();
    },
    read(id) {
      const rows: Row[] = [];
      for (const [key, lines] of byKey) {
        if (key === id || messageOf(key) === id) rows.push(...lines.map((line) => ({ key, line })));
      }
      return Promise.resolve(rows.toSorted((a, b) => a.line.at - b.line.at));
    },
  };
}

/** The inbound's own id in `channel:account:id`; ids may hold colons. */
export function messageOf(key: string): string {
  return key.split(":").slice(2).join(":");
}
