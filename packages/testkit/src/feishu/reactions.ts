/** Reactions on messages: by apps over the interface, by people with a finger. */
import { jsonOf } from "../server.ts";
import { type Execute, feishuError, ok } from "./answers.ts";
import type { Archive } from "./archive.ts";
import { EMOJI } from "./emoji.ts";
import { asJson, type Json } from "./json.ts";
import { type Bot, hash } from "./tenant.ts";

export interface Reaction {
  readonly id: string;
  readonly messageId: string;
  readonly emoji: string;
  /** App id, or union_id. */
  readonly who: string;
  readonly at: number;
}

export interface Reactions {
  readonly interfaces: Readonly<Record<string, Execute>>;
  /** By a person; the same one once. */
  add(messageId: string, emoji: string, who: string): Reaction;
  remove(messageId: string, emoji: string, who: string): Reaction | undefined;
  of(messageId: string): readonly Reaction[];
}

export interface ReactionsParts {
  readonly archive: Archive;
  readonly now: () => number;
  /** Somebody reacted, or no longer does. */
  readonly changed: (reaction: Reaction, isThere: boolean) => void;
}

export function createReactions({ archive, now, changed }: ReactionsParts): Reactions {
  const all = new Map<string, Reaction>();
  let count = 0;

  const of = (messageId: string): readonly Reaction[] => [...all.values()].filter((one) => one.messageId === messageId);
  const find = (messageId: string, emoji: string, who: string): Reaction | undefined =>
    of(messageId).find((one) => one.emoji === emoji && one.who === who);
  const add = (messageId: string, emoji: string, who: string): Reaction => {
    const known = find(messageId, emoji, who);
    if (known !== undefined) return known;
    count += 1;
    const reaction = { id: hash(`reaction ${count}`, 22), messageId, emoji, who, at: now() };
    all.set(reaction.id, reaction);
    changed(reaction, true);
    return reaction;
  };
  const take = (reaction: Reaction): void => {
    all.delete(reaction.id);
    changed(reaction, false);
  };

  /** A message the app can see, or the code of the refusal. */
  const seen = (id: string, bot: Bot): string | undefined => {
    const message = archive.find(id);
    if (message === undefined || message.isRecalled) return "231003";
    return message.chat.bots.has(bot.appId) ? undefined : "230002";
  };

  return {
    interfaces: {
      "im/messageReaction/create": (call, bot, [id = ""]) => {
        const refusal = seen(id, bot);
        if (refusal !== undefined) return feishuError(refusal, call);
        const emoji = String(asJson(asJson(jsonOf(call.body))["reaction_type"])["emoji_type"]);
        return EMOJI.has(emoji) ? ok(reactionItem(add(id, emoji, bot.appId))) : feishuError("231001", call);
      },
      "im/messageReaction/delete": (call, bot, [messageId = "", id = ""]) => {
        const refusal = seen(messageId, bot);
        if (refusal !== undefined) return feishuError(refusal, call);
        const reaction = all.get(id);
        if (reaction === undefined || reaction.messageId !== messageId) return feishuError("231003", call);
        if (reaction.who !== bot.appId) return feishuError("231007", call);
        take(reaction);
        return ok(reactionItem(reaction));
      },
      "im/messageReaction/list": (call, bot, [id = ""]) => {
        const refusal = seen(id, bot);
        if (refusal !== undefined) return feishuError(refusal, call);
        const wanted = call.url.searchParams.get("reaction_type");
        const items = of(id).filter(({ emoji }) => wanted === null || wanted === emoji);
        return ok({ items: items.map(reactionItem), has_more: false });
      },
    },
    add,
    remove(messageId, emoji, who) {
      const reaction = find(messageId, emoji, who);
      if (reaction !== undefined) take(reaction);
      return reaction;
    },
    of,
  };
}

function reactionItem({ id, emoji, who, at }: Reaction): Json {
  return {
    reaction_id: id,
    operator: { operator_id: who, operator_type: who.startsWith("cli_") ? "app" : "user" },
    action_time: String(at),
    reaction_type: { emoji_type: emoji },
  };
}
