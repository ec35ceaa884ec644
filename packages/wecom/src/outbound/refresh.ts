/**
 * Answers of a bot in callback mode: into the stream the platform asks for, as long as it asks; then another way. Evidence is
 * that the platform has fetched the last text. Into one stream goes one answer; further ones go another way at once.
 */
import type { Clock, OpenChannel, Outbound, ReplyWriter, Sent, Streaming } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import { wecomError } from "../errors.ts";
import type { CallbackReply, ReplyTo } from "../inbound/reply-to.ts";
import type { StreamBoard } from "../streams.ts";

export interface RefreshDeps {
  readonly board: StreamBoard;
  readonly clock: Clock;
  readonly account: string;
  /** The markdown this surface shows. */
  readonly shown: (text: string) => string;
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
  const { board, shown } = deps;
  return {
    streaming: createRefreshStreaming(deps),
    around: (send) => async (to, message, options) => {
      const reply = streamOf(options.replyTo);
      const text = wordsOf(message);
      if (reply === undefined || text === undefined) return send(to, message, options);
      if (await board.claim(reply.streamId, reply.at, options.key)) {
        if ((await board.finish(reply.streamId, shown(text), options.signal)) === "shown") {
          return evidence(deps, reply.streamId);
        }
      }
      const rest = restOf(shown(text), await board.closedAt(reply.streamId));
      return send(to, rest === undefined ? message : { kind: "markdown", text: rest }, options);
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
  const { board, shown } = deps;
  let soFar = "";
  let ended = false;
  return {
    update(text) {
      if (ended || text.trim() === "") return;
      soFar = text;
      board.show(streamId, shown(text));
    },
    async finish(final) {
      const text = wordsOf(typeof final === "string" ? { kind: "markdown", text: final } : final);
      if (text === undefined) throw unsupportedError("wecom", "turn a growing message into something else than text");
      ended = true;
      if ((await board.finish(streamId, shown(text), signal)) === "shown") return evidence(deps, streamId);
      throw overError();
    },
    async fail(reason) {
      ended = true;
      await board.end(streamId, soFar === "" ? reason : `${shown(soFar)}\n\n⚠️ ${reason}`);
    },
  };
}

/** What has not been shown of a text whose beginning stands in a stream that had to be closed. */
function restOf(text: string, closed: string | undefined): string | undefined {
  if (closed === undefined || closed === "" || !text.startsWith(closed)) return undefined;
  const rest = text.slice(closed.length);
  return rest.trim() === "" ? undefined : rest;
}

function streamOf(replyTo: unknown): (CallbackReply & { readonly streamId: string }) | undefined {
  const reply = replyTo as ReplyTo | undefined;
  if (reply?.via !== "callback" || reply.streamId === undefined) return undefined;
  return { ...reply, streamId: reply.streamId };
}

function wordsOf(message: Outbound): string | undefined {
  return message.kind === "text" || message.kind === "markdown" ? message.text : undefined;
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
