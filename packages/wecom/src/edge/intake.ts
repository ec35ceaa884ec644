/**
 * What came over the connection on its way into the inbox. The platform does not deliver again, so what meets a busy inbox is
 * kept and offered again, in order; when much has gathered, the connection is not read any further.
 */
import type { Clock, Inbound, Logger, Settled, Sink } from "@openclaw-china/core";

export interface Intake {
  /** Resolves when it is safe, or will not be taken; `busy` only when the listener is closed. Never rejects. */
  take(inbound: Inbound): Promise<Settled>;
  /** So much waits that no more should be read. */
  isFull(): boolean;
  /** Called when that has changed. */
  onChange(listener: () => void): void;
}

export interface IntakeOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Callbacks in memory that the inbox would not take. */
const MAX_WAITING = 256;

export function createIntake({ sink, clock, log, account, signal }: IntakeOptions): Intake {
  let waiting = 0;
  let changed = (): void => undefined;
  /** The last that waits: those behind it come after it. */
  let last: Promise<unknown> | undefined;

  const offer = async (inbound: Inbound): Promise<Settled> => {
    try {
      return await sink.offer(inbound);
    } catch (error) {
      log.error({ err: error, account }, "a message could not be offered; it is tried again");
      return "busy";
    }
  };

  const offerAgain = async (inbound: Inbound, before: Promise<unknown> | undefined): Promise<Settled> => {
    await before;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      if (signal.aborted) return "busy";
      const settled = await offer(inbound);
      if (settled !== "busy") return settled;
      await clock.sleep(pauseMs, signal).catch(() => "the listener is closed");
    }
  };

  const wait = async (inbound: Inbound): Promise<Settled> => {
    waiting += 1;
    const mine = offerAgain(inbound, last);
    last = mine;
    if (waiting === 1) log.warn({ account }, "the inbox is busy: messages wait, and are offered again");
    if (waiting === MAX_WAITING) changed();
    const settled = await mine;
    waiting -= 1;
    if (last === mine) last = undefined;
    if (waiting === MAX_WAITING - 1) changed();
    return settled;
  };

  return {
    async take(inbound) {
      if (last !== undefined) return wait(inbound);
      const settled = await offer(inbound);
      return settled === "busy" ? wait(inbound) : settled;
    },
    isFull: () => waiting >= MAX_WAITING,
    onChange(listener) {
      changed = listener;
    },
  };
}
