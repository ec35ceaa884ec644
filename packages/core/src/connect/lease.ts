/**
 * Who holds a connection, among all who share a state: a record in the Store, renewed while its process lives. Where several
 * may connect, each is announced and learns of the others; where only one may, the lease says who. A process that was killed
 * counts for nothing at once where that can be seen, and after `ttlMs` everywhere.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Holder } from "../model/channel.ts";
import type { Entry, Store } from "../state/state.ts";
import type { Machine } from "./machine.ts";

export interface HolderOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** What is held: the channel, and a hash of the credentials and of where they count. */
  readonly name: string;
  readonly account: string;
  readonly machine: Machine;
  /** A record that is not renewed for so long is nobody's. Default 15,000. */
  readonly ttlMs?: number;
}

const TTL_MS = 15_000;
/** Times within `ttlMs` that a record is renewed. */
const RENEWALS = 3;
/** Holders of one thing that are looked at. */
const MAX_OTHERS = 16;
/** Rounds against others who write at the same time. */
const MAX_ROUNDS = 32;

/** Of a connection that only one process may have. Each step is one conditional write, so two never succeed. */
export interface Lease {
  /** Undefined: it is ours now, or was. Otherwise who has it. */
  acquire(): Promise<Holder | undefined>;
  /** False: it is not ours any more, and somebody else may have connected already. */
  renew(): Promise<boolean>;
  /** Nothing when it is not ours. */
  release(): Promise<void>;
  /** Who has it now: perhaps ourselves. */
  observe(): Promise<Holder | undefined>;
  /** Ours from now on; the holder learns of it when it renews. Returns who had it. */
  takeOver(): Promise<Holder | undefined>;
  /** Whether that holder is this lease. */
  isOurs(holder: Holder): boolean;
  /** ms until the next `renew` is due. */
  readonly renewMs: number;
}

export function createLease(options: HolderOptions): Lease {
  const { store, clock, name, ttlMs = TTL_MS, machine } = options;
  const key = `lease:${name}`;
  const me = meOf(options);
  let mine = "";

  /** Puts our record in place of `before`; false when somebody was faster. */
  const claim = (before: Entry | undefined): Promise<boolean> => {
    mine = JSON.stringify({ ...me, since: clock.now() });
    return before === undefined ? store.putIfAbsent(key, mine, ttlMs) : store.replaceIf(key, before.value, mine, ttlMs);
  };
  const take = async (mayTake: (holder: Holder) => boolean): Promise<Holder | undefined> => {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const before = await store.get(key);
      const holder = before === undefined ? undefined : holderIn(before);
      if (holder?.owner === me.owner) return undefined;
      const isThere = holder !== undefined && !isGone(holder, machine);
      if (isThere && !mayTake(holder)) return holder;
      if (await claim(before)) return isThere ? holder : undefined;
    }
    throw new Error(`the lease ${name} changed ${MAX_ROUNDS} times while it was being taken`);
  };

  return {
    acquire: () => take(() => false),
    renew: () => store.replaceIf(key, mine, mine, ttlMs),
    async release() {
      await store.replaceIf(key, mine, undefined);
    },
    async observe() {
      const entry = await store.get(key);
      const holder = entry === undefined ? undefined : holderIn(entry);
      return holder !== undefined && isGone(holder, machine) ? undefined : holder;
    },
    takeOver: () => take(() => true),
    isOurs: ({ owner }) => owner === me.owner,
    renewMs: ttlMs / RENEWALS,
  };
}

/** How the announcing goes on. */
export interface Announcing {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Called when others appear or leave; with none when the last has left. */
  readonly onOthers: (others: readonly Holder[]) => void;
}

/**
 * Tells the others that we hold it, too, and us of them, until `signal` aborts; never rejects. An other that cannot be seen to
 * live is told of only once it has renewed its record: what a killed process left on another machine is no alarm.
 */
export async function announceHolder(options: HolderOptions, { signal, log, onOthers }: Announcing): Promise<void> {
  const { store, clock, name, account, ttlMs = TTL_MS } = options;
  const me = meOf(options);
  const key = `holder:${name}/${me.owner}`;
  const value = JSON.stringify(me);
  const look = createLook(options, me.owner);
  let told = "";
  while (!signal.aborted) {
    try {
      await store.put(key, value, ttlMs);
      const others = await look();
      const now = others.map(({ owner }) => owner).join(" ");
      if (now !== told) onOthers(others);
      told = now;
    } catch (error) {
      log.debug({ err: error, account }, "whether somebody else holds the same is not known");
    }
    await clock.sleep(ttlMs / RENEWALS, signal).catch(() => "it is over");
  }
  await store.replaceIf(key, value, undefined).catch(() => "it ends by itself");
}

/** Others of whom there is evidence, in order of their keys. */
function createLook({ store, name, machine }: HolderOptions, me: string): () => Promise<readonly Holder[]> {
  /** When each would have expired at first sight. */
  const firstSeen = new Map<string, number | undefined>();
  return async () => {
    const others: Holder[] = [];
    const present = new Set<string>();
    for await (const entry of store.list(`holder:${name}/`, MAX_OTHERS)) {
      const holder = holderIn(entry);
      if (holder === undefined || holder.owner === me || isGone(holder, machine)) continue;
      present.add(holder.owner);
      if (!firstSeen.has(holder.owner)) firstSeen.set(holder.owner, entry.expiresAt);
      const isRenewed = firstSeen.get(holder.owner) !== entry.expiresAt;
      if (isRenewed || holder.place === machine.place) others.push(holder);
    }
    for (const owner of firstSeen.keys()) if (!present.has(owner)) firstSeen.delete(owner);
    return others;
  };
}

function meOf({ account, machine, clock }: HolderOptions): Holder {
  const { host, pid, born, place } = machine;
  return { owner: crypto.randomUUID(), account, host, pid, born, place, since: clock.now() };
}

/** Seen to be dead: a process of our own place that is no more, or had our own pid before us. */
function isGone({ place, pid, born }: Holder, machine: Machine): boolean {
  if (place !== machine.place) return false;
  return pid === machine.pid ? born !== machine.born : !machine.isAlive(pid);
}

/** Undefined for what no version of ours has written. */
function holderIn({ value }: Entry): Holder | undefined {
  try {
    const holder = JSON.parse(value) as Partial<Holder>;
    return typeof holder.owner === "string" ? (holder as Holder) : undefined;
  } catch {
    return undefined; // it counts for nobody, and is replaced
  }
}
