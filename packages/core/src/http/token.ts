/**
 * An access token: fetched once for all who wait, renewed ahead of its end in the background, shared through the Store with
 * other processes. The value in the Store is a secret at rest: the state file is for its owner only.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../state/state.ts";

export interface TokenSource {
  get(signal: AbortSignal): Promise<string>;
  /** The platform refused this value. Forgotten only if it is still the current one. */
  drop(failed: string): Promise<void>;
}

export interface TokenSourceOptions {
  /** Key in the Store: one per app and endpoint. */
  readonly name: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default 300,000. */
  readonly renewBeforeMs?: number;
  readonly fetch: (signal: AbortSignal) => Promise<{ readonly value: string; readonly lifeMs: number }>;
}

interface Token {
  readonly value: string;
  readonly endsAt: number;
}

/** A process that died while fetching holds the others up no longer than this. */
const FETCH_LEASE_MS = 15_000;
const LOOK_AGAIN_MS = 200;

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { name, store, clock, log, renewBeforeMs = 300_000 } = options;
  const lifetime = new AbortController();
  let current: Token | undefined;
  let pending: Promise<Token> | undefined;
  let generation = 0;

  const read = async (): Promise<Token | undefined> => {
    const entry = await store.get(name);
    const token = entry === undefined ? undefined : (JSON.parse(entry.value) as Token);
    return token !== undefined && token.endsAt > clock.now() ? token : undefined;
  };

  const fetchOne = async (not: string | undefined): Promise<Token> => {
    const lease = `${name}:fetching`;
    const mine = crypto.randomUUID();
    for (;;) {
      const shared = await read();
      if (shared !== undefined && shared.value !== not && isFresh(shared)) return shared;
      if (await store.putIfAbsent(lease, mine, FETCH_LEASE_MS)) break;
      await clock.sleep(LOOK_AGAIN_MS, lifetime.signal); // another process fetches
    }
    try {
      const { value, lifeMs } = await options.fetch(lifetime.signal);
      const token = { value, endsAt: clock.now() + lifeMs };
      await store.put(name, JSON.stringify(token), lifeMs);
      return token;
    } finally {
      await store.replaceIf(lease, mine, undefined);
    }
  };

  const isFresh = (token: Token): boolean => token.endsAt - renewBeforeMs > clock.now();

  const refresh = (not: string | undefined): Promise<Token> => {
    if (pending !== undefined) return pending;
    const started = generation;
    const mine = fetchOne(not).then((token) => {
      if (started === generation) current = token;
      return token;
    });
    pending = mine;
    const clear = (): void => {
      if (pending === mine) pending = undefined;
    };
    mine.then(clear, clear);
    return mine;
  };

  return {
    async get(signal) {
      const known = current;
      if (known !== undefined && known.endsAt > clock.now()) {
        if (!isFresh(known)) {
          refresh(known.value).catch((error: unknown) =>
            log.warn({ err: error, token: name }, "an access token could not be renewed ahead of its end"),
          );
        }
        return known.value;
      }
      return (await orAborted(refresh(undefined), signal)).value;
    },
    async drop(failed) {
      if (current?.value === failed) {
        current = undefined;
        generation += 1;
      }
      const entry = await store.get(name);
      if (entry !== undefined && (JSON.parse(entry.value) as Token).value === failed) {
        await store.replaceIf(name, entry.value, undefined);
      }
    },
  };
}

/** The caller may leave; the fetch goes on for the others. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw signal.reason;
  const aborted = Promise.withResolvers<never>();
  const leave = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
