/** Everything in this process: for tests, demos, and bots that may forget. */
import { systemClock, type Clock } from "../clock.ts";
import { createQuotas } from "../http/quota.ts";
import { memoryTraces } from "../trace/trace.ts";
import { memoryBlobs } from "./blobs.ts";
import { createInbox } from "./inbox.ts";
import { claimLostError, type Fence, type Journal } from "./journal.ts";
import type { OutboxPart, State } from "./state.ts";
import { memoryStore } from "./store.ts";

/** Keys of what is done are kept this long: platforms redeliver for up to 7.1 hours, one rule says 24. */
export const KEEP_DONE_MS: number = 48 * 3_600_000;
/** Keys remembered at the most, but for those that came since the last time it was looked. */
const MAX_KEYS = 200_000;
/** Keys come between two looks at the oldest: the way to them leads over those forgotten before. */
const FORGET_EVERY = 1_000;

/** A crash loses accepted messages. */
export function memoryState(): State {
  return memoryStateAt(systemClock());
}

/** The same on another clock, for tests. */
export function memoryStateAt(clock: Clock): State {
  const inbox = createInbox(memoryJournal(clock), clock);
  const store = memoryStore(clock);
  return {
    inbox,
    store,
    quotas: createQuotas({ store, clock }),
    blobs: memoryBlobs(),
    traces: memoryTraces(),
    durable: false,
    close: () => inbox.close(),
  };
}

function memoryJournal(clock: Clock): Journal {
  const keys = new Map<string, number>(); // key → when it may be forgotten
  const epochs = new Map<string, number>(); // of running turns
  const parts = new Map<string, Map<string, OutboxPart>>(); // of unfinished turns
  const ok = Promise.resolve();
  let inserts = 0;

  const forget = (): void => {
    inserts += 1;
    if (inserts % FORGET_EVERY !== 0) return;
    for (const [key, until] of keys) {
      if (keys.size <= MAX_KEYS && until > clock.now()) return;
      keys.delete(key);
    }
  };
  const holds = ({ key, epoch }: Fence): boolean => epochs.get(key) === epoch;
  const end = (fence: Fence): Promise<void> => {
    if (!holds(fence)) return Promise.reject(claimLostError());
    epochs.delete(fence.key);
    parts.delete(fence.key);
    return ok;
  };

  return {
    load: () => Promise.resolve({ entries: [], failed: 0 }),
    insert({ key }) {
      if ((keys.get(key) ?? 0) > clock.now()) return Promise.resolve(false);
      keys.delete(key);
      keys.set(key, clock.now() + KEEP_DONE_MS);
      forget();
      return Promise.resolve(true);
    },
    claim(claimed, { epoch }) {
      epochs.set(claimed[0] ?? "", epoch);
      return ok;
    },
    parts: (key) => Promise.resolve([...(parts.get(key)?.values() ?? [])]),
    put(fence, part) {
      if (!holds(fence)) return Promise.reject(claimLostError());
      const own = parts.get(fence.key);
      if (own === undefined) parts.set(fence.key, new Map([[part.key, part]]));
      else own.set(part.key, part);
      return ok;
    },
    handled: (fence) => (holds(fence) ? ok : Promise.reject(claimLostError())),
    park: (fence) => (holds(fence) ? ok : Promise.reject(claimLostError())),
    done: end,
    retry: (fence) => (holds(fence) ? ok : Promise.reject(claimLostError())),
    fail: end,
    drop: () => ok,
    stop: () => ok,
  };
}
