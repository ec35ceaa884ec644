/**
 * The bot's own way: its long connection. An answer to a message is a growing message that is finished at once, since its id
 * makes repeats harmless; what comes too late for that, and what answers nothing, is a message of its own.
 */
import { type Address, ChannelError, type Clock, type DeliveryOptions, type Sent } from "@openclaw-china/core";
import { retry } from "@openclaw-china/core/internal";
import type { Chat, Frames, MessageBody } from "../api/frames.ts";
import { isStale } from "../api/judge.ts";
import type { SocketReply } from "../inbound/reply-to.ts";
import type { Pace } from "./pace.ts";
import { botText, type Textual, TEXT_LIMITS } from "./render.ts";
import { type Uploads, withUpload } from "./upload.ts";
import { bareId, evidence, fileBody, holdOf, idOf, inPieces, replyOf, type Way } from "./way.ts";

export interface BotWayDeps {
  readonly frames: Frames;
  readonly uploads: Uploads;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly account: string;
}

export function createBotWay(deps: BotWayDeps): Way {
  const { frames, pace, clock } = deps;

  /** Paced; the platform's own pause counts for all that follow. */
  const paced = async (to: Chat, signal: AbortSignal, send: () => Promise<void>): Promise<void> => {
    await pace.take("chat", to.chatId, signal);
    try {
      await send();
    } catch (error) {
      const ms = holdOf(error);
      if (ms !== undefined) pace.hold("chat", to.chatId, ms);
      throw error;
    }
  };

  /** Has no key: repeated only when it has surely not left. */
  const post = (to: Chat, body: MessageBody, signal: AbortSignal): Promise<void> =>
    paced(to, signal, () => retry(() => frames.send(to, body, signal), { clock, signal, repeatUnknown: false }));

  const answer = async (
    to: Chat,
    { reply, text, key }: { readonly reply: SocketReply; readonly text: string; readonly key: string },
    signal: AbortSignal,
  ): Promise<string> => {
    const streamId = idOf("oc-", key);
    const frame = { reqId: reply.reqId, streamId, text, isLast: true };
    try {
      await paced(to, signal, () => retry(() => frames.stream(frame, signal), { clock, signal, repeatUnknown: true }));
    } catch (error) {
      if (!(error instanceof ChannelError) || !isStale(error)) throw error;
      await post(to, markdown(text), signal);
    }
    return streamId;
  };

  const sendText = async (to: Chat, message: Textual, options: DeliveryOptions): Promise<Sent> => {
    const reply = socketReply(options);
    const limits = { maxBytes: TEXT_LIMITS.bot, key: options.key };
    const ids = await inPieces(botText(message), limits, async (text, key) => {
      if (reply !== undefined) return answer(to, { reply, text, key }, options.signal);
      await post(to, markdown(text), options.signal);
      return idOf("oc-", key); // the platform gives no id for these
    });
    return evidence(deps, ids);
  };

  return {
    name: "bot",
    async send(address, content, options) {
      const to = chatOf(address);
      if (content.kind === "text" || content.kind === "markdown") return sendText(to, content, options);
      if (content.kind === "shown") {
        await post(to, { msgtype: "template_card", template_card: content.card }, options.signal);
        return evidence(deps, [content.taskId], { via: "bot" });
      }
      const { file } = content;
      const { signal } = options;
      await withUpload(deps.uploads, { file, signal }, (id) => post(to, fileBody(file, id), signal));
      return evidence(deps, [idOf("oc-", options.key)]);
    },
  };
}

function markdown(content: string): MessageBody {
  return { msgtype: "markdown", markdown: { content } };
}

function chatOf(to: Address): Chat {
  return { chatId: bareId(to), isGroup: to.kind === "group" };
}

/** Only messages are answered by their `req_id`. */
function socketReply(options: DeliveryOptions): SocketReply | undefined {
  const reply = replyOf(options);
  return reply?.via === "socket" && reply.of === "message" ? reply : undefined;
}
