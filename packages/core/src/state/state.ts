/** What a bot remembers. Contracts only; drivers are memory.ts and sqlite.ts (and @openclaw-china/postgres later). */
import type { Inbound } from "../model/inbound.ts";
import type { Quotas } from "../http/quota.ts";
import type { FileStream } from "../model/channel.ts";

/** What a bot remembers: one thing to choose, since half of one is a bug. `bot.stop()` closes it. */
export interface State {
  readonly inbox: Inbox;
  readonly store: Store;
  readonly blobs: Blobs;
  /** Where traces outlive the process. Absent: in memory only. */
  readonly traces?: Traces;
  /** What apps may use of their platforms: one count and one pace for all who use this state. Absent: each bot has its own. */
  readonly quotas?: Quotas;
  /** False: a crash loses accepted messages. `probe()` says so. */
  readonly durable: boolean;
  close(): Promise<void>;
}

/** Durable, deduplicating, in order per lane, with the replies in the same database (docs/reliability.md). */
export interface Inbox {
  /** Resolves when the write is safe. Calls for one lane keep their order, also when concurrent. Rejects when the state is away. */
  offer(entry: InboxEntry): Promise<"accepted" | "duplicate" | "full">;
  /**
   * `turn` resolves: done, in one commit with the writes still waiting. It rejects, or its process dies: claimed again after
   * a back-off, up to `attempts`, then failed. A failed entry never holds its lane. May be called once per set of queues.
   */
  work(turn: (claim: Claim) => Promise<void>, options: WorkOptions): Worker;
  /**
   * Durable; aborts the running turn of the lane wherever it runs. False: nothing ran that `only` allows. `only.sender`:
   * just a turn whose message is of that person; `only.id`: just that inbound, which is dropped too when it still waits.
   */
  stop(lane: string, reason: StopReason, only?: { readonly sender?: string; readonly id?: string }): Promise<boolean>;
  size(): Promise<{ readonly waiting: number; readonly active: number; readonly failed: number }>;
  close(): Promise<void>;
}

export type StopReason = "stopped" | "newer" | "recalled";
export type WhenBusy = "queue" | "merge" | "interrupt" | "pass";

export interface WorkOptions {
  /** `channel:account`. Only these are claimed. */
  readonly queues: readonly string[];
  /** Turns at once. */
  readonly lanes: number;
  /** Claims of one entry at the most. */
  readonly attempts: number;
  readonly whenBusy: WhenBusy;
}

export interface InboxEntry {
  readonly version: 1;
  /** `channel:account:id`. */
  readonly key: string;
  /** `channel:account`. */
  readonly queue: string;
  /** A message's conversation, an action's card, any other event alone. */
  readonly lane: string;
  readonly inbound: Inbound;
}

/** One attempt at one turn. Each write holds only while the lane is still ours; otherwise it throws and `signal` aborts. */
export interface Claim {
  /** More than one under `merge`; committed with the claim. In order of acceptance. */
  readonly entries: readonly InboxEntry[];
  /** Keys of older entries that this turn replaces under `interrupt`; committed with the claim. */
  readonly superseded: readonly string[];
  /** Committed at the claim, so that a message which kills the process is counted. 1 is the first. */
  readonly attempt: number;
  /** `replying`: the handler is done, only the outbox is completed. */
  readonly stage: "running" | "replying";
  /** Aborts with a `StopReason` string as its reason when stopped, otherwise (lane lost, worker stopping) with an Error. */
  readonly signal: AbortSignal;
  readonly outbox: Outbox;
  /** The handler has returned: running → replying, in one commit with the writes still waiting. */
  handled(): Promise<void>;
  /**
   * Gives the lane back while the turn waits for a person; the lane's next entries are worked on. Resolves when committed.
   * A parked turn whose process dies is claimed again in its old order, and its attempts begin anew.
   */
  park(): Promise<void>;
  /** Takes the lane again, ahead of what waits: resolves as soon as no other turn of the lane runs. Rejects when lost. */
  resume(): Promise<void>;
}

/** The replies of a turn by key: pending → trying → sent, refused or unknown; streams prepared → open → final → sent. */
export interface Outbox {
  /** Of this and earlier attempts, in the order of their first write. */
  parts(): Promise<readonly OutboxPart[]>;
  /** Resolves when the write is safe. Replaces the part of that key. Calls of one tick, and `handled`, share a commit. */
  put(part: OutboxPart): Promise<void>;
}

export interface OutboxPart {
  /** The turn's key, `/`, and an ordinal or the name given to `reply`. */
  readonly key: string;
  readonly state: "pending" | "trying" | "sent" | "refused" | "unknown" | "prepared" | "open" | "final";
  /** Address, content, handle, evidence: what core needs to go on. Opaque to the driver. */
  readonly body: string;
  /** Until then (ms since 1970) a repeat with the same key is one message. Absent: never repeat. */
  readonly repeatUntil?: number;
}

export interface Worker {
  /** Takes no more, waits for running turns, aborts them after `timeoutMs`. Resolves when all have ended. */
  stop(timeoutMs: number): Promise<void>;
}

/** Small facts shared by processes: tokens, leases, asks, budgets, indexes. Values are text. */
export interface Store {
  get(key: string): Promise<Entry | undefined>;
  put(key: string, value: string, ttlMs?: number): Promise<void>;
  putIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** `undefined` deletes. */
  replaceIf(key: string, expected: string, value: string | undefined, ttlMs?: number): Promise<boolean>;
  /** In order of key. */
  list(prefix: string, limit: number): AsyncIterable<Entry>;
}

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** ms since 1970. */
  readonly expiresAt?: number;
}

/** Bytes that outlive their address at the platform. */
export interface Blobs {
  /** Throws `too_large` beyond `maxBytes` and keeps nothing then. */
  put(key: string, bytes: ReadableStream<Uint8Array>, maxBytes: number): Promise<void>;
  open(key: string): Promise<FileStream | undefined>;
  remove(key: string): Promise<void>;
}

export interface TraceLine {
  /** ms since 1970. */
  readonly at: number;
  readonly hop: string;
  readonly outcome: string;
  readonly detail?: string;
}

/** Kept 7 days or 100,000 messages, whatever ends first. Written about once a second, without waiting for the disk. */
export interface Traces {
  append(lines: readonly { readonly key: string; readonly line: TraceLine }[]): Promise<void>;
  /** By the inbound's id, or its whole key; of all accounts that saw the id. In order of time. */
  read(id: string): Promise<readonly { readonly key: string; readonly line: TraceLine }[]>;
}
