/**
 * Messages that go out in one call, as a reply where there is something to reply to. Every send has a `uuid` made of its
 * part's key, so a repeat within the hour is one message. A reply whose message is gone becomes a message of the chat; in a
 * thread it answers the thread's first one instead, since a new message would open another topic.
 */
import {
  type Address,
  ChannelError,
  type Clock,
  type DeliveryOptions,
  type Outbound,
  type Sent,
} from "@openclaw-china/core";
import { sha256Hex, unsupportedError } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { type Body, createMessage, replyMessage } from "../api/messages.ts";
import type { ReplyTo } from "../inbound/reply-to.ts";
import { bodyOf, plainBody } from "./render.ts";

/** Requests with one uuid are one message for an hour; a little less, as clocks differ. */
export const REPEATABLE_MS = 3_500_000;

export interface SendDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly account: string;
  /** Open a thread under what is answered. */
  readonly replyInThread: boolean;
}

export interface Sender {
  /** Texts. Throws `unsupported` for all else. */
  send(to: Address, message: Outbound, options: DeliveryOptions): Promise<Sent>;
  /** Any body, by the same route. */
  body(to: Address, body: Body, options: DeliveryOptions): Promise<Sent>;
}

export function createSend(deps: SendDeps): Sender {
  const { client, clock, account } = deps;

  const evidence = (id: string): Sent => ({ channel: "feishu", account, id, sentAt: clock.now(), parts: [] });

  const create = async (to: Address, body: Body & { readonly uuid: string }, signal: AbortSignal): Promise<Sent> =>
    evidence(await createMessage(client, { ...body, to: to.id }, signal));

  const body: Sender["body"] = async (to, given, { key, replyTo, signal }) => {
    const keyed = { ...given, uuid: uuidOf(account, key) };
    const reply = replyOf(to, replyTo);
    if (reply === undefined) return create(to, keyed, signal);
    const { messageId, chatId, rootId, threadId } = reply;
    const inThread = deps.replyInThread || threadId !== undefined;
    const answer = (id: string): Promise<string> =>
      replyMessage(client, { ...keyed, messageId: id, chatId, inThread }, signal);
    try {
      return evidence(await answer(messageId));
    } catch (error) {
      if (!isGone(error)) throw error;
      if (threadId === undefined) return create({ ...to, id: chatId }, keyed, signal);
      if (rootId === undefined || rootId === messageId) throw error;
      return evidence(await answer(rootId));
    }
  };

  return {
    body,
    async send(to, message, options) {
      if (message.kind !== "text" && message.kind !== "markdown") {
        throw unsupportedError("feishu", `send a ${message.kind} as a text`);
      }
      const first = bodyOf(message);
      try {
        return await body(to, first, options);
      } catch (error) {
        if (first.msg_type === "text" || !isRefusedForm(error)) throw error;
        return body(to, plainBody(message), { ...options, key: `${options.key} plain` });
      }
    },
  };
}

/** At most 50 characters. */
export function uuidOf(account: string, key: string): string {
  return sha256Hex(`${account} ${key}`).slice(0, 40);
}

type Reply = ReplyTo & { readonly messageId: string };

/** What is answered, where that is at the same place. */
function replyOf(to: Address, replyTo: unknown): Reply | undefined {
  const reply = replyTo as ReplyTo | undefined;
  if (reply?.messageId === undefined) return undefined;
  // The answer to a press is a message of its own, but in a thread, where a message of its own would open another topic.
  if (reply.cardToken !== undefined && reply.threadId === undefined) return undefined;
  return to.kind === "group" && to.id !== reply.chatId ? undefined : (reply as Reply);
}

function isGone(error: unknown): boolean {
  return error instanceof ChannelError && error.code === "reply_expired" && error.outcome === "refused";
}

/** A card or rich text that the platform does not take: the words can go without it. */
function isRefusedForm(error: unknown): boolean {
  if (!(error instanceof ChannelError) || error.outcome !== "refused") return false;
  return /^(230099|200220|200570|230025)/.test(error.platform?.code ?? "");
}
