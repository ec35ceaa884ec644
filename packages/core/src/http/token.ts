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
  /** From then on it is renewed, while it is still used. */
  readonly renewAt: number;
}

/**
 * Who fetches says so again and again: a process that died while fetching holds the others up no longer than this. Should one
 * be slower to say so, the token is fetched twice, which does no harm.
 */
const FETCH_LEASE_MS = 1_500;
const RENEW_LEASE_MS = 400;
/** And a fetch that hangs no longer than this. */
const MAX_FETCH_MS = 15_000;
const LOOK_AGAIN_MS = 200;
/** A renewal ahead of time that failed is not tried again before. */
const RENEW_AGAIN_MS = 10_000;

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { name, clock, log } = options;
  const shared = createSharedToken(options);
  let current: Token | undefined;
  let pending: Promise<Token> | undefined;
  let generation = 0;
  let renewAgainAt = 0;

  /** One for all who ask meanwhile. */
  const refresh = (not: string | undefined): Promise<Token> => {
    if (pending !== undefined) return pending;
    const started = generation;
    const mine = shared.fetch(not).then((token) => {
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

  const renewAhead = ({ value, renewAt }: Token): void => {
    if (clock.now() < Math.max(renewAt, renewAgainAt)) return;
    renewAgainAt = clock.now() + RENEW_AGAIN_MS;
    refresh(value).catch((error: unknown) =>
      log.warn({ err: error, token: name }, "an access token could not be renewed ahead of its end"),
    );
  };

  return {
    async get(signal) {
      const known = isAlive(current, clock) ? current : undefined;
      const token = known ?? (await orAborted(refresh(undefined), signal));
      renewAhead(token);
      return token.value;
    },
    async drop(failed) {
      if (current?.value === failed) {
        current = undefined;
        generation += 1;
      }
      await shared.drop(failed);
    },
  };
}

function isAlive(token: Token | undefined, clock: Clock): token is Token {
  return token !== undefined && token.endsAt > clock.now();
}

/** The token that all processes share: whoever needs one first fetches it, the others wait for that. */
function createSharedToken(options: TokenSourceOptions): {
  /** Any that lives, but `not` this one. */
  fetch(not: string | undefined): Promise<Token>;
  drop(failed: string): Promise<void>;
} {
  const { name, store, clock, log, renewBeforeMs = 300_000 } = options;
  const lease = `${name}:fetching`;
  const lifetime = new AbortController();

  const read = async (): Promise<Token | undefined> => {
    const entry = await store.get(name);
    const token = entry === undefined ? undefined : (JSON.parse(entry.value) as Token);
    return isAlive(token, clock) ? token : undefined;
  };

  const fetchAndShare = async (): Promise<Token> => {
    const { value, lifeMs } = await options.fetch(lifetime.signal);
    const now = clock.now();
    // A token that lives shorter than the usual margin is renewed at half of its life, not all the time.
    const token = { value, endsAt: now + lifeMs, renewAt: now + lifeMs - Math.min(renewBeforeMs, lifeMs / 2) };
    await store.put(name, JSON.stringify(token), lifeMs);
    return token;
  };

  /** Until `signal` aborts, or the lease is lost. */
  const holdLease = async (mine: string, signal: AbortSignal): Promise<void> => {
    const until = clock.now() + MAX_FETCH_MS;
    try {
      while (clock.now() < until) {
        await clock.sleep(RENEW_LEASE_MS, signal);
        if (!(await store.replaceIf(lease, mine, mine, FETCH_LEASE_MS))) return;
      }
    } catch (error) {
      if (!signal.aborted) log.debug({ err: error, token: name }, "the lease of a token could not be renewed");
    }
  };

  return {
    async fetch(not) {
      const mine = crypto.randomUUID();
      for (;;) {
        const known = await read();
        if (known !== undefined && known.value !== not) return known;
        if (await store.putIfAbsent(lease, mine, FETCH_LEASE_MS)) break;
        await clock.sleep(LOOK_AGAIN_MS, lifetime.signal); // another process fetches
      }
      const fetched = new AbortController();
      const held = holdLease(mine, fetched.signal);
      try {
        const meanwhile = await read(); // somebody else may have been faster than our claim
        if (meanwhile !== undefined && meanwhile.value !== not) return meanwhile;
        return await fetchAndShare();
      } finally {
        fetched.abort(new Error("the fetch is over"));
        await held;
        await store.replaceIf(lease, mine, undefined);
      }
    },
    async drop(failed) {
      const entry = await store.get(name);
      if (entry === undefined || (JSON.parse(entry.value) as Token).value !== failed) return;
      await store.replaceIf(name, entry.value, undefined);
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
