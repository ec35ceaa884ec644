/**
 * Files whose address expires are copied into the blobs right after the commit, so that a message that waits for its turn
 * loses none. Nothing waits for a copy but `turn.download`; one that fails leaves the message as it is. After a crash it is
 * tried again when the message is claimed. A copy goes with its turn, or after a time.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { FileStream, OpenChannel } from "../model/channel.ts";
import { extensionOf, safeFileName } from "../model/file-name.ts";
import type { FileRef } from "../model/inbound.ts";
import { sha256Hex } from "../sign/digest.ts";
import type { Blobs, InboxEntry, Store } from "../state/state.ts";
import type { Tracer } from "../trace/trace.ts";

/** Copies under way at once. */
const AT_ONCE = 4;
/** Files that wait for their copy; beyond, they are fetched when they are asked for. */
const MAX_WAITING = 1_000;
const MAX_BYTES = 64 * 1_048_576;
/** A copy whose turn never ends is removed then. */
const KEEP_MS = 48 * 3_600_000;
const SWEEP_EVERY_MS = 600_000;
const SWEEP_AT_ONCE = 1_000;

export interface FetchDeps {
  readonly blobs: Blobs;
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly tracer: Pick<Tracer, "add">;
  readonly log: Logger;
}

export interface Fetches {
  /** Copies what will expire, unless that is done or under way. Waits for nothing, never throws. */
  begin(entry: InboxEntry, channel: Pick<OpenChannel, "download">): void;
  /** The copy, after one under way has ended. Undefined: there is none. */
  open(queue: string, file: FileRef): Promise<FileStream | undefined>;
  /** The turn of these is done. */
  release(entries: readonly InboxEntry[]): Promise<void>;
  /** For what is kept until it is sent: the same blobs, each gone after a time. */
  readonly outgoing: Blobs;
  /** Calls off what is under way, and resolves when that has ended. */
  close(): Promise<void>;
}

interface Copy {
  readonly entry: InboxEntry;
  readonly file: FileRef;
  readonly key: string;
  readonly download: NonNullable<OpenChannel["download"]>;
  readonly off: AbortController;
  readonly ended: PromiseWithResolvers<void>;
}

export function createFetches(deps: FetchDeps): Fetches {
  const { blobs, store, clock, tracer, log } = deps;
  const copies = new Map<string, Copy>(); // under way or waiting
  const waiting: Copy[] = [];
  let active = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  const keep = async ({ entry, file, key, download, off }: Copy): Promise<void> => {
    const record = recordOf(entry, key);
    const found = await store.get(record);
    if (found?.value === KEPT || off.signal.aborted) return;
    await store.put(record, BEGUN); // before the bytes: what a crash leaves of them is found by the sweep
    const stream = await orCalledOff(download(file, off.signal), off.signal);
    const body = stream.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal: off.signal });
    await blobs.put(key, body, MAX_BYTES);
    await store.put(record, KEPT);
    tracer.add(entry.key, "fetch", "kept", file.media);
  };

  const run = async (copy: Copy): Promise<void> => {
    try {
      await keep(copy);
    } catch (error) {
      if (!copy.off.signal.aborted) {
        tracer.add(copy.entry.key, "fetch", "failed", String(error));
        log.warn({ err: error, key: copy.entry.key }, "a file was not copied; it is fetched when it is asked for");
      }
    } finally {
      active -= 1;
      copies.delete(copy.key);
      copy.ended.resolve();
      next();
    }
  };

  const next = (): void => {
    while (active < AT_ONCE) {
      const copy = waiting.shift();
      if (copy === undefined) return;
      active += 1;
      void run(copy);
    }
  };

  const remove = async (record: string, key: string): Promise<void> => {
    await blobs.remove(key);
    const left = await store.get(record);
    if (left !== undefined) await store.replaceIf(record, left.value, undefined);
  };

  /** What crashed or superseded turns have left. */
  const sweep = async (): Promise<void> => {
    if (clock.now() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = clock.now();
    for await (const { key: record } of store.list(RECORDS, SWEEP_AT_ONCE)) {
      const [, endsAt = "", ...rest] = record.split("/");
      if (Number(endsAt) > clock.now()) return;
      await remove(record, rest.join("/"));
    }
  };

  const sweepQuietly = (): void =>
    void sweep().catch((error: unknown) => log.debug({ err: error }, "old files were not looked for"));

  return {
    outgoing: {
      ...blobs,
      async put(key, bytes, maxBytes) {
        await store.put(recordAt(clock.now(), key), KEPT);
        await blobs.put(key, bytes, maxBytes);
        sweepQuietly();
      },
    },
    begin(entry, channel) {
      const files = expiringOf(entry);
      if (files.length === 0 || channel.download === undefined || closed) return;
      const download = channel.download.bind(channel);
      for (const file of files) {
        const key = keyOf(entry.queue, file);
        if (copies.has(key)) continue;
        if (waiting.length >= MAX_WAITING) {
          tracer.add(entry.key, "fetch", "skipped", `${MAX_WAITING} files wait already`);
          continue;
        }
        const copy = { entry, file, key, download, off: new AbortController(), ended: Promise.withResolvers<void>() };
        copies.set(key, copy);
        waiting.push(copy);
      }
      next();
      sweepQuietly();
    },
    async open(queue, file) {
      if (file.expiresAt === undefined) return undefined;
      const key = keyOf(queue, file);
      await copies.get(key)?.ended.promise;
      const found = await blobs.open(key);
      if (found === undefined) return undefined;
      return { ...found, name: safeFileName(file.name, `${file.media}.${extensionOf(found.name) || "bin"}`) };
    },
    async release(entries) {
      for (const entry of entries) {
        for (const file of expiringOf(entry)) {
          const key = keyOf(entry.queue, file);
          const copy = copies.get(key);
          await callOff(copy === undefined ? [] : [copy], waiting);
          copies.delete(key);
          await remove(recordOf(entry, key), key).catch((error: unknown) =>
            log.debug({ err: error, key: entry.key }, "the copy of a file is removed later"),
          );
        }
      }
    },
    async close() {
      closed = true;
      await callOff([...copies.values()], waiting);
    },
  };
}

/** Also of a channel that does not listen to its signal: a turn that is done waits for nobody. */
function orCalledOff<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = (): void => reject(signal.reason as Error);
    if (signal.aborted) callOff();
    signal.addEventListener("abort", callOff, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", callOff));
  });
}

/** Resolves when none of them is at work any more. */
async function callOff(copies: readonly Copy[], waiting: Copy[]): Promise<void> {
  for (const copy of copies) {
    copy.off.abort(new Error("the file is no longer wanted"));
    const at = waiting.indexOf(copy);
    if (at < 0) continue;
    waiting.splice(at, 1);
    copy.ended.resolve();
  }
  await Promise.all(copies.map(({ ended }) => ended.promise));
}

const RECORDS = "fetched/";
const BEGUN = "begun";
const KEPT = "kept";

function recordOf({ inbound }: InboxEntry, key: string): string {
  return recordAt(inbound.receivedAt, key);
}

/** In order of time, so that a sweep reads only what is due. */
function recordAt(nowMs: number, key: string): string {
  return `${RECORDS}${String(nowMs + KEEP_MS).padStart(15, "0")}/${key}`;
}

/** The same file, also of a message that was merged with others. */
function keyOf(queue: string, { handle }: FileRef): string {
  return `in:${queue}:${sha256Hex(JSON.stringify(handle) ?? "")}`;
}

function expiringOf({ inbound }: InboxEntry): readonly FileRef[] {
  return inbound.kind === "message" ? inbound.attachments.filter(({ expiresAt }) => expiresAt !== undefined) : [];
}
