/** The protocol's own pings: at once, then at the interval that the platform names and may change at any time. */
import type { Clock } from "@openclaw-china/core";

/** What the platform says of the connection, with its own defaults where it says nothing. In ms. */
export interface LinkConfig {
  readonly pingMs: number;
}

const DEFAULT_PING_MS = 120_000;

/** `ClientConfig`, whose times are seconds. Members that are missing, or no positive numbers, leave what was before. */
export function linkConfigOf(given: unknown, before: LinkConfig = { pingMs: DEFAULT_PING_MS }): LinkConfig {
  const { PingInterval: seconds } = (typeof given === "object" && given !== null ? given : {}) as {
    readonly PingInterval?: unknown;
  };
  const isUsable = typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0;
  return isUsable ? { pingMs: seconds * 1_000 } : before;
}

export interface Pings {
  /** The interval has changed: counted from the last ping. */
  adopt(config: LinkConfig): void;
}

/** Pings until aborted. */
export function startPings(
  { clock, signal, ping }: { readonly clock: Clock; readonly signal: AbortSignal; readonly ping: () => void },
  begin: LinkConfig,
): Pings {
  let { pingMs } = begin;
  let rearm = new AbortController();
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      ping();
      const pingedAt = clock.now();
      for (let leftMs = pingMs; leftMs > 0; leftMs = pingedAt + pingMs - clock.now()) {
        const changed = AbortSignal.any([signal, rearm.signal]);
        await clock.sleep(leftMs, changed).catch(() => "changed or over");
        if (signal.aborted) return;
      }
    }
  };
  void run();
  return {
    adopt(config) {
      if (config.pingMs === pingMs) return;
      ({ pingMs } = config);
      rearm.abort(new Error("the interval has changed"));
      rearm = new AbortController();
    },
  };
}
