/** Bodies of encrypted event callbacks, sealed and opened. */
import * as z from "zod/mini";
import { optional, withTextIds } from "./message.ts";

const sealed = z.looseObject({ encrypt: z.string().check(z.minLength(1)) });

/** The sealed text. Undefined when the body is no encrypted callback. */
export function parseSealed(body: unknown): string | undefined {
  const parsed = sealed.safeParse(body);
  return parsed.success ? parsed.data.encrypt : undefined;
}

const event = z.looseObject({
  EventType: optional(z.string()),
  eventType: optional(z.string()),
  EventId: optional(z.string()),
  eventId: optional(z.string()),
  Random: optional(z.string()),
});

export interface CallbackEvent {
  /** Empty: it says none. */
  readonly type: string;
  /** What some events have, and keep over redelivery. */
  readonly eventId?: string;
  /** What an address check of a third-party app wants back. */
  readonly random?: string;
}

/** Read leniently: an event may also be a list, whose first says what it is. Undefined when it is neither object nor list. */
export function parseCallbackEvent(payload: unknown): CallbackEvent | undefined {
  const first: unknown = Array.isArray(payload) ? (payload[0] ?? {}) : payload;
  const parsed = event.safeParse(withTextIds(first, ["EventId", "eventId", "Random"]));
  if (!parsed.success) return undefined;
  const { EventType, eventType, EventId, eventId, Random } = parsed.data;
  const id = EventId || eventId;
  return {
    type: EventType || eventType || "",
    ...(id ? { eventId: id } : {}),
    ...(Random ? { random: Random } : {}),
  };
}
