/** Card actions, and the headers of events. */
import * as z from "zod/mini";
import { numeric, optional, withTextIds } from "./message.ts";

const ACTION_IDS = ["outTrackId", "userId", "spaceId"] as const;

const action = z.looseObject({
  type: optional(z.string()),
  outTrackId: z.string().check(z.minLength(1)),
  userId: z.string().check(z.minLength(1)),
  spaceId: optional(z.string()),
  spaceType: optional(z.string()),
  content: z.optional(z.unknown()),
  value: z.optional(z.unknown()),
});

export interface CardAction {
  readonly outTrackId: string;
  readonly userId: string;
  readonly spaceId?: string | null | undefined;
  readonly spaceType?: string | null | undefined;
  /** `{cardPrivateData: {actionIds, params}}`, as JSON or as an object. */
  readonly content?: unknown;
  /** The same under another name. */
  readonly value?: unknown;
}

/** Undefined when it is no card action. */
export function parseCardAction(data: unknown): CardAction | undefined {
  const parsed = action.safeParse(withTextIds(data, ACTION_IDS));
  return parsed.success ? parsed.data : undefined;
}

const EVENT_IDS = ["eventId", "eventCorpId"] as const;

const event = z.looseObject({
  eventType: z.string(),
  eventId: z.string().check(z.minLength(1)),
  eventBornTime: optional(numeric),
  eventCorpId: optional(z.string()),
});

export interface EventHeaders {
  readonly eventType: string;
  /** Stable over redelivery. */
  readonly eventId: string;
  readonly eventBornTime?: string | number | null | undefined;
  readonly eventCorpId?: string | null | undefined;
}

/** Undefined when the headers are not those of an event. */
export function parseEventHeaders(headers: unknown): EventHeaders | undefined {
  const parsed = event.safeParse(withTextIds(headers, EVENT_IDS));
  return parsed.success ? parsed.data : undefined;
}
