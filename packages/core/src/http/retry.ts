/** Repeats a call as its error's verdict says, with full jitter. For calls; `reply/persist.ts` is for deliveries. */
import type { Clock } from "../clock.ts";
import { ChannelError } from "../errors.ts";

export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tries in all. Default 3. */
  readonly attempts?: number;
  /** Repeat also when nobody knows what the call has done: only for calls that may be made twice. */
  readonly repeatUnknown: boolean;
  /** Before a try that starts afresh: drop the token, fetch a new address. */
  readonly onStartAfresh?: (error: ChannelError) => void | Promise<void>;
  /** Default 300. */
  readonly baseMs?: number;
  /** Longest wait that is taken here; a longer `retryLater` is left to the caller. Default 10,000. */
  readonly maxMs?: number;
}

/** Rejects with the last error, also when called off while it waits. `startAfresh` is obeyed once. */
export async function retry<T>(attempt: (n: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts = 3 } = options;
  let afresh = false;
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(n);
    } catch (error) {
      if (!(error instanceof ChannelError) || n >= attempts) throw error;
      if (error.outcome === "unknown" && !options.repeatUnknown) throw error;
      if (error.verdict.kind === "startAfresh") {
        if (afresh) throw error;
        afresh = true;
        await options.onStartAfresh?.(error);
        continue;
      }
      const waitMs = waitFor(error, n, options);
      if (waitMs === undefined) throw error;
      await sleepOrThrow(waitMs, options, error);
    }
  }
}

/** Called off while it waited: the last error says what the call has done. */
async function sleepOrThrow(waitMs: number, { clock, signal }: RetryOptions, error: ChannelError): Promise<void> {
  try {
    await clock.sleep(waitMs, signal);
  } catch {
    throw error;
  }
}

function waitFor(error: ChannelError, n: number, options: RetryOptions): number | undefined {
  const { baseMs = 300, maxMs = 10_000 } = options;
  if (error.code === "aborted" || error.verdict.kind === "stop") return undefined;
  const jitter = options.clock.random() * Math.min(maxMs, baseMs * 2 ** (n - 1));
  if (error.verdict.kind !== "retryLater") return jitter;
  return error.verdict.afterMs <= maxMs ? error.verdict.afterMs + jitter : undefined;
}
