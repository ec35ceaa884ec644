/**
 * A pressed card: whoever asked for the press is answered first, and the card says so at once, by the channel itself, since
 * the platform waits five seconds only. A second press, and the same again, get the same answer.
 */
import type { ActionInbound, Clock, Logger, Settled, Sink } from "@openclaw-china/core";
import type { SocketReply } from "../inbound/reply-to.ts";
import type { PressAnswer } from "./callback.ts";

/** Looks again after these, where nobody has asked yet: the question may have been shown a moment before it was recorded. */
const LOOK_AGAIN_MS = [100, 400, 1_500] as const;

export interface PressDesk {
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Answers who asked, once, and says what the card becomes. Undefined: it stays as it is. Never rejects. */
  readonly pressed: (
    inbound: ActionInbound,
  ) => Promise<{ readonly card: object; readonly words: string; readonly isPrivate: boolean } | undefined>;
  /** Over the long connection. Without `userIds` everybody's card changes. */
  readonly update: (
    reqId: string,
    update: { readonly card: object; readonly userIds?: readonly string[] },
    signal: AbortSignal,
  ) => Promise<void>;
}

/** Over the long connection. Never rejects. */
export async function handlePress(
  desk: PressDesk,
  {
    inbound,
    settled,
    signal,
  }: { readonly inbound: ActionInbound; readonly settled: Promise<Settled>; readonly signal: AbortSignal },
): Promise<void> {
  const outcome = await settled;
  const reply = inbound.replyTo as SocketReply | undefined;
  if (outcome === "refused" || outcome === "busy" || reply?.via !== "socket") return;
  const pressed = await becoming(desk, inbound, signal);
  if (pressed === undefined) return;
  const userIds = pressed.isPrivate ? { userIds: [inbound.sender.id] } : {};
  try {
    await desk.update(reply.reqId, { card: pressed.card, ...userIds }, signal);
  } catch (error) {
    desk.log.warn(
      { err: error, account: desk.account },
      "a pressed card could not be changed; the press counts all the same",
    );
  }
}

/** By callback: the answer goes back within the call. */
export async function answerPress(
  desk: Pick<PressDesk, "pressed" | "clock">,
  inbound: ActionInbound,
  sink: Sink,
): Promise<PressAnswer> {
  const settled = await sink.offer(inbound);
  if (settled === "busy" || settled === "refused") return { settled };
  const pressed = await becoming(desk, inbound, new AbortController().signal);
  if (pressed === undefined) return { settled };
  const { card, words, isPrivate } = pressed;
  return { settled, words, ...(isPrivate ? {} : { card }) };
}

/** What the card becomes. Undefined: it stays as it is. */
async function becoming(
  { pressed, clock }: Pick<PressDesk, "pressed" | "clock">,
  inbound: ActionInbound,
  signal: AbortSignal,
): ReturnType<PressDesk["pressed"]> {
  for (const afterMs of LOOK_AGAIN_MS) {
    const update = await pressed(inbound);
    if (update !== undefined || signal.aborted) return update;
    await clock.sleep(afterMs, signal).catch(() => "the listener is closed");
  }
  return pressed(inbound);
}
