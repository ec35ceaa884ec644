/** The body of a message to an intelligent bot, the same over the long connection and by callback. Unknown fields are kept. */
import * as z from "zod/mini";

/** Absent, null, or of another type where we can do without: the message is worth more than the odd field. */
export function optional<T extends z.ZodMiniType>(inner: T): z.ZodMiniCatch<z.ZodMiniOptional<z.ZodMiniNullable<T>>> {
  return z.catch(z.optional(z.nullable(inner)), undefined);
}

/** `userid` is encrypted (`wo…`) where the bot is open to other corporations; `corpid` is theirs then. */
export const from: z.ZodMiniObject<{
  userid: z.ZodMiniString;
  corpid: z.ZodMiniCatch<z.ZodMiniOptional<z.ZodMiniNullable<z.ZodMiniString>>>;
}> = z.looseObject({ userid: z.string().check(z.minLength(1)), corpid: optional(z.string()) });

const schema = z.looseObject({
  msgid: z.string().check(z.minLength(1)),
  aibotid: optional(z.string()),
  chatid: optional(z.string()),
  chattype: optional(z.string()),
  from,
  msgtype: z.string(),
  create_time: optional(z.number()),
  response_url: optional(z.string()),
  quote: optional(z.record(z.string(), z.unknown())),
});

export interface BotMessage {
  readonly msgid: string;
  readonly aibotid?: string | null | undefined;
  /** Only in groups. */
  readonly chatid?: string | null | undefined;
  /** `single` or `group`. */
  readonly chattype?: string | null | undefined;
  readonly from: Sender;
  readonly msgtype: string;
  /** Seconds; as a rule absent. */
  readonly create_time?: number | null | undefined;
  /** A bearer address: whoever has it can answer in the bot's name, once. */
  readonly response_url?: string | null | undefined;
  readonly quote?: Readonly<Record<string, unknown>> | null | undefined;
  readonly [field: string]: unknown;
}

export interface Sender {
  readonly userid: string;
  readonly corpid?: string | null | undefined;
}

/** Undefined when a field that everything needs is missing or of another type. */
export function parseBotMessage(data: unknown): BotMessage | undefined {
  const parsed = schema.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}
