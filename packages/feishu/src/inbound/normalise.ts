/** Events to our Inbound. Pure; unknown shapes become `other` or nothing, never an exception. */
import type {
  ActionInbound,
  Conversation,
  FileRef,
  FormValues,
  Inbound,
  MembershipInbound,
  MessageInbound,
  OtherInbound,
  Person,
  ReactionInbound,
  RecallInbound,
} from "@openclaw-china/core";
import { sha256Hex } from "@openclaw-china/core/internal";
import { type CardAction, parseCardAction } from "../wire/callback.ts";
import { type EventEnvelope, type OldEnvelope, timeOf } from "../wire/envelope.ts";
import {
  type ChatEvent,
  type MenuEvent,
  parseChatEvent,
  parseMenuEvent,
  parseReactionEvent,
  parseRecallEvent,
  type ReactionEvent,
  type RecallEvent,
} from "../wire/event.ts";
import { type MessageEvent, parseMessageEvent, personId, type PersonIds } from "../wire/message.ts";
import { contentOf } from "./content.ts";
import { fieldsOf, type FileHandle } from "./fields.ts";
import { mentionsOf } from "./mention.ts";
import { quoteOf } from "./quote.ts";
import type { ReplyTo } from "./reply-to.ts";

/** Who we are. */
export interface Self {
  readonly account: string;
  /** The bot's open_id. Undefined: not known yet; then no group message counts as mentioning it. */
  readonly openId: string | undefined;
  now(): number;
}

export const MESSAGE = "im.message.receive_v1";
export const CARD = "card.action.trigger";

/** The events that have a meaning of ours; all others become `other`. */
const READERS: Readonly<Record<string, (envelope: EventEnvelope, self: Self) => Inbound | undefined>> = {
  [MESSAGE]: (envelope, self) => read(envelope, self, parseMessageEvent, messageOf),
  [CARD]: (envelope, self) => read(envelope, self, parseCardAction, actionOf),
  "im.message.reaction.created_v1": (envelope, self) => read(envelope, self, parseReactionEvent, reactionOf("added")),
  "im.message.reaction.deleted_v1": (envelope, self) => read(envelope, self, parseReactionEvent, reactionOf("removed")),
  "im.message.recalled_v1": (envelope, self) => read(envelope, self, parseRecallEvent, recallOf),
  "im.chat.member.bot.added_v1": (envelope, self) =>
    read(envelope, self, parseChatEvent, membershipOf("joined", "self")),
  "im.chat.member.bot.deleted_v1": (envelope, self) =>
    read(envelope, self, parseChatEvent, membershipOf("left", "self")),
  "im.chat.member.user.added_v1": (envelope, self) =>
    read(envelope, self, parseChatEvent, membershipOf("joined", "others")),
  "im.chat.member.user.deleted_v1": (envelope, self) =>
    read(envelope, self, parseChatEvent, membershipOf("left", "others")),
  "im.chat.access_event.bot_p2p_chat_entered_v1": (envelope, self) =>
    read(envelope, self, parseChatEvent, membershipOf("opened", "self")),
  "application.bot.menu_v6": (envelope, self) => read(envelope, self, parseMenuEvent, menuOf),
};

/** What an event is to us. A known event of a shape that is not known is `other`, with the platform's name of it. */
export function normalise(envelope: EventEnvelope | OldEnvelope, self: Self): Inbound {
  const reader =
    envelope.schema === "2.0" && Object.hasOwn(READERS, envelope.type) ? READERS[envelope.type] : undefined;
  const known = envelope.schema === "2.0" ? reader?.(envelope, self) : undefined;
  return known ?? otherOf(envelope, self);
}

/** A press that came in the old form, which has no envelope: the press names itself. */
export function normaliseOldPress(action: CardAction, raw: unknown, self: Self): ActionInbound {
  const { token: _, ...shown } = fieldsOf(raw);
  const id = `press:${sha256Hex(JSON.stringify(raw)).slice(0, 32)}`;
  return actionOf(action, { base: baseOf({ id, raw: shown, sentAt: undefined }, self), self });
}

interface Known {
  readonly base: Base;
  readonly self: Self;
}

interface Base {
  readonly id: string;
  readonly channel: string;
  readonly account: string;
  readonly sentAt?: number;
  readonly receivedAt: number;
  readonly raw: unknown;
}

function read<T>(
  envelope: EventEnvelope,
  self: Self,
  parse: (event: unknown) => T | undefined,
  make: (event: T, known: Known) => Inbound,
): Inbound | undefined {
  const event = parse(envelope.event);
  if (event === undefined) return undefined;
  const base = baseOf({ id: envelope.eventId, raw: withoutSecrets(envelope), sentAt: envelope.createdAt }, self);
  return make(event, { base, self });
}

function baseOf(
  { id, raw, sentAt }: { readonly id: string; readonly raw: unknown; readonly sentAt: number | undefined },
  self: Self,
): Base {
  const times = { ...(sentAt === undefined ? {} : { sentAt }), receivedAt: self.now() };
  return { id, channel: "feishu", account: self.account, ...times, raw };
}

/** `raw` may be shown in traces and pages; tokens may not. */
function withoutSecrets({ type, eventId, event }: EventEnvelope | OldEnvelope): unknown {
  const { token: _, ...rest } = fieldsOf(event);
  return { type, eventId, event: rest };
}

/** One message can be pushed under two event ids, so its own id is the key. */
function messageOf({ sender, message }: MessageEvent, { base, self }: Known): MessageInbound {
  const { message_id: id, chat_id: chatId, thread_id: threadId, root_id: rootId, parent_id: parentId } = message;
  const direct = message.chat_type === "p2p";
  const mentions = mentionsOf(message.mentions ?? [], self.openId);
  const content = contentOf(message.message_type, message.content, mentions);
  const sentAt = timeOf(message.create_time);
  const quote = quoteOf({ parentId, threadId });
  const replyTo: ReplyTo = {
    chatId,
    messageId: id,
    ...(rootId ? { rootId } : {}),
    ...(threadId ? { threadId } : {}),
  };
  return {
    ...base,
    kind: "message",
    id,
    ...(sentAt === undefined ? {} : { sentAt }),
    replyTo,
    conversation: conversationOf({ chatId, direct, threadId }, self),
    sender: senderOf(sender, self),
    text: content.text,
    mentions: mentions.all,
    mentionsSelf: direct || mentions.mentionsSelf,
    mentionsAll: content.mentionsAll,
    attachments: ofMessage(content.attachments, id),
    ...(quote === undefined ? {} : { quote }),
  };
}

/** A file is fetched as a part of its message. */
function ofMessage(files: readonly FileRef[], messageId: string): readonly FileRef[] {
  return files.map((file) => ({ ...file, handle: { ...(file.handle as FileHandle), messageId } }));
}

function conversationOf(
  {
    chatId,
    direct,
    threadId,
    title,
  }: {
    readonly chatId: string;
    readonly direct: boolean;
    readonly threadId?: string | null | undefined;
    readonly title?: string | null | undefined;
  },
  { account }: Self,
): Conversation {
  return {
    kind: direct ? "direct" : "group",
    id: chatId,
    ...(title ? { title } : {}),
    ...(threadId ? { threadId } : {}),
    key: `feishu:${account}:${chatId}${threadId ? `:${threadId}` : ""}`,
  };
}

function senderOf({ sender_id, sender_type: type }: MessageEvent["sender"], self: Self): Person {
  const id = personId(sender_id);
  const isSelf = self.openId !== undefined && id === self.openId;
  return { id, isBot: type === "app" || type === "bot", ...(isSelf ? { isSelf } : {}) };
}

function personOf(ids: PersonIds | null | undefined, name?: string | null): Person {
  return { id: personId(ids), ...(name ? { name } : {}), isBot: false };
}

function actionOf(press: CardAction, { base, self }: Known): ActionInbound {
  const { operator, chatId = "", messageId, token, action } = press;
  const sender = personOf(operator);
  const button = buttonOf(action);
  const values = valuesOf(action);
  // A press has no id of its own that both forms share: the token is made for it, and ids are logged, which it may not be.
  const id = token === undefined ? base.id : `press:${sha256Hex(token).slice(0, 32)}`;
  const replyTo: ReplyTo = {
    chatId,
    ...(messageId === undefined ? {} : { messageId }),
    ...(token === undefined ? {} : { cardToken: token }),
  };
  return {
    ...base,
    kind: "action",
    source: "card",
    id,
    replyTo,
    // Whether the chat is direct is not said; its id serves for both.
    conversation: conversationOf({ chatId, direct: false }, self),
    sender,
    button,
    values,
    ...(messageId === undefined ? {} : { message: { channel: "feishu", account: self.account, id: messageId } }),
  };
}

/** Our cards carry the button's id in `value`; others are known by name, or by what they are. */
function buttonOf({ value, name, tag }: CardAction["action"]): string {
  const { button } = fieldsOf(value);
  if (typeof button === "string") return button;
  return name || (typeof value === "string" ? value : "") || tag || "";
}

function valuesOf({
  form_value: form,
  value,
  option,
  options,
  input_value: input,
  name,
}: CardAction["action"]): FormValues {
  const values: Record<string, string | readonly string[]> = {};
  const { button: _, ...own } = fieldsOf(value);
  for (const [key, one] of Object.entries({ ...own, ...form })) {
    if (typeof one === "string") values[key] = one;
    else if (Array.isArray(one)) values[key] = one.map(String);
    else if (one !== null && one !== undefined) values[key] = JSON.stringify(one);
  }
  const chosen = options ?? option ?? input;
  if (chosen !== null && chosen !== undefined && chosen.length > 0) values[name || "value"] = chosen;
  return values;
}

function reactionOf(change: "added" | "removed") {
  return (event: ReactionEvent, { base, self }: Known): ReactionInbound => {
    const { message_id: id, reaction_type: type, operator_type: by, user_id: user, app_id: app, action_time } = event;
    const isBot = by === "app";
    const at = timeOf(action_time);
    const personal = personOf(user);
    const isSelf = isBot && (personal.id === "" || personal.id === self.openId);
    return {
      ...base,
      ...(at === undefined ? {} : { sentAt: at }),
      kind: "reaction",
      change,
      emoji: type.emoji_type,
      message: { channel: "feishu", account: self.account, id },
      sender: { ...personal, id: personal.id || (app ?? ""), isBot, ...(isSelf ? { isSelf } : {}) },
    };
  };
}

function recallOf(
  { message_id: messageId, chat_id: chatId, recall_time }: RecallEvent,
  { base, self }: Known,
): RecallInbound {
  const at = timeOf(recall_time);
  return {
    ...base,
    ...(at === undefined ? {} : { sentAt: at }),
    kind: "recall",
    messageId,
    conversation: conversationOf({ chatId, direct: false }, self),
  };
}

function membershipOf(change: MembershipInbound["change"], who: MembershipInbound["who"]) {
  return ({ chat_id: chatId, operator_id: operator, name }: ChatEvent, { base, self }: Known): MembershipInbound => ({
    ...base,
    kind: "membership",
    change,
    who,
    replyTo: { chatId } satisfies ReplyTo,
    conversation: conversationOf({ chatId, direct: change === "opened", title: name }, self),
    sender: personOf(operator),
  });
}

/** A menu belongs to the direct chat, whose id is not said: the answer goes to the person. */
function menuOf({ operator, event_key: button, timestamp }: MenuEvent, { base, self }: Known): ActionInbound {
  const sender = personOf(operator.operator_id, operator.operator_name);
  const seconds = Number(timestamp);
  return {
    ...base,
    ...(Number.isFinite(seconds) && seconds > 0 ? { sentAt: seconds * 1_000 } : {}),
    kind: "action",
    source: "menu",
    replyTo: { chatId: "" } satisfies ReplyTo,
    conversation: conversationOf({ chatId: sender.id, direct: true }, self),
    sender,
    button,
    values: {},
  };
}

function otherOf(envelope: EventEnvelope | OldEnvelope, self: Self): OtherInbound {
  const base = baseOf({ id: envelope.eventId, raw: withoutSecrets(envelope), sentAt: envelope.createdAt }, self);
  return { ...base, kind: "other", type: envelope.type };
}
