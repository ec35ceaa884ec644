/** Patience: a delivery is tried again as long as that is safe, and until a deadline. Decides by outcome and verdict. */
import { channelError, ChannelError } from "../errors.ts";
import type { Clock } from "../clock.ts";

export interface Patience {
  readonly clock: Clock;
  /** Ends the waiting, not the delivery under way. */
  readonly signal: AbortSignal;
  /** ms since 1970; afterwards the error is thrown. */
  readonly until: number;
  /** True: a repeat after an unknown outcome is the same message. */
  readonly repeatable: () => boolean;
  readonly onRetry?: (error: ChannelError, waitMs: number) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/**
 * Runs `attempt` until it succeeds. Throws the last error when the platform's no is final, when the outcome is unknown and
 * a repeat would be a second message, when `until` has passed, or when `signal` aborts while waiting.
 */
export async function persist<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  for (let n = 0; ; n += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = asChannelError(thrown);
      const waitMs = waitBeforeNext(error, n, patience);
      if (waitMs === undefined || patience.clock.now() + waitMs > patience.until) throw error;
      patience.onRetry?.(error, waitMs);
      await sleepOrThrow(waitMs, patience, error);
    }
  }
}

/** True when trying again later can help; false when only a person can. */
export function isTransient(error: ChannelError): boolean {
  return error.outcome === "unknown" || error.verdict.kind !== "stop";
}

/** True when the platform surely has not done it, and will not: another route may be taken. */
export function isFinalNo(error: ChannelError): boolean {
  return !isTransient(error) && error.code !== "aborted" && error.code !== "closed";
}

/** What a channel throws by mistake is an unknown outcome: nobody can say what the platform has done. */
export function asChannelError(thrown: unknown): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  return channelError({
    code: "outcome_unknown",
    kind: "transport",
    message: `the channel failed unexpectedly: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    outcome: "unknown",
    cause: thrown,
    fix: { en: "This is a defect of the channel; report it with the log.", zh: "这是渠道的缺陷,请附日志反馈。" },
  });
}

function waitBeforeNext(error: ChannelError, n: number, patience: Patience): number | undefined {
  if (error.code === "aborted" || error.code === "closed") return undefined;
  if (error.outcome === "unknown" && !patience.repeatable()) return undefined;
  if (error.outcome !== "unknown" && error.verdict.kind === "stop") return undefined;
  const jittered = patience.clock.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** n);
  return error.verdict.kind === "retryLater" ? error.verdict.afterMs + jittered : jittered;
}

async function sleepOrThrow(waitMs: number, patience: Patience, error: ChannelError): Promise<void> {
  try {
    await patience.clock.sleep(waitMs, patience.signal);
  } catch (interrupted) {
    if (!patience.signal.aborted) throw interrupted;
    throw error;
  }
}
