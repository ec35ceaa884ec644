/** The message that was replied to: its content only, neither its id nor its sender. Pure. */
import type { Quote } from "@openclaw-china/core";
import type { BotMessage } from "../wire/message.ts";
import { contentOf } from "./content.ts";

/** Undefined: nothing is quoted. */
export function quoteOf({ quote }: BotMessage, receivedAt: number): Quote | undefined {
  if (quote === undefined || quote === null) return undefined;
  return contentOf(quote, receivedAt);
}
