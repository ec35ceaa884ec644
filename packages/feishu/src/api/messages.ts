/** Messages, one function per endpoint. Source: "Message management" of the platform's documents (im/v1). */
import { unclearError } from "../errors.ts";
import type { Client } from "./client.ts";

/** What a message is made of; `content` is JSON in a text. */
export interface Body {
  readonly msg_type: "text" | "post" | "image" | "file" | "audio" | "media" | "interactive";
  readonly content: string;
}

/** Requests with one uuid within an hour are one message. At most 50 characters. */
interface Keyed {
  readonly uuid: string;
}

/** POST /open-apis/im/v1/messages?receive_id_type=…; resolves with `om_…`. */
export async function createMessage(
  client: Client,
  { to, ...body }: Body & Keyed & { readonly to: string },
  signal: AbortSignal,
): Promise<string> {
  const what = to.startsWith("oc_") ? "send to the chat" : "send to a person";
  const answer = await client.call({
    method: "POST",
    path: `/open-apis/im/v1/messages?receive_id_type=${idTypeOf(to)}`,
    json: { receive_id: to, ...body },
    signal,
    what,
    idempotent: true,
    lane: { kind: "chat", id: to },
  });
  return idIn(answer, what);
}

/** POST /open-apis/im/v1/messages/{message_id}/reply; resolves with `om_…`. `chatId`: whose pace is kept. */
export async function replyMessage(
  client: Client,
  {
    messageId,
    chatId,
    inThread,
    ...body
  }: Body & Keyed & { readonly messageId: string; readonly chatId: string; readonly inThread: boolean },
  signal: AbortSignal,
): Promise<string> {
  const what = "reply to a message";
  const answer = await client.call({
    method: "POST",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/reply`,
    json: { ...body, ...(inThread ? { reply_in_thread: true } : {}) },
    signal,
    what,
    idempotent: true,
    lane: { kind: "chat", id: chatId },
  });
  return idIn(answer, what);
}

/** PUT /open-apis/im/v1/messages/{message_id}: texts and posts, 20 times. */
export async function editMessage(
  client: Client,
  { messageId, ...body }: Body & { readonly messageId: string },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "PUT",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`,
    json: body,
    signal,
    what: "edit a message",
    idempotent: true,
  });
}

/** PATCH /open-apis/im/v1/messages/{message_id}: a card, for 14 days, 5 times a second. */
export async function updateCardMessage(
  client: Client,
  { messageId, content }: { readonly messageId: string; readonly content: string },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "PATCH",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`,
    json: { content },
    signal,
    what: "update a card",
    idempotent: true,
    lane: { kind: "card", id: messageId },
  });
}

/** DELETE /open-apis/im/v1/messages/{message_id}. */
export async function recallMessage(client: Client, messageId: string, signal: AbortSignal): Promise<void> {
  await client.call({
    method: "DELETE",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`,
    signal,
    what: "recall a message",
    idempotent: true,
  });
}

/** GET /open-apis/im/v1/messages/{message_id}: the message, and of a merged forward all that is within. */
export async function getMessage(
  client: Client,
  messageId: string,
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { items } = await client.call({
    method: "GET",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`,
    signal,
    what: "read a message",
    idempotent: true,
  });
  return Array.isArray(items) ? (items as Readonly<Record<string, unknown>>[]) : [];
}

/** POST /open-apis/im/v1/messages/{message_id}/reactions; resolves with the reaction's id. */
export async function addReaction(
  client: Client,
  { messageId, emoji }: { readonly messageId: string; readonly emoji: string },
  signal: AbortSignal,
): Promise<string> {
  const { reaction_id: id } = await client.call({
    method: "POST",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/reactions`,
    json: { reaction_type: { emoji_type: emoji } },
    signal,
    what: "react to a message",
    idempotent: true,
  });
  return typeof id === "string" ? id : "";
}

/** DELETE /open-apis/im/v1/messages/{message_id}/reactions/{reaction_id}: one's own only. */
export async function removeReaction(
  client: Client,
  { messageId, reactionId }: { readonly messageId: string; readonly reactionId: string },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "DELETE",
    path: `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/reactions/${encodeURIComponent(reactionId)}`,
    signal,
    what: "take a reaction off a message",
    idempotent: true,
  });
}

/** By the form of the id. */
export function idTypeOf(id: string): "chat_id" | "open_id" | "union_id" | "email" | "user_id" {
  if (id.startsWith("oc_")) return "chat_id";
  if (id.startsWith("ou_")) return "open_id";
  if (id.startsWith("on_")) return "union_id";
  return id.includes("@") ? "email" : "user_id";
}

function idIn(answer: Readonly<Record<string, unknown>>, what: string): string {
  const id = answer["message_id"];
  if (typeof id !== "string" || id === "") throw unclearError(what, "message_id");
  return id;
}
