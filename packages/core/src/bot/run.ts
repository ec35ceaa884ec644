/**
 * What happens to an accepted inbound: enrich → chain (listeners, routes, handler) → replies → done. Called by the inbox
 * with each claim. Resolves: done. Rejects: the inbox claims it again later.
 */
import { channelError } from "../errors.ts";
import type { Fetches } from "../ingress/fetch.ts";
import type { IngressOptions } from "../ingress/ingress.ts";
import { type StopOrder, stopOrderOf } from "../ingress/stop.ts";
import type { ActionInbound, Inbound } from "../model/inbound.ts";
import type { Reply, Sent } from "../model/outbound.ts";
import type { Claim, Inbox, Store } from "../state/state.ts";
import { accountOf } from "./account.ts";
import { type Attempt, type AttemptOptions, startAttempt } from "./attempt.ts";
import { type Given, type Link, runChain } from "./compose.ts";
import { type Asks, pressAsk } from "./ask.ts";
import { orAbandoned } from "./guard.ts";
import { createTurn } from "./turn.ts";
import type { AnyTurn, BotOptions } from "./types.ts";

/** Claims of one message that run its handler; one more tells the person that it was given up. */
export const MAX_ATTEMPTS = 5;

export interface RunnerOptions extends Omit<AttemptOptions, "copyOf"> {
  readonly fetches: Pick<Fetches, "begin" | "open" | "release">;
  readonly links: readonly Link[];
  readonly onError: BotOptions["onError"];
  readonly asks: Asks;
  readonly store: Store;
  readonly stopWords: ReadonlySet<string>;
  /** Stops that the way in has carried out already, with their result. */
  readonly stopped: IngressOptions["stopped"];
  readonly inbox: Pick<Inbox, "stop">;
}

export function createRunner(options: RunnerOptions): (claim: Claim) => Promise<void> {
  const { fetches } = options;
  const start: AttemptOptions = { ...options, copyOf: (queue) => (file) => fetches.open(queue, file) };
  return async (claim) => {
    const attempt = await startAttempt(start, claim);
    if (attempt === undefined) return;
    try {
      for (const entry of claim.entries) fetches.begin(entry, attempt.account.open);
      await runAttempt(options, attempt);
      attempt.trace("turn", "done");
      await fetches.release(claim.entries);
    } catch (error) {
      attempt.trace("turn", "not done", String(error));
      if (claim.attempt <= MAX_ATTEMPTS && !claim.signal.aborted) {
        options.log.warn({ err: error, key: attempt.key }, "a turn could not be brought to its end; it is tried again");
      }
      throw error;
    } finally {
      attempt.deadline.cancel();
      attempt.signal.close();
      await attempt.presence?.ended();
    }
  };
}

async function runAttempt(options: RunnerOptions, attempt: Attempt): Promise<void> {
  if (attempt.claim.stage === "replying") return complete(options, attempt);
  if (attempt.claim.attempt > MAX_ATTEMPTS) return giveUp(options, attempt);
  const order = stopOrderOf(attempt.inbound, options.stopWords);
  const stopped = order !== undefined && (await carryOut(options, attempt, order));
  if (order?.reason === "stopped") return answerStop(attempt, stopped);
  if (attempt.inbound.kind === "action" && (await runPress(options, attempt, attempt.inbound))) return;
  const { inbound } = attempt;
  const label = inbound.kind === "action" ? await options.labels.of(inbound) : undefined;
  const turn = makeTurn(options, attempt, { inbound: await enrich(options, attempt), label });
  try {
    await runHandlers(options, attempt, turn);
  } catch (thrown) {
    const error = attempt.signal.limitReached() ?? thrown;
    await handleFailure(options, attempt, { error, turn: turn.turn });
  }
  await finishReplies(attempt);
}

/** The handler is done: should something be left to deliver, only that is repeated. */
async function finishReplies({ replies, claim }: Attempt): Promise<void> {
  try {
    await replies.settle();
  } catch (error) {
    await claim.handled();
    throw error;
  }
}

/** The handler is done; what it said is brought to its end. */
async function complete(options: RunnerOptions, { claim, replies, key, trace }: Attempt): Promise<void> {
  try {
    await replies.settle();
  } catch (error) {
    if (claim.attempt > MAX_ATTEMPTS) {
      trace("turn", "given up", String(error));
      options.log.error({ err: error, key }, "an answer could not be delivered and was given up");
    }
    throw error;
  }
}

async function enrich(options: RunnerOptions, { inbound, account, key, signal }: Attempt): Promise<Inbound> {
  if (inbound.kind !== "message" || account.open.enrich === undefined) return inbound;
  try {
    return await account.open.enrich(inbound, signal.delivery); // the turn's own is made only when somebody wants it
  } catch (error) {
    options.log.warn({ err: error, key }, "a message could not be enriched; it is answered as it came");
    return inbound;
  }
}

function makeTurn(
  options: RunnerOptions,
  attempt: Attempt,
  { inbound, label }: { readonly inbound: Inbound; readonly label?: string | undefined },
): ReturnType<typeof createTurn> {
  const { key, claim, replies, signal, account, trace } = attempt;
  return createTurn({
    inbound,
    label,
    key,
    attempt: claim.attempt,
    signal: signal.turn,
    replies,
    channel: account.open,
    channelOf: (message) => accountOf(options.account, message).open,
    copyOf: (file) => options.fetches.open(attempt.claim.entries[0]?.queue ?? "", file),
    ask: options.asks.for(attempt, attempt.deadline),
    onReactFailed: (error) => trace("react", "failed", String(error)),
  });
}

async function runHandlers(
  options: RunnerOptions,
  attempt: Attempt,
  { turn, setAgent }: ReturnType<typeof createTurn>,
): Promise<void> {
  const { claim, replies, signal, trace } = attempt;
  let handledCommitted = false;
  const commitHandled = (): Promise<void> => {
    if (handledCommitted) return Promise.resolve();
    handledCommitted = true;
    return claim.handled();
  };
  const handled = await runChain(options.links, turn, {
    onEnter(name) {
      trace("route", name);
      const agent = /^route \d+ → (.*)$/.exec(name)?.[1];
      if (agent !== undefined) setAgent(agent);
    },
    async onAnswer(answered, outermost) {
      if (isSent(answered)) return;
      await replies.reply(answered, outermost ? { before: commitHandled } : {});
    },
    guard: (work) => orAbandoned(work, signal.turn(), options.clock),
  });
  if (!handled) trace("route", "unhandled", "no listener, route or handler took it");
}

async function handleFailure(
  options: RunnerOptions,
  attempt: Attempt,
  { error, turn }: { readonly error: unknown; readonly turn: AnyTurn },
): Promise<void> {
  const { replies, claim, key, trace } = attempt;
  if (replies.isReported(error)) return;
  if (typeof claim.signal.reason === "string") return; // somebody wished it so
  if (replies.isDeferred(error) || claim.signal.aborted) throw error;
  trace("turn", "failed", String(error));
  options.log.error({ err: error, key, conversation: turn.conversation?.key }, "a handler failed");
  await apologise(options, attempt, { error, turn });
}

async function apologise(
  options: RunnerOptions,
  attempt: Attempt,
  { error, turn }: { readonly error: unknown; readonly turn: AnyTurn },
): Promise<void> {
  const told = await whatToTell(options, attempt, { error, turn });
  if (told === undefined) return;
  try {
    // A handler that has failed is not run again: from the apology's commit on, only the apology is left to do.
    await attempt.replies.reply(told, { key: "!error", before: () => attempt.claim.handled() });
  } catch (failed) {
    if (attempt.replies.isDeferred(failed)) throw failed;
    options.log.error({ err: failed, key: attempt.key }, "the person could not be told that the turn failed");
  }
}

/** What `onError` says; should it fail itself, the default. */
async function whatToTell(
  { onError, log, clock }: RunnerOptions,
  { signal, key }: Attempt,
  { error, turn }: { readonly error: unknown; readonly turn: AnyTurn },
): Promise<Reply | undefined> {
  if (onError === undefined) return APOLOGY;
  try {
    const told = Promise.resolve(onError(error, turn));
    return (await orAbandoned(told, signal.turn(), clock)) ?? undefined;
  } catch (failed) {
    log.error({ err: failed, key }, "onError failed itself; the person gets the default apology");
    return APOLOGY;
  }
}

const APOLOGY = "抱歉,出了点问题,请稍后再试。 Sorry, that did not work. Please try again.";

/** The attempts are used up: the person is told once, and the message becomes a dead letter. */
async function giveUp(options: RunnerOptions, attempt: Attempt): Promise<void> {
  const error = channelError({
    code: "aborted",
    kind: "transport",
    message: `the message was given up after ${MAX_ATTEMPTS} attempts`,
    outcome: "unknown",
    fix: {
      en: "Look at its trace: the process may die in its handler, or the platform may refuse every answer.",
      zh: "请查看其追踪记录:可能是处理函数导致进程退出,或平台拒绝了每次回答。",
    },
  });
  attempt.trace("turn", "given up", error.message);
  options.log.error({ err: error, key: attempt.key }, "a message was given up");
  const { turn } = makeTurn(options, attempt, { inbound: attempt.inbound });
  await apologise(options, attempt, { error, turn });
  await attempt.replies.settle();
  throw error;
}

/** True when somebody asked for this press, or it comes too late or from a stranger: no listener hears of it. */
async function runPress(options: RunnerOptions, attempt: Attempt, inbound: ActionInbound): Promise<boolean> {
  let pressed = await pressAsk(options, inbound);
  if (pressed.outcome === "unclaimed" && inbound.message !== undefined) {
    await options.asks.recorded(inbound.message);
    pressed = await pressAsk(options, inbound);
  }
  attempt.trace("press", pressed.outcome);
  if (pressed.outcome === "taken") options.asks.wake();
  return pressed.outcome !== "unclaimed";
}

/** Stop words and recalls have a lane of their own; the way in has usually stopped the turn already. True: it ran. */
async function carryOut(options: RunnerOptions, attempt: Attempt, order: StopOrder): Promise<boolean> {
  const known = await options.stopped.get(attempt.key);
  options.stopped.delete(attempt.key);
  const stopped = known ?? (await options.inbox.stop(order.lane, order.reason, order.only));
  attempt.trace("stop", stopped ? "stopped the turn" : "nothing was running");
  const { id } = order.only;
  const { channel, account } = attempt.inbound;
  if (stopped && id !== undefined) options.tracer.add(`${channel}:${account}:${id}`, "turn", "recalled");
  return stopped;
}

async function answerStop(attempt: Attempt, stopped: boolean): Promise<void> {
  await attempt.replies.reply(stopped ? "已停止。 Stopped." : "当前没有正在进行的回答。 Nothing is running.");
  await attempt.replies.settle();
}

function isSent(answered: Given): answered is Sent {
  return typeof answered === "object" && "sentAt" in answered && "parts" in answered;
}
