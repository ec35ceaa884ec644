/**
 * The board of growing answers in callback mode: the platform asks for a stream again and again, and is answered with what
 * stands here. Kept in the Store, so that any process can answer, and a restart loses no answer. A stream is closed in every
 * case: with its final text, with where the rest is to be found before its life ends, or with a sign that it is done.
 */
import type { Clock, Logger, Store } from "@openclaw-china/core";
import { channelError } from "@openclaw-china/core/internal";

/** The platform stops asking this long after the person's message. */
const LIFE_MS = 360_000;
/** From here on a stream that still grows is closed, with where it goes on. */
const CLOSE_MS = 340_000;
/** The platform asks about once a second: after this long without a question it does not ask any more. */
const QUIET_MS = 20_000;
/** How often a process that has finished a stream looks whether another one has been asked for it. */
const LOOK_MS = 250;
/** A turn that is over without an answer in the stream may still send one that belongs into it. */
const DONE_AFTER_MS = 5_000;
const KEEP_MS = 900_000;
/** Others write as well: the platform's questions, another process. */
const MAX_TRIES = 20;

export const CONTINUED = "(未完,后续内容见下一条消息 · continued in the next message)";
export const ELSEWHERE = "回答见下一条消息 · the answer is in the next message";
export const DONE = "✓ 已处理 · done";
export const LOST =
  "抱歉,这条回答已中断,请重新发送您的问题。 Sorry, this answer was interrupted. Please send your question again.";

export interface StreamBoard {
  /** A message that came at that time (ms since 1970) is answered by this stream. Again: nothing happens. */
  open(id: string, at: number): Promise<void>;
  /** It will not be answered after all. */
  forget(id: string): Promise<void>;
  /** One answer has the stream: the first that asks. The same key may ask again. False: the answer goes another way. */
  claim(id: string, at: number, key: string): Promise<boolean>;
  /** The whole text so far. Never waits, never throws; the newest wins. */
  show(id: string, text: string): void;
  /** `shown`: the platform has fetched the whole text as the last one. `over`: it has not, and never will. */
  finish(id: string, text: string, signal: AbortSignal): Promise<"shown" | "over">;
  /** Closes it with these words, unless it is closed. */
  end(id: string, words: string): Promise<void>;
  /** The turn is over, or its answer is on the way: a stream that nobody has claimed is closed soon. */
  release(id: string): Promise<void>;
  /** What it showed when it had to be closed before its end. Undefined: it had not. */
  closedAt(id: string): Promise<string | undefined>;
  /** What the platform is answered with when it asks. */
  ask(id: string): Promise<{ readonly content: string; readonly finish: boolean }>;
}

interface Stream {
  readonly at: number;
  readonly content: string;
  readonly finish: boolean;
  readonly claim?: string;
  /** The platform has had `finish` with this content. */
  readonly fetched?: boolean;
  /** The text that stood when it was closed before its end. */
  readonly closed?: string;
  readonly releasedAt?: number;
}

export interface BoardDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Shown until the first words. */
  readonly placeholder: string;
}

export function createStreamBoard(deps: BoardDeps): StreamBoard {
  const { store, clock, log, account, placeholder } = deps;
  const latest = new Map<string, string>(); // texts that are to be written, by stream
  const placeOf = (id: string): string => `stream:wecom:${account}:${id}`;

  const read = async (id: string): Promise<{ readonly value: string; readonly stream: Stream } | undefined> => {
    const entry = await store.get(placeOf(id));
    return entry && { value: entry.value, stream: JSON.parse(entry.value) as Stream };
  };

  /** What stands afterwards; `change` says nothing where all is well as it is. Undefined: there is no such stream. */
  const update = async (id: string, change: (stream: Stream) => Stream | undefined): Promise<Stream | undefined> => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const found = await read(id);
      if (found === undefined) return undefined;
      const next = change(found.stream);
      if (next === undefined) return found.stream;
      if (await store.replaceIf(placeOf(id), found.value, JSON.stringify(next), KEEP_MS)) return next;
    }
    throw new Error(`the stream ${id} is written to without end`);
  };

  const open = async (id: string, at: number): Promise<void> => {
    const stream: Stream = { at, content: "", finish: false };
    await store.putIfAbsent(placeOf(id), JSON.stringify(stream), KEEP_MS);
  };

  const pump = async (id: string): Promise<void> => {
    for (let text = latest.get(id); text !== undefined;) {
      const content = text;
      await update(id, (stream) => (stream.finish ? undefined : { ...stream, content }));
      const newest = latest.get(id);
      text = newest === content ? undefined : newest;
    }
  };

  const waitUntilFetched = async (id: string, text: string, signal: AbortSignal): Promise<"shown" | "over"> => {
    const until = clock.now() + QUIET_MS;
    for (;;) {
      const { stream } = (await read(id)) ?? {};
      if (stream === undefined || stream.content !== text || !stream.finish) return "over";
      if (stream.fetched === true) return "shown";
      if (clock.now() >= Math.min(until, stream.at + LIFE_MS)) return giveUp(id, text);
      await pause(clock, signal);
    }
  };

  /** Should the platform ask after all, the text is not shown a second time. */
  const giveUp = async (id: string, text: string): Promise<"shown" | "over"> => {
    const stream = await update(id, (now) =>
      now.content === text && now.fetched !== true ? { ...now, content: ELSEWHERE } : undefined,
    );
    return stream?.content === text && stream.fetched === true ? "shown" : "over";
  };

  return {
    open,
    async forget(id) {
      const found = await read(id);
      if (found !== undefined) await store.replaceIf(placeOf(id), found.value, undefined);
    },
    async claim(id, at, key) {
      await open(id, at);
      const stream = await update(id, (now) =>
        now.claim === undefined && !now.finish ? { ...now, claim: key } : undefined,
      );
      return stream?.claim === key;
    },
    show(id, text) {
      const isPumping = latest.has(id);
      latest.set(id, text);
      if (isPumping) return;
      pump(id)
        .catch((error: unknown) =>
          log.debug({ err: error, account }, "a text in between was not kept; a later one carries it"),
        )
        .finally(() => latest.delete(id));
    },
    async finish(id, text, signal) {
      const stream = await update(id, (now) => (now.finish ? undefined : { ...now, content: text, finish: true }));
      if (stream === undefined || stream.content !== text) return "over";
      return waitUntilFetched(id, text, signal);
    },
    async end(id, words) {
      await update(id, (now) => (now.finish ? undefined : { ...now, content: words, finish: true }));
    },
    async release(id) {
      const releasedAt = clock.now();
      await update(id, (now) => (now.finish || now.claim !== undefined ? undefined : { ...now, releasedAt }));
    },
    closedAt: async (id) => (await read(id))?.stream.closed,
    async ask(id) {
      const stream = await update(id, (now) => asked(now, clock.now()));
      if (stream === undefined) return { content: LOST, finish: true };
      const { content, finish } = stream;
      return { content: content === "" && !finish ? placeholder : content, finish };
    },
  };
}

/** What a question of the platform changes. Undefined: nothing. */
function asked(stream: Stream, now: number): Stream | undefined {
  if (stream.finish) return stream.fetched === true ? undefined : { ...stream, fetched: true };
  const { at, content, claim, releasedAt } = stream;
  if (now - at >= CLOSE_MS) {
    const closed = wholeLines(content);
    const words = closed === "" ? ELSEWHERE : `${closed.trimEnd()}\n\n${CONTINUED}`;
    return { ...stream, content: words, finish: true, fetched: true, closed };
  }
  if (claim !== undefined || releasedAt === undefined || now - releasedAt < DONE_AFTER_MS) return undefined;
  return { ...stream, content: DONE, finish: true, fetched: true };
}

/** Up to the end of the last line, unless that would take back most of it: what was shown is not cut within a word. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf("\n") + 1;
  return end * 2 > text.length ? text.slice(0, end) : text;
}

/** Called off while the platform may still ask: nobody knows yet, and the same stream says it later. */
async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(LOOK_MS, signal);
  } catch (cause) {
    throw channelError({
      code: "aborted",
      kind: "transport",
      channel: "wecom",
      message: "the answer was called off before the platform had asked for its end",
      outcome: "unknown",
      cause,
      fix: { en: "Nothing to do: the work was called off.", zh: "无需处理:该任务已被取消。" },
    });
  }
}
