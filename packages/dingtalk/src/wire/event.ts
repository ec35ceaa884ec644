/** Card actions, and the headers of events. */
import * as z from "zod/mini";

const action = z.looseObject({
  type: z.optional(z.string()),
  outTrackId: z.string(),
  userId: z.string(),
  spaceId: z.optional(z.nullable(z.string())),
  spaceType: z.optional(z.nullable(z.string())),
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
  const parsed = action.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

const event = z.looseObject({
  eventType: z.string(),
  eventId: z.string(),
  eventBornTime: z.optional(z.union([z.string(), z.number()])),
  eventCorpId: z.optional(z.string()),
});

export interface EventHeaders {
  readonly eventType: string;
  /** Stable over redelivery. */
  readonly eventId: string;
  readonly eventBornTime?: string | number | undefined;
  readonly eventCorpId?: string | undefined;
}

/** Undefined when the headers are not those of an event. */
export function parseEventHeaders(headers: unknown): EventHeaders | undefined {
  const parsed = event.safeParse(headers);
  return parsed.success ? parsed.data : undefined;
}
