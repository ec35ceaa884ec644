/** What waits to be sent by a group's robot: pieces in order, and which of them make one message. Pure but for the list. */
import type { Outbound, Sent } from "../model/outbound.ts";
import { fits, type SplitLimits } from "../reply/split.ts";

type Textual = Extract<Outbound, { kind: "text" | "markdown" }>;

/** One `send`: it is over when all its pieces are. */
export interface Job {
  /** Pieces that wait or are on their way. */
  left: number;
  /** Who sent it has left: nothing of it is tried again. */
  calledOff: boolean;
  /** Why it waits, when the platform has said so. */
  lastError: Error | undefined;
  /** A piece has arrived. */
  arrived(sent: Sent): void;
  reject(error: Error): void;
}

export interface Piece {
  readonly job: Job;
  readonly content: Outbound;
  /** Never with others: the platform has refused the message they made. */
  readonly alone: boolean;
  readonly tries: number;
}

/** What stands between two texts that became one message. */
const BETWEEN = { text: "\n\n———\n\n", markdown: "\n\n---\n\n" } as const;

/** The pieces at the front that make one message: neighbours of one kind, as many as the limits allow. */
export function frontOf(waiting: readonly Piece[], limits: SplitLimits): readonly Piece[] {
  const [first, ...others] = waiting;
  if (first === undefined) return [];
  const batch = [first];
  for (const next of others) {
    const joined = joinPieces([...batch, next]);
    if (joined === undefined || !fits(joined.text, limits)) break;
    batch.push(next);
  }
  return batch;
}

/** One message of all texts; undefined when they are of different kinds, or one wants to be alone. */
export function joinPieces(batch: readonly Piece[]): Textual | undefined {
  const texts = batch.map(({ content, alone }) => (isTextual(content) && !alone ? content : undefined));
  const [first] = texts;
  if (first === undefined || texts.some((one) => one?.kind !== first.kind)) return undefined;
  const all = texts.flatMap((one) => one ?? []);
  const mentions = joinMentions(all);
  return {
    kind: first.kind,
    text: all.map(({ text }) => text).join(BETWEEN[first.kind]),
    ...(mentions === undefined ? {} : { mentions }),
  };
}

/** Text that can be cut and joined. */
export function isTextual(content: Outbound): content is Textual {
  return content.kind === "text" || content.kind === "markdown";
}

function joinMentions(texts: readonly Textual[]): Textual["mentions"] {
  const given = texts.flatMap(({ mentions }) => (mentions === undefined ? [] : [mentions]));
  if (given.includes("all")) return "all";
  return given.length === 0 ? undefined : [...new Set(given.flat())];
}
