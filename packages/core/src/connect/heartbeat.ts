/** Liveness by frames: anything that arrives is life; after silence we ask, and only then do we give up. */
import type { Clock } from "../clock.ts";

/** What a heartbeat needs of a socket. */
export interface Pulse {
  /** ms since 1970 of the last byte from the other side. */
  lastActivityAt(): number;
  ping(): void;
}

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Silence before we ask; a function is asked each time. Default 20,000. */
  readonly quietMs?: number | (() => number);
  /** Wait for an answer. Default 10,000. */
  readonly answerMs?: number;
  /** How often we ask before we give up. Default 1. */
  readonly asks?: number;
  /** Asks every `quietMs`, whatever was heard meanwhile: the platform ends connections that do not. Default false. */
  readonly isSteady?: boolean;
}

/** A timer this late means that our own process was stalled, and the answer may lie unread. */
const STALL_MS = 5_000;

/** Resolves when the other side is dead; rejects when aborted. */
export async function untilDead(pulse: Pulse, options: HeartbeatOptions): Promise<void> {
  const { clock, signal, quietMs = 20_000, answerMs = 10_000, asks = 1, isSteady = false } = options;
  let askedAt = clock.now();
  let unanswered = 0;
  let isUrgent = false;
  for (;;) {
    const quietFor = clock.now() - (isSteady ? askedAt : pulse.lastActivityAt());
    const leastMs = typeof quietMs === "number" ? quietMs : quietMs();
    if (!isUrgent && quietFor < leastMs) {
      await clock.sleep(leastMs - quietFor, signal);
      continue;
    }
    askedAt = clock.now();
    pulse.ping();
    await clock.sleep(answerMs, signal);
    await new Promise((resolve) => setImmediate(resolve)); // an answer that has come and lies unread is read first
    isUrgent = pulse.lastActivityAt() < askedAt;
    if (!isUrgent) unanswered = 0;
    else if (clock.now() - askedAt - answerMs <= STALL_MS) unanswered += 1;
    if (unanswered >= asks) return;
  }
}
