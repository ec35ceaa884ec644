/** Frames and webhook bodies to our Inbound. Pure; unknown shapes become `other` or nothing, never an exception. */
import type {
  ActionInbound,
  Conversation,
  FileRef,
  FormValues,
  Inbound,
  MessageInbound,
  OtherInbound,
  Quote,
} from "@openclaw-china/core";
import { type Envelope, payloadOf } from "../wire/envelope.ts";
import { type CardAction, parseCardAction, parseEventHeaders } from "../wire/event.ts";
import { type BotMessage, parseBotMessage } from "../wire/message.ts";
import { contentOf, fieldsOf, type FileHandle, isUnreadable, stringOf } from "./content.ts";
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

/** A session webhook whose end is not told lives as long as all the others. */
const SESSION_MS = 5_400_000;

/** Undefined: the frame is malformed or of a topic nobody subscribed. */
export function normalise(envelope: Envelope, self: Self): Inbound | undefined {
  const data = payloadOf(envelope);
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
  const { msgtype, text: words, content, chatbotUserId: selfId } = message;
  const read = contentOf({ msgtype, text: words, content, selfId });
  const quote = quoteOf(message);
  const robotCode = message.robotCode || self.robotCode;
  const receivedAt = self.now();
  const sentAt = timeOf(message.createAt);
  return {
    kind: "message",
    id: message.msgId,
    channel: "dingtalk",
    account: self.account,
    ...(sentAt === undefined ? {} : { sentAt }),
    receivedAt,
    replyTo: replyToOf(message, { robotCode, sentAt: sentAt ?? receivedAt }),
    raw: withoutSecrets(data as object),
    conversation: conversationOf(message, self.account),
    sender: senderOf(message),
    text: msgtype === "richText" ? stripBotName(read.text, self.botName) : read.text,
    mentions: mentionsOf(message),
    mentionsSelf: mentionsSelf(message),
    mentionsAll: false,
    attachments: expiring(withRobot(read.attachments, robotCode), receivedAt),
    ...(quote === undefined ? {} : { quote: quoteFor(quote, robotCode) }),
    ...(isUnreadable(msgtype, read) ? { unreadable: msgtype === "chatRecord" ? EMPTY_RECORD : UNKNOWN_TYPE } : {}),
  };
}

const UNKNOWN_TYPE =
  "抱歉,钉钉不会把这类消息的内容交给机器人,请改发文字、图片或文件。 Sorry, DingTalk does not hand this kind of message to bots. Please send text, a picture or a file.";
const EMPTY_RECORD =
  "抱歉,这份聊天记录中没有机器人可以读取的内容,请直接发送文字。 Sorry, nothing in this chat record can be read by a bot. Please send the text itself.";

function quoteFor(quote: Quote, robotCode: string): Quote {
  return { ...quote, attachments: withRobot(quote.attachments, robotCode) };
}

/** How long a download code is valid is not said, only that its address is fetched at once: core does so. */
const CODE_MS = 3_600_000;

function expiring(files: readonly FileRef[], receivedAt: number): readonly FileRef[] {
  return files.map((file) => {
    const hasCode = (file.handle as FileHandle).downloadCode !== undefined;
    return hasCode ? { ...file, expiresAt: receivedAt + CODE_MS } : file;
  });
}

/** A file is fetched in the name of the bot that was sent it. */
function withRobot(files: readonly FileRef[], robotCode: string): readonly FileRef[] {
  return files.map((file) => ({ ...file, handle: { ...(file.handle as FileHandle), robotCode } }));
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

function replyToOf(
  message: BotMessage,
  { robotCode, sentAt }: { readonly robotCode: string; readonly sentAt: number },
): ReplyTo {
  const { sessionWebhook: url, sessionWebhookExpiredTime } = message;
  const expiresAt = timeOf(sessionWebhookExpiredTime) ?? sentAt + SESSION_MS;
  return {
    conversationId: message.conversationId,
    direct: message.conversationType === "1",
    ...(message.senderStaffId ? { staffId: message.senderStaffId } : {}),
    msgId: message.msgId,
    robotCode,
    ...(url ? { session: { url, expiresAt } } : {}),
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
  const { outTrackId, userId } = action;
  const { button, values } = pressOf(action);
  const group = groupOf(action);
  const id = group ?? `card-user:${userId}`;
  return {
    kind: "action",
    source: "card",
    // A press has no id of its own: the same person's same press of one card with the same inputs is one action.
    id: `press:${outTrackId}:${userId}:${button}${inputsOf(values)}`,
    channel: "dingtalk",
    account: self.account,
    ...sentAtOf(envelope.headers["time"]),
    receivedAt: self.now(),
    replyTo: {
      conversationId: id,
      direct: group === undefined,
      staffId: userId,
      robotCode: self.robotCode,
    } satisfies ReplyTo,
    raw: data,
    conversation: { kind: group === undefined ? "direct" : "group", id, key: `dingtalk:${self.account}:${id}` },
    sender: { id: userId, isBot: false },
    button,
    values,
    message: { channel: "dingtalk", account: self.account, id: outTrackId },
  };
}

/** Undefined: the card stands in a direct chat, or nobody says where. */
function groupOf({ spaceType, spaceId }: CardAction): string | undefined {
  if (spaceType !== "im" && spaceType?.toUpperCase() !== "IM_GROUP") return undefined;
  return spaceId?.startsWith("cid") === true ? spaceId : undefined;
}

function pressOf(action: CardAction): { readonly button: string; readonly values: FormValues } {
  const pressed = [action.content, action.value].map((given) => fieldsOf(given)["cardPrivateData"]);
  const press = fieldsOf(pressed.find((given) => given !== undefined));
  const { actionIds } = press;
  const button = Array.isArray(actionIds) ? (actionIds[0] as unknown) : actionIds;
  const values: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(fieldsOf(press["params"]))) {
    if (typeof value === "string") values[name] = value;
    else if (Array.isArray(value)) values[name] = value.map(String);
    else if (value !== null && value !== undefined) values[name] = JSON.stringify(value);
  }
  return { button: stringOf(button), values };
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

/** An event that came by an encrypted callback. `key` is what stays the same over redelivery; `sentAt` as it was signed. */
export function normaliseCallbackEvent(
  {
    payload,
    type,
    key,
    sentAt,
  }: { readonly payload: unknown; readonly type: string; readonly key: string; readonly sentAt: number },
  self: Self,
): OtherInbound {
  return {
    kind: "other",
    id: key,
    channel: "dingtalk",
    account: self.account,
    sentAt,
    receivedAt: self.now(),
    raw: payload,
    type: type || "unknown",
  };
}

function sentAtOf(time: unknown): { readonly sentAt?: number } {
  const at = timeOf(time);
  return at === undefined ? {} : { sentAt: at };
}

/** ms, from a number or its digits. */
function timeOf(time: unknown): number | undefined {
  const at = stringOf(time).trim() === "" ? Number.NaN : Number(time);
  return Number.isFinite(at) ? at : undefined;
}
