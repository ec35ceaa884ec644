/** A pressed card, in today's form (`card.action.trigger`) and in the old one, which has no envelope and comes by HTTP only. */
import * as z from "zod/mini";
import type { PersonIds } from "./message.ts";

/** Both forms as one. */
export interface CardAction {
  readonly operator: PersonIds;
  /** For two updates within 30 min: a bearer. */
  readonly token: string | undefined;
  readonly messageId: string | undefined;
  readonly chatId: string | undefined;
  readonly action: PressedElement;
}

export interface PressedElement {
  readonly tag?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** An object, or a text, as the card has it. */
  readonly value?: unknown;
  readonly form_value?: Readonly<Record<string, unknown>> | null | undefined;
  readonly input_value?: string | null | undefined;
  readonly option?: string | null | undefined;
  readonly options?: readonly string[] | null | undefined;
  readonly checked?: boolean | null | undefined;
}

const text = z.optional(z.nullable(z.string()));
const action = z.looseObject({
  tag: text,
  name: text,
  value: z.optional(z.unknown()),
  form_value: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
  input_value: text,
  option: text,
  options: z.optional(z.nullable(z.array(z.string()))),
  checked: z.optional(z.nullable(z.boolean())),
});

const current = z.looseObject({
  operator: z.looseObject({ open_id: text, union_id: text, user_id: text }),
  token: text,
  action,
  context: z.optional(z.nullable(z.looseObject({ open_message_id: text, open_chat_id: text }))),
});

const old = z.looseObject({
  open_id: z.string(),
  user_id: text,
  open_message_id: z.string(),
  open_chat_id: text,
  token: text,
  action,
});

/** Of an event of type `card.action.trigger`. Undefined when it is none. Never throws. */
export function parseCardAction(given: unknown): CardAction | undefined {
  const parsed = current.safeParse(given).data;
  if (parsed === undefined) return undefined;
  const { operator, token, context } = parsed;
  return {
    operator,
    token: token ?? undefined,
    messageId: context?.open_message_id ?? undefined,
    chatId: context?.open_chat_id ?? undefined,
    action: parsed.action,
  };
}

/** Of a body without an envelope. Undefined when it is none. Never throws. */
export function parseOldCardAction(given: unknown): CardAction | undefined {
  const parsed = old.safeParse(given).data;
  if (parsed === undefined) return undefined;
  const { open_id, user_id, open_message_id: messageId, open_chat_id: chatId, token } = parsed;
  return {
    operator: { open_id, user_id },
    token: token ?? undefined,
    messageId,
    chatId: chatId ?? undefined,
    action: parsed.action,
  };
}
