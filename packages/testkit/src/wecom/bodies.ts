/** Bodies of messages and events of bots, as people cause them. */
import { randomUUID } from "node:crypto";
import type { MediaLink, MediaType } from "./files.ts";
import type { Json } from "./json.ts";
import type { Bot, Group, Member } from "./tenant.ts";

export interface Said {
  readonly sender: Member;
  readonly bot: Bot;
  /** Absent: the direct chat. */
  readonly group: Group | undefined;
  readonly msgId: string;
  readonly responseUrl: string;
}

export function newMessageId(): string {
  return randomUUID().replaceAll("-", "");
}

/** Without its content. */
function envelope({ sender, bot, group, msgId }: Said): Record<string, unknown> {
  return {
    msgid: msgId,
    aibotid: bot.botId,
    ...(group === undefined ? {} : { chatid: group.id }),
    chattype: group === undefined ? "single" : "group",
    from: { userid: sender.userId },
  };
}

export function messageBody(said: Said, content: Json): Json {
  return { ...envelope(said), response_url: said.responseUrl, ...content };
}

/** A mention stays in the text, in front. */
export function textContent(text: string, { bot, group }: Said): Json {
  return { msgtype: "text", text: { content: group === undefined ? text : `@${bot.name} ${text}` } };
}

/** A voice message comes as what was said. */
export function voiceContent(text: string): Json {
  return { msgtype: "voice", voice: { content: text } };
}

/** In a group only a picture can come with a mention, as a part of a mixed message. */
export function fileContent(type: MediaType, link: MediaLink, { bot, group }: Said): Json {
  if (group === undefined) return { msgtype: type, [type]: link };
  const items = [
    { msgtype: "text", text: { content: `@${bot.name}` } },
    { msgtype: "image", image: link },
  ];
  return { msgtype: "mixed", mixed: { msg_item: items } };
}

export function mediaTypeOf(file: File): MediaType {
  if (file.type.startsWith("image/")) return "image";
  return file.type.startsWith("video/") ? "video" : "file";
}

export type EventOf =
  | { readonly eventtype: "enter_chat" }
  | { readonly eventtype: "template_card_event"; readonly template_card_event: Json }
  | { readonly eventtype: "feedback_event"; readonly feedback_event: Json };

/** The first entry of the day has neither chat nor kind of chat; presses have an address for an answer. */
export function eventBody(said: Said, event: EventOf, nowMs: number): Json {
  const { msgid, aibotid, from, ...chat } = envelope(said);
  const isEntry = event.eventtype === "enter_chat";
  return {
    msgid,
    create_time: Math.floor(nowMs / 1_000),
    aibotid,
    from,
    ...(isEntry ? {} : chat),
    ...(event.eventtype === "template_card_event" ? { response_url: said.responseUrl } : {}),
    msgtype: "event",
    event,
  };
}
