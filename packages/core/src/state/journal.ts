/**
 * What the scheduler of `inbox.ts` needs from a driver: each change of a row, committed in the order of the calls. Calls of
 * one tick share a commit. A write whose epoch is no longer the row's rejects with `lost`.
 */
import { ChannelError, channelError } from "../errors.ts";
import type { InboxEntry, OutboxPart, StopReason } from "./state.ts";

export type Stage = "running" | "replying";

/** An unfinished row as it was found at the start. */
export interface StoredEntry {
  readonly entry: InboxEntry;
  readonly attempt: number;
  readonly epoch: number;
  readonly stage: Stage;
  readonly stop?: StopReason;
  /** Key of the first entry of the burst it was claimed with. */
  readonly burst?: string;
}

/** The claim whose writes these are. */
export interface Fence {
  readonly key: string;
  readonly epoch: number;
}

export interface Journal {
  /** Unfinished rows in order of acceptance, and how many have failed. */
  load(): Promise<{ readonly entries: readonly StoredEntry[]; readonly failed: number }>;
  /** False: the key is known. */
  insert(entry: InboxEntry): Promise<boolean>;
  claim(keys: readonly string[], claim: { readonly attempt: number; readonly epoch: number }): Promise<void>;
  parts(key: string): Promise<readonly OutboxPart[]>;
  put(fence: Fence, part: OutboxPart): Promise<void>;
  handled(fence: Fence): Promise<void>;
  /** Parked: after a restart the attempts begin anew. */
  park(fence: Fence, parked: boolean): Promise<void>;
  done(fence: Fence, keys: readonly string[]): Promise<void>;
  retry(fence: Fence, keys: readonly string[]): Promise<void>;
  fail(fence: Fence, keys: readonly string[]): Promise<void>;
  /** Waiting entries that will not be worked on: superseded or recalled. */
  drop(keys: readonly string[]): Promise<void>;
  stop(key: string, reason: StopReason): Promise<void>;
}

/** `channel` of errors that say the state itself is away: a full disk, a lost database. They count as nobody's failure. */
export const STATE = "state";

export function isStateAway(error: unknown): boolean {
  return error instanceof ChannelError && error.channel === STATE;
}

/** The lane has another owner: nothing of this claim may be written or sent any more. */
export function claimLostError(): Error {
  return channelError({
    code: "closed",
    kind: "transport",
    message: "this claim is no longer ours: another owner has taken the conversation over",
    outcome: "not_sent",
    fix: { en: "Nothing to do: the other owner goes on.", zh: "无需处理:由新的持有者继续。" },
  });
}
