/** `im.message.receive_v1`: a message to the bot, or in a group where it is. */
import * as z from "zod/mini";

const text = z.optional(z.nullable(z.string()));
const ids = z.optional(z.nullable(z.looseObject({ open_id: text, union_id: text, user_id: text })));

/** The ids a person has: per app, per developer, per tenant. Empty ones are as good as none. */
export interface PersonIds {
  readonly open_id?: string | null | undefined;
  readonly union_id?: string | null | undefined;
  readonly user_id?: string | null | undefined;
}

export interface RawMention {
  /** `@_user_1`, which stands for it in the text. */
  readonly key: string;
  readonly id?: PersonIds | null | undefined;
  readonly name?: string | null | undefined;
}

export interface MessageEvent {
  readonly sender: {
    readonly sender_id?: PersonIds | null | undefined;
    readonly sender_type?: string | null | undefined;
    readonly tenant_key?: string | null | undefined;
  };
  readonly message: {
    readonly message_id: string;
    readonly root_id?: string | null | undefined;
    readonly parent_id?: string | null | undefined;
    readonly thread_id?: string | null | undefined;
    readonly create_time?: unknown;
    readonly chat_id: string;
    /** `p2p`, `group`, `topic_group`. */
    readonly chat_type?: string | null | undefined;
    readonly message_type: string;
    /** JSON. */
    readonly content?: unknown;
    readonly mentions?: readonly RawMention[] | null | undefined;
  };
}

const mention = z.looseObject({
  key: z.string(),
  id: ids,
  name: text,
});

const event = z.looseObject({
  sender: z.looseObject({ sender_id: ids, sender_type: text, tenant_key: text }),
  message: z.looseObject({
    message_id: z.string().check(z.minLength(1)),
    root_id: text,
    parent_id: text,
    thread_id: text,
    create_time: z.optional(z.unknown()),
    chat_id: z.string().check(z.minLength(1)),
    chat_type: text,
    message_type: z.string(),
    content: z.optional(z.unknown()),
    mentions: z.optional(z.nullable(z.array(mention))),
  }),
});

/** Undefined when it is none. Never throws. */
export function parseMessageEvent(given: unknown): MessageEvent | undefined {
  const parsed = event.safeParse(given);
  return parsed.success ? parsed.data : undefined;
}

/** The id to know a person by: of this app, else of the developer, else of the tenant; "" when there is none. */
export function personId(given: PersonIds | null | undefined): string {
  return given?.open_id || given?.union_id || given?.user_id || "";
}
