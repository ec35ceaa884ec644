/** Frames and webhook bodies to our Inbound. Pure; unknown shapes become `other` or nothing, never an exception. */
import type {
  ActionInbound,
  Conversation,
  FormValues,
  Inbound,
  MessageInbound,
  OtherInbound,
} from "@openclaw-china/core";
import { type Envelope, parseJson } from "../wire/envelope.ts";
import { type CardAction, parseCardAction, parseEventHeaders } from "../wire/event.ts";
import { type BotMessage, parseBotMessage } from "../wire/message.ts";
import { contentOf, type FileHandle } from "./content.ts";
import { mentionsOf, mentionsSelf, stripBotName } from "./mention.ts";
import { quoteOf } from "./quote.ts";

/** Who we are. */
export interface Self {
  readonly account: string;
  readonly robotCode: string;
  readonly botName: string | undefined;
  now(): number;
}

/** `replyTo` of our inbounds. Holds a bearer address. */
export interface ReplyTo {
  readonly conversationId: string;
  readonly direct: boolean;
  /** Absent for people outside the organisation: only the session webhook reaches them. */
  readonly staffId?: string;
  readonly msgId?: string;
  readonly robotCode: string;
  readonly session?: { readonly url: string; readonly expiresAt: number };
}

export const TOPIC = {
  message: "/v1.0/im/bot/messages/get",
  delegate: "/v1.0/im/bot/messages/delegate",
  card: "/v1.0/card/instances/callback",
} as const;

/** Undefined: the frame is malformed or of a topic nobody subscribed. */
export function normalise(envelope: Envelope, self: Self): Inbound | undefined {
  const data = parseJson(envelope.data);
  if (envelope.type === "EVENT") return normaliseEvent(envelope, data, self);
  if (envelope.type !== "CALLBACK") return undefined;
  if (envelope.topic === TOPIC.message || envelope.topic === TOPIC.delegate) return normaliseMessage(data, self);
  if (envelope.topic === TOPIC.card) return normaliseAction(envelope, data, self);
  return undefined;
}

/** A bot message, from a frame's `data` or a webhook's body. Undefined when it is none. */
export function normaliseMessage(data: unknown, self: Self): MessageInbound | undefined {
  const message = parseBotMessage(data);
  if (message === undefined) return undefined;
  const { text, attachments } = contentOf(message.msgtype, message.text, message.content);
  const quote = quoteOf(message);
  const sentAt = Number(message.createAt ?? Number.NaN);
  const robotCode = message.robotCode || self.robotCode;
  return {
    kind: "message",
    id: message.msgId,
    channel: "dingtalk",
    account: self.account,
    ...(Number.isFinite(sentAt) ? { sentAt } : {}),
    receivedAt: self.now(),
    replyTo: replyToOf(message, robotCode),
    raw: withoutSecrets(data as object),
    conversation: conversationOf(message, self.account),
    sender: senderOf(message),
    text: message.msgtype === "richText" ? stripBotName(text, self.botName) : text,
    mentions: mentionsOf(message),
    mentionsSelf: mentionsSelf(message),
    mentionsAll: false,
    attachments: attachments.map((file) => ({ ...file, handle: { ...(file.handle as FileHandle), robotCode } })),
    ...(quote === undefined ? {} : { quote }),
  };
}

function conversationOf(message: BotMessage, account: string): Conversation {
  const id = message.conversationId;
  return {
    kind: message.conversationType === "1" ? "direct" : "group",
    id,
    ...(message.conversationTitle ? { title: message.conversationTitle } : {}),
    key: `dingtalk:${account}:${id}`,
  };
}

function senderOf(message: BotMessage): MessageInbound["sender"] {
  const { senderStaffId, senderId, senderNick, senderCorpId, chatbotCorpId } = message;
  const isExternal = !senderStaffId && senderCorpId !== chatbotCorpId;
  return {
    id: senderStaffId || senderId || "",
    ...(senderNick ? { name: senderNick } : {}),
    isBot: false,
    ...(isExternal ? { isExternal: true } : {}),
  };
}

function replyToOf(message: BotMessage, robotCode: string): ReplyTo {
  const { sessionWebhook, sessionWebhookExpiredTime } = message;
  const expiresAt = Number(sessionWebhookExpiredTime ?? 0);
  return {
    conversationId: message.conversationId,
    direct: message.conversationType === "1",
    ...(message.senderStaffId ? { staffId: message.senderStaffId } : {}),
    msgId: message.msgId,
    robotCode,
    ...(sessionWebhook ? { session: { url: sessionWebhook, expiresAt } } : {}),
  };
}

/** `raw` may be shown in traces and pages; the bearer address may not. */
function withoutSecrets(data: object): object {
  const { sessionWebhook: _, ...rest } = data as { readonly sessionWebhook?: unknown };
  return rest;
}

function normaliseAction(envelope: Envelope, data: unknown, self: Self): ActionInbound | undefined {
  const action = parseCardAction(data);
  if (action === undefined) return undefined;
  const { button, values } = pressOf(action);
  const direct = action.spaceType !== "im" || !action.spaceId?.startsWith("cid");
  const id = direct ? `card-user:${action.userId}` : String(action.spaceId);
  return {
    kind: "action",
    source: "card",
    // A press has no id of its own: the same person's same press of one card with the same inputs is one action.
    id: `press:${action.outTrackId}:${action.userId}:${button}${inputsOf(values)}`,
    channel: "dingtalk",
    account: self.account,
    ...sentAtOf(envelope.headers["time"]),
    receivedAt: self.now(),
    replyTo: { conversationId: id, direct, staffId: action.userId, robotCode: self.robotCode } satisfies ReplyTo,
    raw: data,
    conversation: { kind: direct ? "direct" : "group", id, key: `dingtalk:${self.account}:${id}` },
    sender: { id: action.userId, isBot: false },
    button,
    values,
    message: { channel: "dingtalk", account: self.account, id: action.outTrackId },
  };
}

function pressOf(action: CardAction): { readonly button: string; readonly values: FormValues } {
  const given = action.content ?? action.value;
  const parsed = typeof given === "string" ? parseJson(given) : given;
  const content = parsed as { readonly cardPrivateData?: unknown } | null | undefined;
  const press = content?.cardPrivateData as { readonly actionIds?: unknown; readonly params?: unknown } | undefined;
  const ids = Array.isArray(press?.actionIds) ? press.actionIds : [];
  const values: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries((press?.params ?? {}) as Record<string, unknown>)) {
    if (typeof value === "string") values[name] = value;
    else if (Array.isArray(value)) values[name] = value.map(String);
    else if (value !== null && value !== undefined) values[name] = JSON.stringify(value);
  }
  return { button: String(ids[0] ?? ""), values };
}

/** The inputs of a press in an order of their own; nothing when there are none. */
function inputsOf(values: FormValues): string {
  const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? "" : `:${JSON.stringify(entries)}`;
}

function normaliseEvent(envelope: Envelope, data: unknown, self: Self): OtherInbound | undefined {
  const headers = parseEventHeaders(envelope.headers);
  if (headers === undefined || data === undefined) return undefined;
  return {
    kind: "other",
    id: headers.eventId,
    channel: "dingtalk",
    account: self.account,
    ...sentAtOf(headers.eventBornTime),
    receivedAt: self.now(),
    raw: data,
    type: headers.eventType,
  };
}

function sentAtOf(time: unknown): { readonly sentAt?: number } {
  const at = typeof time === "string" || typeof time === "number" ? Number(time) : Number.NaN;
  return Number.isFinite(at) ? { sentAt: at } : {};
}
