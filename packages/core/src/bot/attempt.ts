/** One attempt at one turn: everything its steps share, made of the claim. */
import type { Clock } from "../clock.ts";
import type { Deadline, Deadlines } from "../deadlines.ts";
import type { Inbound } from "../model/inbound.ts";
import type { DeliveryContext } from "../reply/context.ts";
import { openPartBook } from "../reply/parts.ts";
import { createReplies, type Replies } from "../reply/reply.ts";
import type { Blobs, Claim } from "../state/state.ts";
import type { Tracer } from "../trace/trace.ts";
import { type Account, contextAt, type FindAccount } from "./account.ts";
import type { Labels } from "./labels.ts";
import { type Presence, showPresence } from "./presence.ts";
import { createTurnSignal, isShutdown, type TurnSignal } from "./signal.ts";
import { addressOf, mergeEntries } from "./turn.ts";
import type { BotOptions } from "./types.ts";

/** A delivery that the platform does not take is repeated this long within one attempt. */
const DELIVERY_MS = 600_000;

export interface AttemptOptions {
  readonly account: FindAccount;
  readonly unknownReply: NonNullable<BotOptions["unknownReply"]>;
  readonly blobs: Blobs;
  /** Of the files that came in through that queue. */
  readonly copyOf: (queue: string) => DeliveryContext["copyOf"];
  readonly labels: Labels;
  readonly deadlines: Deadlines;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly log: NonNullable<BotOptions["log"]>;
}

/** One attempt, with everything its steps share. */
export interface Attempt {
  readonly claim: Claim;
  readonly key: string;
  readonly inbound: Inbound;
  readonly account: Account;
  readonly replies: Replies;
  readonly signal: TurnSignal;
  readonly deadline: Deadline;
  readonly presence: Presence | undefined;
  trace(hop: string, outcome: string, detail?: string): void;
}

/** Undefined: the claim is empty. */
export async function startAttempt(of: AttemptOptions, claim: Claim): Promise<Attempt | undefined> {
  const { clock, log } = of;
  const entry = claim.entries[0];
  const inbound = mergeEntries(claim.entries);
  if (entry === undefined || inbound === undefined) return undefined;
  const account = of.account(entry.queue);
  if (account === undefined) throw new Error(`no channel for the queue ${entry.queue}`);
  const trace = (hop: string, outcome: string, detail?: string): void => of.tracer.add(entry.key, hop, outcome, detail);
  trace("turn", claim.stage === "replying" ? "completing" : "started", `attempt ${claim.attempt}`);
  for (const key of claim.superseded) of.tracer.add(key, "turn", "superseded", `by ${entry.key}`);
  for (const { key } of claim.entries.slice(1)) of.tracer.add(key, "turn", "merged", `into ${entry.key}`);
  const signal = createTurnSignal(claim.signal, clock, (reason) => trace("turn", "called off", reason));
  const presence = showPresence({
    channel: account.open,
    inbound,
    key: entry.key,
    isRepeat: claim.attempt > 1,
    signal: signal.delivery,
    clock,
    log,
  });
  const context: DeliveryContext = {
    at: (to) => contextAt(context, to, of.account),
    channel: account.open,
    can: account.channel.can,
    to: addressOf(inbound),
    replyTo: inbound.replyTo,
    book: await openPartBook(claim),
    blobs: of.blobs,
    copyOf: of.copyOf(entry.queue),
    clock,
    log,
    unknownReply: of.unknownReply,
    signal: signal.delivery,
    until: clock.now() + DELIVERY_MS,
    lost: new WeakSet(),
    beforeShown: () => presence?.end(),
    onSent: (sent, content) => void of.labels.note(sent, content),
    trace: (outcome: string, detail?: string) => trace("reply", outcome, detail),
  };
  const replies = createReplies({ context, turnKey: entry.key, signal: signal.turn, isShutdown });
  const deadline = of.deadlines.start(() => signal.expire());
  return { claim, key: entry.key, inbound, account, replies, signal, deadline, presence, trace };
}
