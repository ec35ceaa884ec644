/** What came in by either way: judged by its kind, handed over, and what the platform is told. */
import type { Clock, Logger, Sink } from "@openclaw-china/core";
import { CARD, MESSAGE, normalise, normaliseOldPress, type Self } from "../inbound/normalise.ts";
import { type CardAction, parseOldCardAction } from "../wire/callback.ts";
import { type EventEnvelope, type OldEnvelope, parseEnvelope } from "../wire/envelope.ts";
import { parseMessageEvent } from "../wire/message.ts";
import { handlePress, type PressDesk } from "./press.ts";

/** The bot's open_id. */
export interface Identity {
  /** Undefined: not known yet. */
  readonly openId: string | undefined;
  /** Resolves with it, or with undefined when it is not to be had in time for an answer. Never rejects. */
  wait(): Promise<string | undefined>;
}

export interface Desk {
  readonly account: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly identity: Identity;
  readonly press: PressDesk;
}

/** `busy`: the platform shall push it again. `taken` with a body: the answer to a callback. */
export type Taken =
  | { readonly kind: "taken"; readonly callback?: object }
  | { readonly kind: "busy" }
  | { readonly kind: "unreadable" };

/** An event whose origin is known to be the platform. */
export async function takeEvent(desk: Desk, payload: unknown): Promise<Taken> {
  const envelope = parseEnvelope(payload);
  if (envelope === undefined) {
    const press = parseOldCardAction(payload);
    return press === undefined ? { kind: "unreadable" } : takeOldPress(desk, press, payload);
  }
  return envelope.schema === "challenge" ? { kind: "taken" } : takeEnvelope(desk, envelope);
}

async function takeEnvelope(desk: Desk, envelope: EventEnvelope | OldEnvelope): Promise<Taken> {
  if (envelope.schema === "1.0") {
    desk.log.warn(
      { account: desk.account, type: envelope.type },
      "an event came in schema 1.0, which has no meaning here: choose version 2.0 of it in the console",
    );
  }
  const known = await openIdFor(desk, envelope);
  if (known === undefined) return { kind: "busy" };
  const inbound = normalise(envelope, selfOf(desk, known.openId));
  if (inbound.kind === "action" && envelope.type === CARD) {
    const callback = await handlePress(desk.press, { inbound, sink: desk.sink, signal: desk.signal });
    return callback === undefined ? { kind: "busy" } : { kind: "taken", callback };
  }
  return (await desk.sink.offer(inbound)) === "busy" ? { kind: "busy" } : { kind: "taken" };
}

async function takeOldPress(desk: Desk, press: CardAction, raw: unknown): Promise<Taken> {
  const inbound = normaliseOldPress(press, raw, selfOf(desk, desk.identity.openId));
  const callback = await handlePress(desk.press, { inbound, sink: desk.sink, signal: desk.signal });
  return callback === undefined ? { kind: "busy" } : { kind: "taken", callback };
}

/** Whether a group's message is for the bot cannot be said without knowing who the bot is: it is pushed again then. */
async function openIdFor(
  { identity }: Desk,
  envelope: EventEnvelope | OldEnvelope,
): Promise<{ readonly openId: string | undefined } | undefined> {
  const { openId } = identity;
  if (openId !== undefined || envelope.schema !== "2.0" || envelope.type !== MESSAGE) return { openId };
  const message = parseMessageEvent(envelope.event)?.message;
  if (message === undefined || message.chat_type === "p2p") return { openId };
  const told = await identity.wait();
  return told === undefined ? undefined : { openId: told };
}

function selfOf({ account, clock }: Desk, openId: string | undefined): Self {
  return { account, openId, now: clock.now };
}
