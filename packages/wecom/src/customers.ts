/**
 * Through which customer service account a customer wrote: whoever answers later has only the customer's id. Kept in the
 * Store, one write for each customer and account.
 */
import type { Logger, Store } from "@openclaw-china/core";

/** Longer than the 48 hours in which a customer may be answered: who writes much later is told why, in the right words. */
const KEEP_MS = 90 * 86_400_000;
/** Customers remembered in front of the Store. */
const REMEMBERED = 2_000;

export interface Customers {
  /** Never rejects. */
  note(customerId: string, openKfId: string): Promise<void>;
  /** Undefined: no customer of ours. */
  openKfIdOf(customerId: string): Promise<string | undefined>;
}

export function createCustomers(deps: {
  readonly store: Store;
  readonly log: Logger;
  readonly account: string;
}): Customers {
  const { store, log, account } = deps;
  const known = new Map<string, string>();
  const nameOf = (customerId: string): string => `customer:wecom:${account}:${customerId}`;
  const remember = (customerId: string, openKfId: string): void => {
    if (known.size >= REMEMBERED) known.clear();
    known.set(customerId, openKfId);
  };
  return {
    async note(customerId, openKfId) {
      if (known.get(customerId) === openKfId) return;
      remember(customerId, openKfId);
      try {
        await store.put(nameOf(customerId), openKfId, KEEP_MS);
      } catch (error) {
        log.warn({ err: error, account }, "a customer was not kept; after a restart only an answer reaches them");
      }
    },
    async openKfIdOf(customerId) {
      const id = known.get(customerId) ?? (await store.get(nameOf(customerId)))?.value;
      if (id !== undefined) remember(customerId, id);
      return id;
    },
  };
}
