/** Who is mentioned, and what stands for it in the text. Pure. */
import type { Mention } from "@openclaw-china/core";
import { personId, type RawMention } from "../wire/message.ts";

/** Mentions of one message, by the keys that stand for them. */
export interface Mentions {
  readonly all: readonly Mention[];
  readonly mentionsSelf: boolean;
  /** What `@_user_1`, or an id of the older posts, becomes; undefined: that is nobody of this message. */
  named(key: string): { readonly name: string; readonly isSelf: boolean } | undefined;
}

/** `selfId`: the bot's open_id. The bot is known by it alone: anybody may have its name. */
export function mentionsOf(given: readonly RawMention[], selfId: string | undefined): Mentions {
  const all = given.map(({ key, id, name }) => {
    const openId = personId(id);
    return { key, id: openId, name: name ?? "", isSelf: selfId !== undefined && openId === selfId };
  });
  const byKey = new Map(all.flatMap((one) => [[one.id, one] as const, [one.key, one] as const]));
  return {
    all: all.map(({ id, name, isSelf }) => ({ ...(id === "" ? {} : { id }), name, isSelf })),
    mentionsSelf: all.some(({ isSelf }) => isSelf),
    named: (key) => (key === "" ? undefined : byKey.get(key)),
  };
}

/** The key of everybody. Anyone can type it, so it says no more than a mention does. */
export const ALL = "@_all";
const PLACEHOLDER = /@_(?:user_\d+|all)/g;

/**
 * Placeholders become names in one pass: what a name contains is never looked at again, and `@_user_10` is not `@_user_1`
 * and a zero. The bot's own mention goes, with one blank beside it.
 */
export function withNames(text: string, mentions: Mentions): string {
  let result = "";
  let from = 0;
  for (const { 0: key, index } of text.matchAll(PLACEHOLDER)) {
    const known = mentions.named(key);
    if (key !== ALL && known === undefined) continue; // somebody typed it
    result += text.slice(from, index);
    from = index + key.length;
    if (known?.isSelf !== true) {
      result += key === ALL ? "@all" : `@${known?.name ?? ""}`;
      continue;
    }
    const isAtStart = result === "" || result.endsWith("\n");
    if (isAtStart && isBlank(text[from])) from += 1;
    else if (!isAtStart && isBlank(result.at(-1))) result = result.slice(0, -1);
  }
  return result + text.slice(from);
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\u{a0}";
}
