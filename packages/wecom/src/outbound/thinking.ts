/**
 * What people see until the first words: a stream that thinks. The answer takes it over, under the same id; what is answered
 * otherwise, or not at all, ends it with visible words, since nothing else stops the animation.
 */
import type { Clock, Logger, OpenChannel, Store } from "@openclaw-china/core";
import { retry } from "@openclaw-china/core/internal";
import type { Frames } from "../api/frames.ts";
import type { ReplyTo, SocketReply } from "../inbound/reply-to.ts";
import { idOf } from "./way.ts";

/** Streams that think, by the `req_id` of the message. */
export interface Spins {
  /** An answer goes into it from now on. Undefined: there is none, or it is taken. */
  take(reqId: string): { readonly streamId: string; readonly at: number } | undefined;
  /** An answer stands in it, also when an earlier process has begun it. */
  adopt(reqId: string, streamId: string): void;
}

export interface ThinkingDeps {
  readonly frames: Frames;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly thinking: "reaction" | "text" | "off";
}

export interface Thinking extends Spins {
  readonly presence: NonNullable<OpenChannel["presence"]>;
}

interface Spin {
  readonly streamId: string;
  readonly at: number;
  isTaken: boolean;
  readonly over: AbortController;
}

/** Counted from when the message came: before the platform ends it. */
const LIFE_MS = 330_000;
const KEEP_MS = 3_600_000;
/** Messages that are being answered; more than that only when somebody leaks them. */
const MAX_SPINS = 10_000;
const SIGNS = { reaction: "<think></think>", text: "思考中… · thinking…", off: "" } as const;
const DONE = "✓ 已处理 · done";
const STILL = "仍在处理,回答见后续消息 · still working, the answer follows";

export function createThinking(deps: ThinkingDeps): Thinking {
  const { frames, store, clock, log, account, thinking } = deps;
  const spins = new Map<string, Spin>();
  const placeOf = (reqId: string): string => `thinking:wecom:${account}:${reqId}`;
  const forget = async (reqId: string, streamId: string): Promise<void> => {
    await store.replaceIf(placeOf(reqId), streamId, undefined);
  };

  const end = async (
    { reqId, streamId }: { readonly reqId: string; readonly streamId: string },
    text: string,
    signal: AbortSignal,
  ): Promise<void> => {
    const frame = { reqId, streamId, text, isLast: true };
    await retry(() => frames.stream(frame, signal), { clock, signal, repeatUnknown: true });
    await forget(reqId, streamId);
  };

  /** A turn may take longer than a stream lives. */
  const watch = (reqId: string, spin: Spin): void => {
    clock
      .sleep(Math.max(0, spin.at + LIFE_MS - clock.now()), spin.over.signal)
      .then(
        async () => {
          if (spin.isTaken) return;
          spin.isTaken = true;
          await end({ reqId, streamId: spin.streamId }, STILL, spin.over.signal);
        },
        () => "it has ended before",
      )
      .catch((error: unknown) => log.warn({ err: error, account }, "a thinking sign could not be ended in time"));
  };

  const show = async ({ reqId, at }: SocketReply, signal: AbortSignal): Promise<void> => {
    if (thinking === "off" || spins.has(reqId)) return;
    const streamId = idOf("oc-", `${account} thinking ${reqId}`);
    const spin: Spin = { streamId, at, isTaken: false, over: new AbortController() };
    if (spins.size >= MAX_SPINS) spins.clear();
    spins.set(reqId, spin);
    const isOurs = await store.putIfAbsent(placeOf(reqId), streamId, KEEP_MS);
    if (spin.isTaken) return forget(reqId, streamId);
    if (isOurs && !frames.isLive()) {
      spins.delete(reqId);
      return forget(reqId, streamId); // not to be had now
    }
    watch(reqId, spin);
    if (!isOurs) return; // a process that has died has put it up: it thinks still, and the answer may go into it
    await frames.stream({ reqId, streamId, text: SIGNS[thinking], isLast: false, feedbackId: streamId }, signal);
  };

  const hide = async (reqId: string, signal: AbortSignal): Promise<void> => {
    const spin = spins.get(reqId);
    spins.delete(reqId);
    spin?.over.abort(new Error("the turn shows something, or is over"));
    if (spin?.isTaken === true) return forget(reqId, spin.streamId);
    const streamId = (await store.get(placeOf(reqId)))?.value;
    if (streamId !== undefined) await end({ reqId, streamId }, DONE, signal);
  };

  return {
    take(reqId) {
      const spin = spins.get(reqId);
      if (spin === undefined || spin.isTaken) return undefined;
      spin.isTaken = true;
      spin.over.abort(new Error("an answer has taken it over"));
      return { streamId: spin.streamId, at: spin.at };
    },
    adopt(reqId, streamId) {
      const spin = spins.get(reqId);
      if (spin?.streamId === streamId) spin.isTaken = true;
      forget(reqId, streamId).catch((error: unknown) =>
        log.debug({ err: error, account }, "the record of a thinking sign could not be removed"),
      );
    },
    async presence(_to, state, { replyTo, signal }) {
      const reply = replyTo as ReplyTo | undefined;
      if (reply?.via !== "socket" || reply.of !== "message") return;
      await (state === "working" ? show(reply, signal) : hide(reply.reqId, signal));
    },
  };
}
