/** Who is mentioned, and whether the bot is. Pure. */
import type { Mention } from "@openclaw-china/core";
import type { BotMessage } from "../wire/message.ts";

/** Mentions in the platform's order. Names are not in the callback: a person is known by id only. */
export function mentionsOf(message: BotMessage): readonly Mention[] {
  return (message.atUsers ?? []).map(({ dingtalkId, staffId }) => {
    const isSelf = isSelfId(message, dingtalkId);
    const id = staffId ?? dingtalkId ?? undefined;
    return { ...(id === undefined ? {} : { id }), name: "", isSelf };
  });
}

/** In direct chats the bot is always meant. */
export function mentionsSelf(message: BotMessage): boolean {
  if (message.conversationType === "1" || message.isInAtList === true) return true;
  return (message.atUsers ?? []).some(({ dingtalkId }) => isSelfId(message, dingtalkId));
}

/** In rich texts the platform leaves the bot's mention in front. */
export function stripBotName(text: string, botName: string | undefined): string {
  const trimmed = text.trim();
  if (botName === undefined || !trimmed.startsWith(`@${botName}`)) return trimmed;
  return trimmed.slice(botName.length + 1).trim();
}

function isSelfId(message: BotMessage, dingtalkId: string | null | undefined): boolean {
  return typeof dingtalkId === "string" && dingtalkId !== "" && dingtalkId === message.chatbotUserId;
}
