/** A press of a card: what it did is said in the answer itself, within the platform's 3 s. */
import type { ActionInbound, Sink } from "@openclaw-china/core";
import { answerPress, type PressAnswering, type Pressed } from "@openclaw-china/core/internal";
import type { ReplyTo } from "../inbound/reply-to.ts";

export interface PressDesk extends PressAnswering {
  /** Where we have put a card. */
  readonly placeOf: (messageId: string) => Promise<CardPlace | undefined>;
  readonly nameOf: (userId: string) => Promise<string | undefined>;
  /** The answer: a notice for the person, and what the card becomes for all. Pure, but for the card as it was. */
  readonly answer: (press: ActionInbound, pressed: Pressed) => Promise<object>;
}

/** The callback says neither whether a chat is direct, nor in which thread the card is. */
interface CardPlace {
  readonly kind: "group" | "direct";
  readonly threadId?: string;
  readonly rootId?: string;
}

/** The body to answer with. Undefined: the inbox is busy. */
export async function handlePress(
  desk: PressDesk,
  { inbound, sink, signal }: { readonly inbound: ActionInbound; readonly sink: Sink; readonly signal: AbortSignal },
): Promise<object | undefined> {
  const press = await completed(desk, inbound);
  const pressed = await answerPress(desk, { inbound: press, sink, signal });
  if (pressed.outcome === "busy") return undefined;
  return pressed.outcome === "late" ? {} : desk.answer(press, pressed);
}

/** The press as it came, where the Store gives no more. */
async function completed(desk: PressDesk, inbound: ActionInbound): Promise<ActionInbound> {
  const card = inbound.message?.id;
  if (card === undefined) return inbound;
  try {
    const [place, name] = await Promise.all([desk.placeOf(card), desk.nameOf(inbound.sender.id)]);
    const sender = name === undefined ? inbound.sender : { ...inbound.sender, name };
    return place === undefined ? { ...inbound, sender } : at(place, { ...inbound, sender });
  } catch (error) {
    desk.log.warn({ err: error, account: desk.account }, "what is known of a pressed card could not be read");
    return inbound;
  }
}

/** What follows stays where the card is. */
function at({ kind, threadId, rootId }: CardPlace, inbound: ActionInbound): ActionInbound {
  const { conversation, replyTo } = inbound;
  if (threadId === undefined) return { ...inbound, conversation: { ...conversation, kind } };
  const place = { threadId, ...(rootId === undefined ? {} : { rootId }) };
  return {
    ...inbound,
    conversation: { ...conversation, kind, threadId, key: `${conversation.key}:${threadId}` },
    replyTo: { ...(replyTo as ReplyTo), ...place } satisfies ReplyTo,
  };
}
