/**
 * What comes in: one platform event, normalised. Plain JSON throughout, because the inbox stores it.
 * Made by a channel's `inbound/normalise.ts`, read by everything behind `sink.offer`.
 */
import type { MessageRef } from "./outbound.ts";

export type Inbound =
  | MessageInbound
  | ActionInbound
  | MembershipInbound
  | ReactionInbound
  | RecallInbound
  | OtherInbound;
export type InboundKind = Inbound["kind"];
/** The inbound of one kind. */
export type InboundOf<K extends InboundKind> = Extract<Inbound, { readonly kind: K }>;

/** Common to every kind. Times are ms since 1970. */
export interface InboundBase {
  /** Stable over redelivery; with channel and account the key that duplicates are recognised by. */
  readonly id: string;
  /** The channel's id, for example `"dingtalk"`. */
  readonly channel: string;
  readonly account: string;
  /** Absent where the platform does not say when. */
  readonly sentAt?: number;
  readonly receivedAt: number;
  /** Opaque; only the channel that made it reads it. May hold a bearer address: never logged or traced. */
  readonly replyTo?: unknown;
  /** The platform's own event, after its schema. */
  readonly raw: unknown;
}

/** A person (or bot) wrote something. */
export interface MessageInbound extends InboundBase {
  readonly kind: "message";
  readonly conversation: Conversation;
  readonly sender: Person;
  /** The bot's mention removed, the others as `@name`; speech as the platform heard it. */
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly mentionsSelf: boolean;
  readonly mentionsAll: boolean;
  /** In order of appearance. */
  readonly attachments: readonly FileRef[];
  readonly quote?: Quote;
  /** The platform handed over nothing that can be read: what the person is told, unless a listener takes the message. */
  readonly unreadable?: string;
  /** Set when a press that no `on("action")` took is offered as a message. */
  readonly action?: { readonly button: string; readonly values: FormValues };
}

/** A button of a card, or an entry of a menu, was pressed. */
export interface ActionInbound extends InboundBase {
  readonly kind: "action";
  readonly source: "card" | "menu";
  readonly conversation: Conversation;
  readonly sender: Person;
  readonly button: string;
  readonly values: FormValues;
  /** The card that was pressed, for `turn.edit`. */
  readonly message?: MessageRef;
}

/** Somebody joined or left, or opened the direct chat. */
export interface MembershipInbound extends InboundBase {
  readonly kind: "membership";
  /** `opened`: a person opened the direct chat with the bot; the time to greet. */
  readonly change: "joined" | "left" | "opened";
  readonly who: "self" | "others";
  readonly conversation: Conversation;
  readonly sender?: Person;
}

/** An emoji was put on a message, or taken off. */
export interface ReactionInbound extends InboundBase {
  readonly kind: "reaction";
  readonly change: "added" | "removed";
  readonly emoji: string;
  readonly message?: MessageRef;
  readonly conversation?: Conversation;
  readonly sender: Person;
}

/** A message was taken back by its sender. */
export interface RecallInbound extends InboundBase {
  readonly kind: "recall";
  readonly messageId: string;
  readonly conversation: Conversation;
  readonly sender?: Person;
}

/** What a platform sends and this version does not know. Never an exception. */
export interface OtherInbound extends InboundBase {
  readonly kind: "other";
  /** The platform's own name of the event. */
  readonly type: string;
  readonly conversation?: Conversation;
  readonly sender?: Person;
}

/** A direct chat or a group, with the thread inside it where there is one. */
export interface Conversation {
  readonly kind: "direct" | "group";
  readonly id: string;
  readonly title?: string;
  readonly threadId?: string;
  /** Unique over channels, accounts and threads: key your history by it. */
  readonly key: string;
}

export interface Person {
  readonly id: string;
  readonly name?: string;
  readonly isBot: boolean;
  /** The bot's own message, come back: dropped before any policy, whatever `allowBots` says. */
  readonly isSelf?: boolean;
  /** Not of the bot's own organisation. */
  readonly isExternal?: boolean;
}

export interface Mention {
  readonly id?: string;
  readonly name: string;
  readonly isSelf: boolean;
}

/** The message that was replied to. */
export interface Quote {
  readonly id?: string;
  readonly text: string;
  readonly sender?: Person;
  readonly attachments: readonly FileRef[];
}

/** A file at the platform. `handle` is opaque. */
export interface FileRef {
  readonly media: "image" | "voice" | "video" | "file";
  /** As the sender called it: untrusted, never a path. */
  readonly name?: string;
  readonly sizeBytes?: number;
  readonly durationMs?: number;
  /** The address dies then (ms since 1970): core fetches the file right after the commit, and `download` reads the copy. */
  readonly expiresAt?: number;
  readonly handle: unknown;
}

/** What was filled into a card, by input id. */
export type FormValues = Readonly<Record<string, string | readonly string[]>>;
