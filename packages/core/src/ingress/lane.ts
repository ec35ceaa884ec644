/** Keys of an inbound: what duplicates are recognised by, and what is answered in order. */
import type { Inbound } from "../model/inbound.ts";

/** `channel:account:id`. */
export function keyOf(inbound: Inbound): string {
  return `${inbound.channel}:${inbound.account}:${inbound.id}`;
}

/** `channel:account`. */
export function queueOf(of: { readonly channel: string; readonly account: string }): string {
  return `${of.channel}:${of.account}`;
}

/**
 * A message's conversation; an action's card, so that a press is handled while a turn of the conversation waits for it;
 * everything else alone.
 */
export function laneOf(inbound: Inbound): string {
  if (inbound.kind === "message") return inbound.conversation.key;
  if (inbound.kind === "action" && inbound.message !== undefined) {
    return `card:${inbound.channel}:${inbound.account}:${inbound.message.id}`;
  }
  return `alone:${keyOf(inbound)}`;
}
