/**
 * A group's webhook robot, for every platform that has such: messages leave in order, one at a time, never more in a window
 * than the platform takes. Texts that have to wait are joined into one message; texts that are too long are cut.
 */
import type { Clock } from "../clock.ts";
import { abortedError, channelError, type ChannelError, closedError } from "../errors.ts";
import type { Robot } from "../model/channel.ts";
import type { Outbound, Sent } from "../model/outbound.ts";
import { joinSent } from "../reply/answer.ts";
import { splitOutbound } from "../reply/pieces.ts";
import { asChannelError } from "../reply/persist.ts";
import type { SplitLimits } from "../reply/split.ts";
import { frontOf, isTextual, type Job, joinPieces, type Piece } from "./queue.ts";

export interface PacedRobotOptions {
  readonly clock: Clock;
  /** For errors: "the group robot". */
  readonly what: string;
  /** Messages that may leave within any `windowMs`. */
  readonly perWindow: number;
  readonly windowMs: number;
  /** Of one message. */
  readonly limits: SplitLimits;
  /** Pieces that may wait; further sends are `rate_limited`. Default 1,000. */
  readonly maxWaiting?: number;
  /** Rejects before anything is queued: a missing secret, a kind of message the platform does not carry. */
  readonly check: (message: Outbound) => void;
  /** One message to the platform. Rejects with a `ChannelError`; `too_large` has it cut further, `retryLater` pauses all. */
  readonly post: (message: Outbound) => Promise<Sent>;
  /** Once, when the last message is gone. */
  readonly onClosed?: () => void;
}

const MAX_WAITING = 1_000;
/** A message that the platform does not take now is tried so often. */
const MAX_TRIES = 5;
const FIRST_WAIT_MS = 500;
/** A text shorter than this is not cut further, whatever the platform says of its length. */
const MIN_CUT_BYTES = 500;
/** A timer that keeps the process alive while messages wait; it never fires in practice. */
const LONG_MS = 2 ** 30;

/** Every `send` has its own result: of the message its text was in, joined or cut. */
export function createPacedRobot(options: PacedRobotOptions): Robot {
  const { what, limits, maxWaiting = MAX_WAITING } = options;
  const pace = createPace(options);
  const waiting: Piece[] = [];
  let pumping: Promise<void> | undefined;
  let nobody = new AbortController();
  let closing: Promise<void> | undefined;

  const failed = (batch: readonly Piece[], thrown: unknown): void => {
    const error = asChannelError(thrown);
    const wanted = batch.filter(({ job }) => !job.calledOff);
    const again = piecesAgain(wanted, error, { limits, wasJoined: batch.length > 1 });
    for (const { job } of again === undefined ? batch : batch.filter((piece) => !wanted.includes(piece))) {
      drop(waiting, job);
      job.reject(error);
    }
    if (again === undefined) return;
    for (const { job } of wanted) job.lastError = error;
    waiting.unshift(...again);
    if (error.verdict.kind === "retryLater") pace.hold(error.verdict.afterMs);
    else if (error.verdict.kind === "retry") pace.hold(FIRST_WAIT_MS * 2 ** (batch[0]?.tries ?? 0));
  };

  const sendFront = async (hasWaited: boolean): Promise<void> => {
    const batch = hasWaited ? frontOf(waiting, limits) : waiting.slice(0, 1);
    waiting.splice(0, batch.length);
    const [first] = batch;
    if (first === undefined) return; // called off while it waited
    try {
      const sent = await options.post(joinPieces(batch) ?? first.content);
      for (const { job } of batch) job.arrived(sent);
    } catch (thrown) {
      failed(batch, thrown);
    } finally {
      pace.spend();
    }
  };

  const pump = async (): Promise<void> => {
    const alive = setInterval(() => undefined, LONG_MS); // the program does not end before what waits is sent
    try {
      let hasWaited = false; // and is so until nothing waits any more
      while (waiting.length > 0) {
        nobody = new AbortController();
        hasWaited = (await pace.wait(nobody.signal)) || hasWaited;
        if (!nobody.signal.aborted) await sendFront(hasWaited);
      }
    } finally {
      clearInterval(alive);
      pumping = undefined;
    }
  };

  /** Who waited has left: an empty queue waits for no window. */
  const left = (): void => {
    if (waiting.length === 0) nobody.abort(new Error("nobody waits"));
  };

  const close = (): Promise<void> =>
    (closing ??= (async () => {
      while (pumping !== undefined) await pumping;
      options.onClosed?.();
    })());

  return {
    async send(content, { signal } = {}) {
      if (closing !== undefined) throw closedError(what);
      if (signal?.aborted === true) throw abortedError(`a message was called off before ${what} had it`);
      const message: Outbound = typeof content === "string" ? { kind: "markdown", text: content } : content;
      options.check(message);
      const pieces = splitOutbound(message, limits);
      if (waiting.length + pieces.length > maxWaiting) throw fullError(what, maxWaiting, pace.nextInMs());
      return new Promise<Sent>((resolve, reject) => {
        const job = createJob({ pieces: pieces.length, what, waiting, left, signal, resolve, reject });
        waiting.push(...pieces.map((piece) => ({ job, content: piece, alone: false, tries: 0 })));
        pumping ??= pump();
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface JobParts {
  readonly pieces: number;
  readonly what: string;
  readonly waiting: Piece[];
  /** Called when what waits of it has left the queue. */
  readonly left: () => void;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: Error) => void;
}

/** `signal` ends the waiting, not a message that is on its way. */
function createJob({ pieces, what, waiting, left, signal, resolve, reject }: JobParts): Job {
  const done: Sent[] = [];
  let isCutShort = false;
  const end = (settle: () => void): void => {
    signal?.removeEventListener("abort", leave);
    settle();
  };
  const settleIfOver = (): void => {
    if (job.left > 0) return;
    if (isCutShort) end(() => reject(job.lastError ?? abortedError(`a message was called off while ${what} had it`)));
    else end(() => resolve(joinSent(done)));
  };
  const leave = (): void => {
    job.calledOff = true;
    if (drop(waiting, job) === 0) return; // its last piece is on its way
    isCutShort = true;
    left();
    settleIfOver();
  };
  const job: Job = {
    left: pieces,
    calledOff: false,
    lastError: undefined,
    arrived(sent) {
      done.push(sent);
      job.left -= 1;
      settleIfOver();
    },
    reject: (error) => end(() => reject(error)),
  };
  signal?.addEventListener("abort", leave, { once: true });
  return job;
}

/** Takes what waits of a job out of the queue; says how much. */
function drop(waiting: Piece[], job: Job): number {
  const kept = waiting.filter((piece) => piece.job !== job);
  const dropped = waiting.length - kept.length;
  waiting.splice(0, waiting.length, ...kept);
  job.left -= dropped;
  return dropped;
}

/** What of a message that failed is tried again, and how; undefined: nothing is. */
function piecesAgain(
  batch: readonly Piece[],
  error: ChannelError,
  { limits, wasJoined }: { readonly limits: SplitLimits; readonly wasJoined: boolean },
): readonly Piece[] | undefined {
  const isAboutContent = error.code === "too_large" || error.code === "content_rejected";
  if (isAboutContent && wasJoined) return batch.map((piece) => ({ ...piece, alone: true }));
  const [first] = batch;
  if (first === undefined) return undefined;
  if (error.code === "too_large") return cutFurther(first, limits);
  const canHeal =
    error.outcome === "not_sent" && (error.verdict.kind === "retryLater" || error.verdict.kind === "retry");
  if (!canHeal || first.tries + 1 >= MAX_TRIES) return undefined;
  return batch.map((piece) => ({ ...piece, tries: first.tries + 1 }));
}

/** In halves, as long as there is something to cut. */
function cutFurther(piece: Piece, limits: SplitLimits): readonly Piece[] | undefined {
  const { content, job } = piece;
  if (!isTextual(content)) return undefined;
  const maxBytes = Math.ceil(Buffer.byteLength(content.text) / 2);
  if (maxBytes < MIN_CUT_BYTES) return undefined;
  const halves = splitOutbound(content, { ...limits, maxBytes });
  job.left += halves.length - 1;
  return halves.map((half) => ({ ...piece, content: half, alone: true }));
}

interface Pace {
  /** Resolves when a message may leave, or at once when the signal aborts: true when it had to wait. */
  wait(signal: AbortSignal): Promise<boolean>;
  /** A message has been there, or may have been. */
  spend(): void;
  /** Nothing leaves for `ms`. */
  hold(ms: number): void;
  nextInMs(): number;
}

/** Counted from when the platform has answered: whatever the network does, no window holds more. */
function createPace({ clock, perWindow, windowMs }: PacedRobotOptions): Pace {
  const recent: number[] = [];
  let heldUntil = 0;
  const nextInMs = (): number => {
    const first = recent.at(-perWindow);
    const freeAt = first === undefined ? 0 : first + windowMs;
    return Math.max(heldUntil, freeAt) - clock.now();
  };
  return {
    nextInMs,
    async wait(signal) {
      let hasWaited = false;
      for (let ms = nextInMs(); ms > 0 && !signal.aborted; ms = nextInMs()) {
        hasWaited = true;
        await clock.sleep(ms, signal).catch(() => "nobody waits any more");
      }
      return hasWaited;
    },
    spend() {
      recent.push(clock.now());
      if (recent.length > perWindow) recent.shift();
    },
    hold(ms) {
      heldUntil = Math.max(heldUntil, clock.now() + ms);
    },
  };
}

function fullError(what: string, maxWaiting: number, inMs: number): Error {
  return channelError({
    code: "rate_limited",
    kind: "config",
    message: `${maxWaiting} messages wait for ${what} already`,
    verdict: { kind: "retryLater", afterMs: Math.max(1_000, inMs) },
    fix: {
      en: "Send less to this group: await each send, or sum up what happens in a burst.",
      zh: "请减少发往该群的消息:等待每次发送完成,或将突发内容汇总后发送。",
    },
  });
}
