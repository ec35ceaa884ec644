/** The body of a bot message, the same in Stream Mode and in webhook mode. Unknown fields are kept. */
import * as z from "zod/mini";

const numeric = z.union([z.number(), z.string()]);
// The platform writes null for absent. An odd value of a field we can do without is absent too: the message is worth more.
function optional<T extends z.ZodMiniType>(inner: T): z.ZodMiniCatch<z.ZodMiniOptional<z.ZodMiniNullable<T>>> {
  return z.catch(z.optional(z.nullable(inner)), undefined);
}
const loose = z.record(z.string(), z.unknown());

const schema = z.looseObject({
  msgId: z.string().check(z.minLength(1)),
  msgtype: z.string(),
  conversationId: z.string().check(z.minLength(1)),
  conversationType: z.string(),
  conversationTitle: optional(z.string()),
  createAt: optional(numeric),
  senderId: optional(z.string()),
  senderStaffId: optional(z.string()),
  senderNick: optional(z.string()),
  senderCorpId: optional(z.string()),
  chatbotCorpId: optional(z.string()),
  chatbotUserId: optional(z.string()),
  isAdmin: optional(z.boolean()),
  isInAtList: optional(z.boolean()),
  atUsers: optional(
    z.array(
      z.catch(z.looseObject({ dingtalkId: optional(z.string()), staffId: optional(z.string()) }), {
        dingtalkId: undefined,
        staffId: undefined,
      }),
    ),
  ),
  robotCode: optional(z.string()),
  sessionWebhook: optional(z.string()),
  sessionWebhookExpiredTime: optional(numeric),
  text: optional(loose),
  content: optional(z.union([loose, z.string()])),
  originalMsgId: optional(z.string()),
  originalProcessQueryKey: optional(z.string()),
  quoteMessage: optional(loose),
});

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
  readonly isAdmin?: boolean | null | undefined;
  readonly isInAtList?: boolean | null | undefined;
  readonly atUsers?:
    | readonly { readonly dingtalkId?: string | null | undefined; readonly staffId?: string | null | undefined }[]
    | null
    | undefined;
  readonly robotCode?: string | null | undefined;
  /** A bearer address: whoever has it can write into the chat. */
  readonly sessionWebhook?: string | null | undefined;
  readonly sessionWebhookExpiredTime?: number | string | null | undefined;
  readonly text?: Readonly<Record<string, unknown>> | null | undefined;
  readonly content?: Readonly<Record<string, unknown>> | string | null | undefined;
  readonly originalMsgId?: string | null | undefined;
  readonly originalProcessQueryKey?: string | null | undefined;
  readonly quoteMessage?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Undefined when a field that everything needs is missing or of another type. */
export function parseBotMessage(data: unknown): BotMessage | undefined {
  const parsed = schema.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}
