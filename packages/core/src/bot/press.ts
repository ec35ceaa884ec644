/**
 * A press of a card, answered by the channel itself and in time: it is safe first, whoever asked for it is answered, and what
 * it did is known while the platform waits. Where nobody has asked yet, it is looked at again a little later.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Sink } from "../model/channel.ts";
import type { ActionInbound } from "../model/inbound.ts";
import type { Store } from "../state/state.ts";
import { pressAsk, type Pressed } from "./ask.ts";

/** Looks again after these: the question may have been shown a moment before it was recorded. */
const LOOK_AGAIN_MS = [500, 1_500, 4_000] as const;
/** Platforms wait 3 to 5 s; after this long the card stays as it is, and the press counts all the same. */
const ANSWER_MS = 2_500;

export interface PressAnswering {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Changes the card by a call, where the answer to the press came too early for it. */
  readonly change: (press: ActionInbound, pressed: Pressed, signal: AbortSignal) => Promise<void>;
}

/** `busy`: the platform shall repeat the press. `late`: it is safe, and what it did is not known yet. */
export type PressAnswer = Pressed | { readonly outcome: "busy" } | { readonly outcome: "late" };

/**
 * Never rejects. A redelivery, and a second press by the same person, get the same answer as the first. `signal`: until the
 * listener is closed.
 */
export async function answerPress(
  desk: PressAnswering,
  { inbound, sink, signal }: { readonly inbound: ActionInbound; readonly sink: Sink; readonly signal: AbortSignal },
): Promise<PressAnswer> {
  const settled = await sink.offer(inbound);
  if (settled === "busy") return { outcome: "busy" };
  if (settled === "refused") return { outcome: "unclaimed" };
  const pressed = await inTime(desk, inbound);
  if (pressed.outcome === "unclaimed" || pressed.outcome === "late") void lookAgain(desk, inbound, signal);
  return pressed;
}

async function inTime(desk: PressAnswering, inbound: ActionInbound): Promise<PressAnswer> {
  const { clock, log, account } = desk;
  const done = new AbortController();
  const late = { outcome: "late" } as const;
  try {
    const deadline = clock.sleep(ANSWER_MS, done.signal).then(
      () => late,
      () => late,
    );
    return await Promise.race([pressAsk(desk, inbound), deadline]);
  } catch (error) {
    log.warn({ err: error, account }, "a pressed card could not be changed at once; the press counts all the same");
    return late;
  } finally {
    done.abort(new Error("the press is answered"));
  }
}

/** Never rejects. */
async function lookAgain(desk: PressAnswering, inbound: ActionInbound, signal: AbortSignal): Promise<void> {
  try {
    for (const afterMs of LOOK_AGAIN_MS) {
      await desk.clock.sleep(afterMs, signal);
      const pressed = await pressAsk(desk, inbound);
      if (pressed.outcome === "unclaimed") continue;
      await desk.change(inbound, pressed, signal);
      return;
    }
  } catch (error) {
    if (!signal.aborted) desk.log.warn({ err: error, account: desk.account }, "a pressed card could not be changed");
  }
}
