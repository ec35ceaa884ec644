/**
 * What one app may use of its platform: calls a second and calls a month. One object per app for all who call in its name
 * in this process, however many accounts, bots and doctors those are: they share a state, and the state has these.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../state/state.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createLimiters, type Limiter } from "./limiter.ts";

export interface Quota {
  /** One pace per name: a path, or what else the platform counts together. */
  limiter(name: string): Limiter;
  readonly ledger: Ledger;
  /** Calls that had to wait for the pace, since the process began. */
  waited(): { readonly waits: number; readonly waitedMs: number };
}

export interface QuotaOptions {
  readonly perSecond: number;
  readonly burst: number;
  readonly log: Logger;
}

/** Those of one state. */
export interface Quotas {
  /** By app. The same object for the same name; the options of the first count. */
  of(name: string, options: QuotaOptions): Quota;
  /** Writes what the ledgers have counted. */
  flush(): Promise<void>;
}

export function createQuotas({ store, clock }: { readonly store: Store; readonly clock: Clock }): Quotas {
  const quotas = new Map<string, Quota>(); // one per app of the bots that use the state
  return {
    of(name, options) {
      const known = quotas.get(name);
      if (known !== undefined) return known;
      const made = createQuota(name, { ...options, store, clock });
      quotas.set(name, made);
      return made;
    },
    async flush() {
      await Promise.all([...quotas.values()].map(({ ledger }) => ledger.flush()));
    },
  };
}

function createQuota(
  name: string,
  { perSecond, burst, store, clock, log }: QuotaOptions & { readonly store: Store; readonly clock: Clock },
): Quota {
  let waits = 0;
  let waitedMs = 0;
  const onWaited = (ms: number): void => {
    waits += 1;
    waitedMs += ms;
  };
  const limiters = createLimiters({ clock, perSecond, burst, onWaited });
  const ledger = createLedger({ key: `calls:${name}`, store, clock, log });
  return { limiter: limiters.bucket, ledger, waited: () => ({ waits, waitedMs }) };
}
