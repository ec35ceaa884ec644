/** Frames and callback bodies of an intelligent bot to our Inbound. Pure; unknown shapes become `other` or nothing, never an exception. */
import type {
  ActionInbound,
  Conversation,
  FormValues,
  Inbound,
  MessageInbound,
  Person,
  ReactionInbound,
} from "@openclaw-china/core";
import { sha256Hex } from "@openclaw-china/core/internal";
import type { Frame } from "../wire/envelope.ts";
import { type BotEvent, type CardPress, parseBotEvent, parseCardPress, parseFeedback } from "../wire/event.ts";
import { type BotMessage, parseBotMessage, type Sender } from "../wire/message.ts";
import { contentOf, isUnreadable } from "./content.ts";
import { stripBotName } from "./mention.ts";
import { quoteOf } from "./quote.ts";
import type { ReplyTo } from "./reply-to.ts";

/** Who we are. */
export interface Self {
  readonly account: string;
  readonly botName: string | undefined;
  now(): number;
}

/** How it came. */
type Way = { readonly via: "socket"; readonly reqId: string } | { readonly via: "callback" };

/** Undefined: the frame is malformed, or no callback. */
export function normalise(frame: Frame, self: Self): Inbound | undefined {
  const { cmd, reqId, body } = frame;
  if (cmd === "aibot_msg_callback") return messageIn(body, { via: "socket", reqId }, self);
  if (cmd === "aibot_event_callback") return eventIn(body, { via: "socket", reqId }, self);
  return undefined;
}

/** What came by callback, unsealed. Undefined: malformed, or the platform asking for a stream. */
export function normaliseCallback(body: unknown, self: Self): Inbound | undefined {
  return eventIn(body, { via: "callback" }, self) ?? messageIn(body, { via: "callback" }, self);
}

function messageIn(body: unknown, way: Way, self: Self): MessageInbound | undefined {
  const message = parseBotMessage(body);
  if (message === undefined || message.msgtype === "event" || message.msgtype === "stream") return undefined;
  const receivedAt = self.now();
  const { text, attachments } = contentOf(message, receivedAt);
  const quote = quoteOf(message, receivedAt);
  const conversation = conversationOf(message, message.from, self.account);
  return {
    kind: "message",
    id: message.msgid,
    ...base({ create_time: message.create_time, self, receivedAt, raw: message }),
    replyTo: messageReply(message, way, receivedAt),
    conversation,
    sender: personOf(message.from),
    text: conversation.kind === "group" ? stripBotName(text, self.botName) : text,
    mentions: [],
    mentionsSelf: true, // direct, or a group message that was delivered because it mentions us
    mentionsAll: false,
    attachments,
    ...(quote === undefined ? {} : { quote }),
    ...(isUnreadable({ text, attachments }, message.msgtype) ? { unreadable: UNREADABLE } : {}),
  };
}

const UNREADABLE =
  "抱歉,企业微信不会把这类消息的内容交给机器人,请改发文字、图片或文件。 Sorry, WeCom does not hand this kind of message to bots. Please send text, a picture or a file.";

interface Facts {
  readonly create_time: number | null | undefined;
  readonly self: Self;
  readonly receivedAt: number;
  readonly raw: object;
}

function base({
  create_time: at,
  self,
  receivedAt,
  raw,
}: Facts): Pick<MessageInbound, "channel" | "account" | "sentAt" | "receivedAt" | "raw"> {
  return {
    channel: "wecom",
    account: self.account,
    ...(at ? { sentAt: at * 1_000 } : {}),
    receivedAt,
    raw: withoutSecrets(raw),
  };
}

/** `raw` may be shown in traces and pages; bearer addresses and keys may not. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "response_url" && name !== "aeskey");
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutSecrets(inner)]));
}

/** The stream that answers a message by callback: the same for each repeat of the message. */
export function streamIdOf(botId: string, msgid: string): string {
  return `st-${sha256Hex(`${botId} ${msgid}`).slice(0, 40)}`;
}

function messageReply(message: BotMessage, way: Way, at: number): ReplyTo {
  const responseUrl = message.response_url ? { responseUrl: message.response_url } : {};
  if (way.via === "socket") return { ...way, at, of: "message", ...responseUrl };
  return { ...way, streamId: streamIdOf(message.aibotid ?? "", message.msgid), at, ...responseUrl };
}

function eventReply({ response_url: url }: BotEvent, way: Way, at: number): ReplyTo {
  const responseUrl = url ? { responseUrl: url } : {};
  return way.via === "socket" ? { ...way, at, of: "event", ...responseUrl } : { ...way, at, ...responseUrl };
}

/** A direct chat has no id of its own: it is called by the person. */
function conversationOf(
  { chatid, chattype }: Pick<BotMessage, "chatid" | "chattype">,
  { userid }: Sender,
  account: string,
): Conversation {
  const isGroup = Boolean(chatid) && chattype !== "single";
  const id = isGroup ? (chatid as string) : userid;
  return { kind: isGroup ? "group" : "direct", id, key: `wecom:${account}:${id}` };
}

function personOf({ userid, corpid }: Sender): Person {
  return { id: userid, isBot: false, ...(corpid ? { isExternal: true } : {}) };
}

function eventIn(body: unknown, way: Way, self: Self): Inbound | undefined {
  const event = parseBotEvent(body);
  if (event === undefined) return undefined;
  const receivedAt = self.now();
  const { eventtype: type } = event.event;
  const id = event.msgid || `event:${event.from?.userid ?? ""}:${event.create_time ?? receivedAt}:${type}`;
  const common = { id, ...base({ create_time: event.create_time, self, receivedAt, raw: event }) };
  const { from } = event;
  if (!from) return { kind: "other", ...common, type };
  const conversation = conversationOf(event, from, self.account);
  const sender = personOf(from);
  const replyTo = eventReply(event, way, receivedAt);
  const placed = { ...common, replyTo, conversation, sender };
  if (type === "enter_chat") return { kind: "membership", ...placed, change: "opened", who: "others" };
  if (type === "template_card_event") return actionIn(event, placed) ?? { kind: "other", ...placed, type };
  if (type === "feedback_event") return feedbackIn(event, placed) ?? { kind: "other", ...placed, type };
  return { kind: "other", ...placed, type };
}

type Placed = Omit<ActionInbound, "kind" | "source" | "button" | "values" | "message">;

function actionIn(event: BotEvent, placed: Placed): ActionInbound | undefined {
  const press = parseCardPress(event);
  if (press === undefined) return undefined;
  return { kind: "action", source: "card", ...placed, ...pressed(press, placed.account) };
}

/** Shared with the presses that an application is told of. */
export function pressed(
  { button, taskId, selected }: CardPress,
  account: string,
): Pick<ActionInbound, "button" | "values" | "message"> {
  const values: FormValues = Object.fromEntries(
    selected.map(({ question, options }) => [question, options.length === 1 ? (options[0] ?? "") : options]),
  );
  const message = taskId === undefined ? {} : { message: { channel: "wecom", account, id: taskId } };
  return { button, values, ...message };
}

/** Thumbs under an answer of ours. When one is withdrawn, the platform does not say which. */
function feedbackIn(event: BotEvent, placed: Placed): ReactionInbound | undefined {
  const feedback = parseFeedback(event);
  if (feedback === undefined) return undefined;
  return {
    kind: "reaction",
    ...placed,
    change: feedback.type === 3 ? "removed" : "added",
    emoji: { 1: "👍", 2: "👎" }[feedback.type] ?? "",
    message: { channel: "wecom", account: placed.account, id: feedback.id },
  };
}
