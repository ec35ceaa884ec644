/** Who is mentioned, and whether the bot is. Pure. */
import type { Mention } from "@openclaw-china/core";
import type { BotMessage } from "../wire/message.ts";

/** Mentions in the platform's order. Names are not in the callback: a person is known by id only. */
export function mentionsOf(message: BotMessage): readonly Mention[] {
  return (message.atUsers ?? []).flatMap(({ dingtalkId, staffId }) => {
    const id = staffId || dingtalkId;
    return id ? [{ id: String(id), name: "", isSelf: isSelfId(message, dingtalkId) }] : [];
  });
}

/** In direct chats the bot is always meant. */
export function mentionsSelf(message: BotMessage): boolean {
  if (message.conversationType === "1" || String(message.isInAtList) === "true") return true;
  return (message.atUsers ?? []).some(({ dingtalkId }) => isSelfId(message, dingtalkId));
}

/**
 * In rich texts the platform leaves the bot's mention in front. `@name2` is somebody else than `name`; Chinese text may
 * follow the name directly.
 */
export function stripBotName(text: string, botName: string | undefined): string {
  const trimmed = text.trim();
  const name = botName?.trim().replace(/^@/, "");
  if (!name || !trimmed.startsWith(`@${name}`)) return trimmed;
  const rest = trimmed.slice(name.length + 1);
  return /^\w/.test(rest) ? trimmed : rest.trim();
}

function isSelfId(message: BotMessage, dingtalkId: unknown): boolean {
  return typeof dingtalkId === "string" && dingtalkId !== "" && dingtalkId === message.chatbotUserId;
}
