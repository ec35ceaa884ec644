/** The body of a bot message, the same in Stream Mode and in webhook mode. Unknown fields are kept. */
import * as z from "zod/mini";

const NOBODY = { dingtalkId: undefined, staffId: undefined };

/** Times and durations: numbers in Stream Mode, strings elsewhere. */
export const numeric: z.ZodMiniUnion<[z.ZodMiniNumber, z.ZodMiniString]> = z.union([z.number(), z.string()]);

/** The platform writes null for absent. An odd value of a field we can do without is absent too: the message is worth more. */
export function optional<T extends z.ZodMiniType>(inner: T): z.ZodMiniCatch<z.ZodMiniOptional<z.ZodMiniNullable<T>>> {
  return z.catch(z.optional(z.nullable(inner)), undefined);
}

/** Ids that are all digits arrive as numbers now and then: `data` with those fields as text. */
export function withTextIds(data: unknown, fields: readonly string[]): unknown {
  if (typeof data !== "object" || data === null) return data;
  const given = data as Readonly<Record<string, unknown>>;
  let changed: Record<string, unknown> | undefined;
  for (const field of fields) {
    if (typeof given[field] === "number") (changed ??= { ...given })[field] = String(given[field]);
  }
  return changed ?? data;
}

const loose = z.record(z.string(), z.unknown());
/** An object or a list, or the same as JSON. */
const body = optional(z.union([loose, z.string(), z.array(z.unknown())]));
const flag = optional(z.union([z.boolean(), z.string()]));
const id = optional(numeric);

const schema = z.looseObject({
  msgId: z.string().check(z.minLength(1)),
  msgtype: z.catch(z.string(), ""),
  conversationId: z.string().check(z.minLength(1)),
  conversationType: z.string(),
  conversationTitle: optional(z.string()),
  createAt: id,
  senderId: optional(z.string()),
  senderStaffId: optional(z.string()),
  senderNick: optional(z.string()),
  senderCorpId: optional(z.string()),
  chatbotCorpId: optional(z.string()),
  chatbotUserId: optional(z.string()),
  isInAtList: flag,
  atUsers: optional(z.array(z.catch(z.looseObject({ dingtalkId: id, staffId: id }), NOBODY))),
  robotCode: optional(z.string()),
  sessionWebhook: optional(z.string()),
  sessionWebhookExpiredTime: id,
  text: body,
  content: body,
  originalMsgId: optional(z.string()),
  originalProcessQueryKey: optional(z.string()),
  quoteMessage: body,
});

/** Fields that are text, and may arrive as numbers. */
const TEXT_IDS = [
  "msgId",
  "conversationId",
  "conversationType",
  "conversationTitle",
  "senderId",
  "senderStaffId",
  "senderNick",
  "senderCorpId",
  "chatbotCorpId",
  "chatbotUserId",
  "robotCode",
  "originalMsgId",
  "originalProcessQueryKey",
] as const;

/** An object or a list, or the same as JSON. */
export type Body = Readonly<Record<string, unknown>> | readonly unknown[] | string | null | undefined;

export interface BotMessage {
  readonly msgId: string;
  readonly msgtype: string;
  readonly conversationId: string;
  /** `"1"` direct, `"2"` group. */
  readonly conversationType: string;
  readonly conversationTitle?: string | null | undefined;
  /** ms; a string in webhook mode. */
  readonly createAt?: number | string | null | undefined;
  readonly senderId?: string | null | undefined;
  /** Missing for people outside the organisation. */
  readonly senderStaffId?: string | null | undefined;
  readonly senderNick?: string | null | undefined;
  readonly senderCorpId?: string | null | undefined;
  readonly chatbotCorpId?: string | null | undefined;
  readonly chatbotUserId?: string | null | undefined;
  readonly isInAtList?: boolean | string | null | undefined;
  readonly atUsers?: readonly AtUser[] | null | undefined;
  readonly robotCode?: string | null | undefined;
  /** A bearer address: whoever has it can write into the chat. */
  readonly sessionWebhook?: string | null | undefined;
  readonly sessionWebhookExpiredTime?: number | string | null | undefined;
  readonly text?: Body;
  readonly content?: Body;
  readonly originalMsgId?: string | null | undefined;
  readonly originalProcessQueryKey?: string | null | undefined;
  readonly quoteMessage?: Body;
}

/** `staffId` only for members of the bot's own organisation. */
export interface AtUser {
  readonly dingtalkId?: string | number | null | undefined;
  readonly staffId?: string | number | null | undefined;
}

/** Undefined when a field that everything needs is missing or of another type. */
export function parseBotMessage(data: unknown): BotMessage | undefined {
  const parsed = schema.safeParse(withTextIds(data, TEXT_IDS));
  return parsed.success ? parsed.data : undefined;
}
