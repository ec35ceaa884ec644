/**
 * The "thinking" sign of a turn: put up when the turn begins, taken off when the first words are about to be seen, and in
 * every case before the turn is over. A turn that is taken up again after a crash takes it off again.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { OpenChannel } from "../model/channel.ts";
import type { Inbound } from "../model/inbound.ts";
import { addressOf } from "./turn.ts";

export interface Presence {
  /** The first words are about to be seen. Idempotent, never throws, nobody waits. */
  end(): void;
  /** Resolves when the sign is off, or was given up after a while. */
  ended(): Promise<void>;
}

/** A turn waits no longer than this for the platform to take its sign off. */
const PATIENCE_MS = 1_500;

export interface PresenceOptions {
  readonly channel: Pick<OpenChannel, "presence">;
  readonly inbound: Inbound;
  readonly key: string;
  /** An earlier attempt may have left its sign. */
  readonly isRepeat: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Undefined where there is no sign: this channel has none, or nobody wrote anything. */
export function showPresence(options: PresenceOptions): Presence | undefined {
  const { channel, inbound, key, isRepeat, signal, clock, log } = options;
  const { presence } = channel;
  if (presence === undefined || inbound.kind !== "message") return undefined;
  const show = async (state: "working" | "done"): Promise<"skipped" | void> => {
    try {
      return await presence(addressOf(inbound), state, { replyTo: inbound.replyTo, signal });
    } catch (error) {
      log.debug({ err: error, key }, "the thinking sign could not be changed");
    }
  };
  const working = show("working");
  let ending: Promise<void> | undefined;
  /** What was never put up is not taken off: that would cost a call, and the turn would wait for it. */
  const takeOff = async (): Promise<void> => {
    if ((await working) !== "skipped" || isRepeat) await show("done");
  };
  const end = (): Promise<void> => (ending ??= takeOff());
  return {
    end: () => void end(),
    async ended() {
      const done = new AbortController();
      const patience = clock.sleep(PATIENCE_MS, done.signal).catch(() => "it was off in time");
      await Promise.race([end(), patience]);
      done.abort(new Error("decided"));
    },
  };
}
