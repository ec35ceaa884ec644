/**
 * Answers of a bot in callback mode: into the stream the platform asks for, as long as it asks; then another way. Evidence is
 * that the platform has fetched the last text. Into one stream goes one answer; further ones go another way at once.
 */
import type { Clock, OpenChannel, Outbound, ReplyWriter, Sent, Streaming } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import { wecomError } from "../errors.ts";
import type { CallbackReply, ReplyTo } from "../inbound/reply-to.ts";
import type { StreamBoard } from "../streams.ts";
import { botText, type Textual } from "./render.ts";

export interface RefreshDeps {
  readonly board: StreamBoard;
  readonly clock: Clock;
  readonly account: string;
}

export interface Refresh {
  readonly streaming: Streaming;
  /** Text goes into the stream where it is still free, everything else, and what is left, by `send`. */
  around(send: OpenChannel["send"]): OpenChannel["send"];
  /** The turn is over: nothing stays thinking. */
  done(replyTo: unknown): Promise<void>;
}

interface Handle {
  readonly streamId: string;
}

export function createRefresh(deps: RefreshDeps): Refresh {
  const { board } = deps;
  return {
    streaming: createRefreshStreaming(deps),
    around: (send) => async (to, message, options) => {
      const reply = streamOf(options.replyTo);
      if (reply === undefined || !isTextual(message)) return send(to, message, options);
      if (await board.claim(reply.streamId, reply.at, options.key)) {
        if ((await board.finish(reply.streamId, botText(message), options.signal)) === "shown") {
          return evidence(deps, reply.streamId);
        }
      }
      return send(to, restOf(message, await board.closedAt(reply.streamId)), options);
    },
    async done(replyTo) {
      const reply = streamOf(replyTo);
      if (reply !== undefined) await board.release(reply.streamId);
    },
  };
}

export function createRefreshStreaming(deps: RefreshDeps): Streaming {
  const { board } = deps;
  return {
    async prepare(_to, { key, replyTo }) {
      const reply = streamOf(replyTo);
      if (reply === undefined) throw unsupportedError("wecom", "show a growing message where no message is answered");
      if (!(await board.claim(reply.streamId, reply.at, key)))
        throw unsupportedError("wecom", "show a second growing message for one message");
      return JSON.stringify({ streamId: reply.streamId } satisfies Handle);
    },
    open(handle, signal) {
      const { streamId } = JSON.parse(handle) as Handle;
      return Promise.resolve(createRefreshWriter(deps, streamId, signal));
    },
  };
}

function createRefreshWriter(deps: RefreshDeps, streamId: string, signal: AbortSignal): ReplyWriter {
  const { board } = deps;
  let soFar = "";
  let ended = false;
  return {
    update(text) {
      if (ended || text.trim() === "") return;
      soFar = botText({ kind: "markdown", text });
      board.show(streamId, soFar);
    },
    async finish(final) {
      const message: Outbound = typeof final === "string" ? { kind: "markdown", text: final } : final;
      if (!isTextual(message)) throw unsupportedError("wecom", "turn a growing message into something else than text");
      ended = true;
      if ((await board.finish(streamId, botText(message), signal)) === "shown") return evidence(deps, streamId);
      throw overError();
    },
    async fail(reason) {
      ended = true;
      await board.end(streamId, soFar === "" ? reason : `${soFar}\n\n⚠️ ${reason}`);
    },
  };
}

/** What has not been shown of a text whose beginning stands in a stream that had to be closed. */
function restOf(message: Textual, closed: string | undefined): Textual {
  const text = botText(message);
  if (message.kind === "text" || closed === undefined || closed === "" || !text.startsWith(closed)) return message;
  const rest = text.slice(closed.length);
  return rest.trim() === "" ? message : { kind: "markdown", text: rest };
}

function streamOf(replyTo: unknown): (CallbackReply & { readonly streamId: string }) | undefined {
  const reply = replyTo as ReplyTo | undefined;
  if (reply?.via !== "callback" || reply.streamId === undefined) return undefined;
  return { ...reply, streamId: reply.streamId };
}

function isTextual(message: Outbound): message is Textual {
  return message.kind === "text" || message.kind === "markdown";
}

function evidence({ clock, account }: RefreshDeps, id: string): Sent {
  return { channel: "wecom", account, id, sentAt: clock.now(), parts: [] };
}

function overError(): Error {
  return wecomError("expired", {
    message: "the platform does not ask for this answer any more; it does so for six minutes after the message",
    fix: {
      en: "Nothing to do: the answer goes by the message's response_url, or through the application.",
      zh: "无需处理:回答会改用该消息的 response_url 或自建应用发送。",
    },
  });
}
