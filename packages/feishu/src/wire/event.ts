/** Events beside messages: reactions, recalls, chats joined and left, menus, read receipts. */
import * as z from "zod/mini";
import type { PersonIds } from "./message.ts";

export interface ReactionEvent {
  readonly message_id: string;
  readonly reaction_type: { readonly emoji_type: string };
  /** `user` or `app`. */
  readonly operator_type?: string | null | undefined;
  readonly user_id?: PersonIds | null | undefined;
  readonly app_id?: string | null | undefined;
  readonly action_time?: unknown;
}

export interface RecallEvent {
  readonly message_id: string;
  readonly chat_id: string;
  readonly recall_time?: unknown;
}

export interface ChatEvent {
  readonly chat_id: string;
  readonly operator_id?: PersonIds | null | undefined;
  readonly name?: string | null | undefined;
  readonly external?: boolean | null | undefined;
}

export interface MenuEvent {
  readonly operator: {
    readonly operator_name?: string | null | undefined;
    readonly operator_id?: PersonIds | null | undefined;
  };
  readonly event_key: string;
  /** Seconds since 1970. */
  readonly timestamp?: unknown;
}

const text = z.optional(z.nullable(z.string()));
const ids = z.optional(z.nullable(z.looseObject({ open_id: text, union_id: text, user_id: text })));
const time = z.optional(z.unknown());

const reaction = z.looseObject({
  message_id: z.string(),
  reaction_type: z.looseObject({ emoji_type: z.string() }),
  operator_type: text,
  user_id: ids,
  app_id: text,
  action_time: time,
});
const recall = z.looseObject({ message_id: z.string(), chat_id: z.string(), recall_time: time });
const chat = z.looseObject({
  chat_id: z.string(),
  operator_id: ids,
  name: text,
  external: z.optional(z.nullable(z.boolean())),
});
const menu = z.looseObject({
  operator: z.looseObject({ operator_name: text, operator_id: ids }),
  event_key: z.string(),
  timestamp: time,
});

/** Undefined when it is none. Never throws; so are the others. */
export function parseReactionEvent(given: unknown): ReactionEvent | undefined {
  return reaction.safeParse(given).data;
}

export function parseRecallEvent(given: unknown): RecallEvent | undefined {
  return recall.safeParse(given).data;
}

/** The bot, or people, were added or removed, or a person opened the direct chat. */
export function parseChatEvent(given: unknown): ChatEvent | undefined {
  return chat.safeParse(given).data;
}

export function parseMenuEvent(given: unknown): MenuEvent | undefined {
  return menu.safeParse(given).data;
}
