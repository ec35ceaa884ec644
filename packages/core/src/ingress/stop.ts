/** Inbounds that abort a running turn: stop words and recalls. They never queue behind the turn they shall end. */
import type { Inbound } from "../model/inbound.ts";
import type { StopReason } from "../state/state.ts";

/** Which turn an inbound ends. */
export interface StopOrder {
  readonly lane: string;
  readonly reason: StopReason;
  readonly only: { readonly sender?: string; readonly id?: string };
}

/**
 * Undefined: it stops nothing. A stop word is the whole text, any case; in a group it counts only from the person whose
 * message is running, in a direct chat always.
 */
export function stopOrderOf(inbound: Inbound, stopWords: ReadonlySet<string>): StopOrder | undefined {
  if (inbound.kind === "recall") {
    return { lane: inbound.conversation.key, reason: "recalled", only: { id: inbound.messageId } };
  }
  if (inbound.kind !== "message" || inbound.attachments.length > 0) return undefined;
  if (!stopWords.has(inbound.text.trim().toLowerCase())) return undefined;
  const only = inbound.conversation.kind === "direct" ? {} : { sender: inbound.sender.id };
  return { lane: inbound.conversation.key, reason: "stopped", only };
}

/** The words in the form `stopOrderOf` compares with. */
export function stopWordSet(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.map((word) => word.trim().toLowerCase()));
}
