/** Events of an intelligent bot. */
import * as z from "zod/mini";
import { from, optional, type Sender } from "./message.ts";

const event = z.looseObject({
  msgid: optional(z.string()),
  create_time: optional(z.number()),
  chatid: optional(z.string()),
  chattype: optional(z.string()),
  from: optional(from),
  response_url: optional(z.string()),
  msgtype: z.literal("event"),
  event: z.looseObject({ eventtype: z.string() }),
});

export interface BotEvent {
  readonly msgid?: string | null | undefined;
  /** Seconds. */
  readonly create_time?: number | null | undefined;
  readonly chatid?: string | null | undefined;
  readonly chattype?: string | null | undefined;
  /** Nobody sends `disconnected_event`. */
  readonly from?: Sender | null | undefined;
  readonly response_url?: string | null | undefined;
  readonly event: { readonly eventtype: string; readonly [field: string]: unknown };
}

/** Undefined when it is no event. */
export function parseBotEvent(data: unknown): BotEvent | undefined {
  const parsed = event.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

const selected = z.looseObject({
  question_key: z.string(),
  option_ids: z.catch(z.looseObject({ option_id: z.catch(z.array(z.string()), []) }), { option_id: [] }),
});
const press = z.looseObject({
  card_type: optional(z.string()),
  event_key: z.string(),
  task_id: optional(z.string()),
  selected_items: optional(z.looseObject({ selected_item: optional(z.array(selected)) })),
});

/** What was pressed, whichever way in told it. */
export interface CardPress {
  readonly button: string;
  /** The card, as we have called it when it was sent. */
  readonly taskId: string | undefined;
  readonly selected: readonly { readonly question: string; readonly options: readonly string[] }[];
}

/** Undefined when it says no button. */
export function parseCardPress({ event: { template_card_event: body } }: BotEvent): CardPress | undefined {
  const parsed = press.safeParse(body);
  if (!parsed.success) return undefined;
  const { event_key: button, task_id: taskId, selected_items: items } = parsed.data;
  return {
    button,
    taskId: taskId ?? undefined,
    selected: (items?.selected_item ?? []).map(({ question_key: question, option_ids: { option_id: options } }) => ({
      question,
      options,
    })),
  };
}

const feedback = z.looseObject({ id: z.string(), type: z.number() });

export interface Feedback {
  /** As we have called the answer when it was sent. */
  readonly id: string;
  /** 1 accurate, 2 inaccurate, 3 withdrawn. */
  readonly type: number;
}

/** Undefined when it says nothing of an answer. */
export function parseFeedback({ event: { feedback_event: body } }: BotEvent): Feedback | undefined {
  const parsed = feedback.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}
