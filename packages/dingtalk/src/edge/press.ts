/**
 * A press of a card: what we know of its place and its person is filled in, and the platform is answered in time, by the
 * channel itself: whoever asked for the press is answered first, and the card says so at once.
 */
import type { ActionInbound, Sink } from "@openclaw-china/core";
import { answerPress, type PressAnswering, type Pressed } from "@openclaw-china/core/internal";
import type { Envelope } from "../wire/envelope.ts";
import { cardAck } from "./ack.ts";

export interface PressDesk extends PressAnswering {
  /** Where we have put a card. */
  readonly placeOf: (outTrackId: string) => Promise<Place | undefined>;
  readonly nameOf: (userId: string) => Promise<string | undefined>;
  /** What the card becomes. Pure. */
  readonly update: (pressed: Pressed) => object;
}

interface Place {
  readonly kind: "group" | "direct";
  readonly conversationId?: string;
  readonly robotCode: string;
}

interface Arrival {
  readonly envelope: Envelope;
  readonly inbound: ActionInbound;
  readonly sink: Sink;
  /** Until the listener is closed. */
  readonly signal: AbortSignal;
}

/** The acknowledgement. Undefined: the inbox is busy, and the platform shall repeat the press. */
export async function handlePress(
  desk: PressDesk,
  { envelope, inbound: given, sink, signal }: Arrival,
): Promise<string | undefined> {
  const inbound = await completed(desk, given);
  const pressed = await answerPress(desk, { inbound, sink, signal });
  if (pressed.outcome === "busy") return undefined;
  return cardAck(envelope, pressed.outcome === "late" ? {} : desk.update(pressed));
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

/** Where the card was put: the callback calls a direct chat what it calls a group. */
function at({ kind, conversationId, robotCode }: Place, inbound: ActionInbound): ActionInbound {
  const { channel, account, sender, raw } = inbound;
  const { spaceId } = raw as { readonly spaceId?: unknown };
  const told = typeof spaceId === "string" && spaceId.startsWith("cid") ? spaceId : undefined;
  const id = conversationId ?? told ?? `card-user:${sender.id}`;
  return {
    ...inbound,
    conversation: { kind, id, key: `${channel}:${account}:${id}` },
    replyTo: { conversationId: id, direct: kind === "direct", staffId: sender.id, robotCode },
  };
}
