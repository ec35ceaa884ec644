/**
 * A press of a card: what we know of its place and its person is filled in, and the platform is answered in time, by the
 * channel itself: whoever asked for the press is answered first, and the card says so at once.
 */
import type { ActionInbound, Clock, Logger, Settled, Sink, Store } from "@openclaw-china/core";
import { type Pressed, pressAsk } from "@openclaw-china/core/internal";
import type { Envelope } from "../wire/envelope.ts";
import { cardAck } from "./ack.ts";

/** Looks again after these, where nobody has asked yet: the question may have been shown a moment before it was recorded. */
const LOOK_AGAIN_MS = [500, 1_500, 4_000] as const;
/** The platform waits a few seconds; after this long the card stays as it is, and the press counts all the same. */
const ANSWER_MS = 2_500;

export interface PressDesk {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Where we have put a card. */
  readonly placeOf: (outTrackId: string) => Promise<Place | undefined>;
  readonly nameOf: (userId: string) => Promise<string | undefined>;
  /** What the card becomes. Pure. */
  readonly update: (pressed: Pressed) => object;
  /** The same by a call, where the acknowledgement came too early for it. */
  readonly change: (
    card: string,
    pressed: Pressed,
    press: { readonly userId: string; readonly signal: AbortSignal },
  ) => Promise<void>;
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
  const settled: Settled = await sink.offer(inbound);
  if (settled === "busy") return undefined;
  if (settled === "refused") return cardAck(envelope, {});
  const pressed = await inTime(desk, inbound);
  if (pressed === undefined || pressed.outcome === "unclaimed") void lookAgain(desk, inbound, signal);
  return cardAck(envelope, pressed === undefined ? {} : desk.update(pressed));
}

/** A redelivery and a second press by the same person get the same answer as the first. Undefined: it takes too long. */
async function inTime(desk: PressDesk, inbound: ActionInbound): Promise<Pressed | undefined> {
  const { clock, log, account } = desk;
  const done = new AbortController();
  try {
    const late = clock.sleep(ANSWER_MS, done.signal).then(
      () => undefined,
      () => undefined,
    );
    return await Promise.race([pressAsk(desk, inbound), late]);
  } catch (error) {
    log.warn({ err: error, account }, "a pressed card could not be changed at once; the press counts all the same");
    return undefined;
  } finally {
    done.abort(new Error("the press is answered"));
  }
}

/** Never rejects. */
async function lookAgain(desk: PressDesk, inbound: ActionInbound, signal: AbortSignal): Promise<void> {
  const card = inbound.message?.id;
  try {
    for (const afterMs of LOOK_AGAIN_MS) {
      await desk.clock.sleep(afterMs, signal);
      const pressed = await pressAsk(desk, inbound);
      if (pressed.outcome === "unclaimed" || card === undefined) continue;
      await desk.change(card, pressed, { userId: inbound.sender.id, signal });
      return;
    }
  } catch (error) {
    if (!signal.aborted) desk.log.warn({ err: error, account: desk.account }, "a pressed card could not be changed");
  }
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
