/**
 * Answers that grow, over the long connection. The stream's id is derived from the part's key, so every repeat means the same
 * message; the whole text goes each time. One frame at a time and the newest text wins, so a slow link has no backlog. What
 * comes too late for its stream is refused for good here, and core sends it as a message of its own.
 */
import {
  ChannelError,
  type Clock,
  type Logger,
  type ReplyWriter,
  type Sent,
  type Streaming,
} from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { Frames } from "../api/frames.ts";
import { wecomError } from "../errors.ts";
import type { ReplyTo, SocketReply } from "../inbound/reply-to.ts";
import { botText } from "./render.ts";
import type { Spins } from "./thinking.ts";
import { evidence, idOf } from "./way.ts";

export interface StreamDeps {
  readonly frames: Frames;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Streams that think. */
  readonly spins: Spins;
}

/** What `prepare` returns, as JSON. */
interface Handle {
  readonly streamId: string;
  readonly reqId: string;
  /** ms since 1970; the stream's life counts from here. */
  readonly at: number;
}

/** A stream takes frames for six minutes from its first one; before that an answer goes on in a further message. */
const STREAM_LIFE_MS = 330_000;
/** So late a last frame may be acknowledged and yet not be shown. */
const TOO_LATE_MS = 355_000;
/** A message can be answered for a day. */
const ANSWER_MS = 86_400_000;
/** Between two frames: as long as two acknowledgements take, within these. */
const MIN_GAP_MS = 300;
const MAX_GAP_MS = 500;

export function createStreaming(deps: StreamDeps): Streaming {
  const { clock, spins, account } = deps;
  return {
    prepare(_to, { key, replyTo }) {
      const reply = replyTo as ReplyTo | undefined;
      if (!isAnswerable(reply, clock.now()))
        return Promise.reject(unsupportedError("wecom", "show a growing message where no message is answered"));
      const { reqId } = reply;
      const spin = spins.take(reqId) ?? { streamId: idOf("oc-", `${account} ${key}`), at: clock.now() };
      return Promise.resolve(JSON.stringify({ ...spin, reqId } satisfies Handle));
    },
    open(text, signal) {
      const handle = JSON.parse(text) as Handle;
      spins.adopt(handle.reqId, handle.streamId);
      return Promise.resolve(createStreamWriter(deps, handle, signal));
    },
  };
}

function isAnswerable(reply: ReplyTo | undefined, now: number): reply is SocketReply {
  return reply?.via === "socket" && reply.of === "message" && now - reply.at < ANSWER_MS;
}

function createStreamWriter(deps: StreamDeps, handle: Handle, signal: AbortSignal): ReplyWriter {
  const { frames, clock, log } = deps;
  const { streamId, reqId, at } = handle;
  const ended = new AbortController();
  let latest: string | undefined;
  let soFar = "";
  let pumping: Promise<void> | undefined;
  let grows = true;

  const frame = (text: string, isLast: boolean): Promise<void> => {
    const shown = botText({ kind: "markdown", text });
    return frames.stream({ reqId, streamId, text: shown, isLast, feedbackId: streamId }, signal);
  };

  const pump = async (): Promise<void> => {
    while (latest !== undefined && grows && !ended.signal.aborted) {
      const text = latest;
      latest = undefined;
      const sentAt = clock.now();
      let waitMs = 0;
      try {
        await frame(text, false);
      } catch (error) {
        log.debug({ err: error, stream: streamId }, "a frame in between was not shown; a later one carries its text");
        const next = afterFailure(error);
        grows = next !== "end";
        waitMs = next === "end" ? 0 : next;
      }
      const gapMs = Math.min(MAX_GAP_MS, Math.max(MIN_GAP_MS, 2 * (clock.now() - sentAt)));
      await clock.sleep(Math.max(gapMs, waitMs), ended.signal).catch(() => "the end does not wait for the pace");
    }
  };

  const end = async (text: string): Promise<void> => {
    latest = undefined;
    ended.abort(new Error("the message is being finished"));
    await pumping;
    if (clock.now() - at >= TOO_LATE_MS) throw expiredError();
    await frame(text, true);
  };

  return {
    endsAt: at + STREAM_LIFE_MS,
    update(text) {
      if (ended.signal.aborted || text.trim() === "") return;
      soFar = text;
      if (!grows) return;
      latest = text;
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    },
    async finish(final): Promise<Sent> {
      const text =
        typeof final === "string" ? final : final.kind === "card" || final.kind === "media" ? undefined : final.text;
      if (text === undefined) throw unsupportedError("wecom", "turn a growing message into something else than text");
      await end(text);
      return evidence(deps, [streamId]);
    },
    fail: (reason) => end(`${soFar}\n\n⚠️ ${reason}`.trim()),
  };
}

/** A definite no is one for all frames to come; otherwise how long to wait. */
function afterFailure(error: unknown): "end" | number {
  if (!(error instanceof ChannelError)) return 0;
  if (error.verdict.kind === "stop" && error.outcome !== "unknown") return "end";
  return error.verdict.kind === "retryLater" ? error.verdict.afterMs : 1_000;
}

function expiredError(): Error {
  return wecomError("expired", {
    message: "the growing message has reached the end of its life: WeCom shows no change of it after six minutes",
    fix: { en: "Nothing to do: the answer goes as a message.", zh: "无需处理:回答会改为普通消息发送。" },
  });
}
