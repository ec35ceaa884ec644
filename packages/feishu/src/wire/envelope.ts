/** Events as they come by both ways: schema 2.0, the older 1.0, and the address check of the console. */
import * as z from "zod/mini";

/** Schema 2.0, which everything in use has. */
export interface EventEnvelope {
  readonly schema: "2.0";
  readonly type: string;
  readonly eventId: string;
  readonly appId: string | undefined;
  /** The Verification Token. Empty over the long connection. */
  readonly token: string | undefined;
  /** ms since 1970; the platform writes ms, and µs for card callbacks. */
  readonly createdAt: number | undefined;
  readonly event: unknown;
}

/** Schema 1.0: to be acknowledged, and the operator told to switch. */
export interface OldEnvelope {
  readonly schema: "1.0";
  readonly type: string;
  readonly eventId: string;
  readonly token: string | undefined;
  readonly createdAt: number | undefined;
  readonly event: unknown;
}

/** The console's check of an address, which is never signed. */
export interface Challenge {
  readonly schema: "challenge";
  readonly challenge: string;
  readonly token: string | undefined;
}

export type Envelope = EventEnvelope | OldEnvelope | Challenge;

const text = z.optional(z.nullable(z.string()));
const current = z.looseObject({
  schema: z.string(),
  header: z.looseObject({
    event_id: z.string().check(z.minLength(1)),
    event_type: z.string(),
    token: text,
    create_time: z.optional(z.unknown()),
    app_id: text,
  }),
  event: z.optional(z.unknown()),
});
const old = z.looseObject({
  uuid: z.string().check(z.minLength(1)),
  token: text,
  ts: z.optional(z.unknown()),
  event: z.looseObject({ type: text }),
});
const challenge = z.looseObject({
  type: z.literal("url_verification"),
  challenge: z.string(),
  token: text,
});

/** Undefined when it is none of them. Never throws. */
export function parseEnvelope(payload: unknown): Envelope | undefined {
  const event = current.safeParse(payload);
  if (event.success) {
    const { event_id: eventId, event_type: type, token, create_time: created, app_id: appId } = event.data.header;
    const known = { appId: appId ?? undefined, token: token ?? undefined, createdAt: timeOf(created) };
    return { schema: "2.0", type, eventId, ...known, event: event.data.event };
  }
  const check = challenge.safeParse(payload);
  if (check.success) {
    return { schema: "challenge", challenge: check.data.challenge, token: check.data.token ?? undefined };
  }
  const older = old.safeParse(payload);
  if (!older.success) return undefined;
  const { uuid: eventId, token, ts } = older.data;
  const seconds = Number(ts);
  return {
    schema: "1.0",
    type: older.data.event.type ?? "unknown",
    eventId,
    token: token ?? undefined,
    createdAt: Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1_000) : undefined,
    event: older.data.event,
  };
}

/** Undefined when the text is no JSON. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return undefined; // malformed input is a value here, and the caller says so to the platform
  }
}

/** The first instant in µs that cannot be one in ms: in the year 5138. */
const MICROSECONDS = 1e14;

/** ms since 1970, from ms or µs, as a number or its digits. Undefined: none. */
export function timeOf(value: unknown): number | undefined {
  const at =
    typeof value === "number" || (typeof value === "string" && value.trim() !== "") ? Number(value) : Number.NaN;
  if (!Number.isFinite(at) || at <= 0) return undefined;
  return at >= MICROSECONDS ? Math.floor(at / 1_000) : at;
}
