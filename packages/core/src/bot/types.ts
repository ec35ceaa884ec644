/** What a developer types: bot, handler, turn, route. `bot.ts` implements it. */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Address } from "../model/address.ts";
import type { ButtonId, Card } from "../model/card.ts";
import type { Channel, ConnectionStatus, Finding, ProbeOptions } from "../model/channel.ts";
import type { FileRef, FormValues, Inbound, InboundKind, InboundOf, Person } from "../model/inbound.ts";
import type { MessageRef, Outbound, Reader, Reply, ReplyWriter, Sent } from "../model/outbound.ts";
import type { Inbox, State, TraceLine } from "../state/state.ts";

export interface BotOptions<A extends string = string> {
  /** Accounts on platforms. Two with the same id and account are refused. */
  readonly channels: readonly Channel[];
  /** Answers each message that no listener and no route took. */
  readonly handler?: Handler;
  /** Named handlers, for `routes`. */
  readonly agents?: Readonly<Record<A, Handler>>;
  /** First match wins; a route to an agent that does not exist does not compile. */
  readonly routes?: readonly Route<NoInfer<A>>[];
  /** Where messages and facts are kept. Default `memoryState()`: a crash loses what was accepted. */
  readonly state?: State;
  /** Conversations worked on at once. Default 64; within one, always one turn at a time. */
  readonly lanes?: number;
  /**
   * A message arrives while its conversation is being answered: wait (default), join the burst, replace the running
   * turn, or be handed on at once, in order, for hosts that order by themselves.
   */
  readonly whenBusy?: "queue" | "merge" | "interrupt" | "pass";
  /**
   * A crash or a lost answer left it unknown whether a reply arrived, and the platform has no key to repeat it by:
   * tell the person in one short line (default), send it again (at least once), or say nothing (at most once).
   */
  readonly unknownReply?: "notice" | "resend" | "silent";
  /** Messages older than this when they arrive are refused. Default 28,800,000: platforms redeliver for up to 7.1 hours. */
  readonly maxAgeMs?: number;
  /** A message that is exactly one of these aborts the running turn, from the person it answers or in a direct chat. Default `["/stop", "停止"]`. */
  readonly stopWords?: readonly string[];
  /** A turn that runs longer is aborted with code `timeout`. Default 600,000; time spent in `ask` does not count. */
  readonly turnTimeoutMs?: number;
  /** Called when a turn has failed for good. What it returns is what the person is told. Default: a short apology. */
  readonly onError?: (error: unknown, turn: AnyTurn) => Reply | undefined | void | Promise<Reply | undefined | void>;
  /** Silent by default; pino fits as it is. */
  readonly log?: Logger;
  /** Time and randomness, for tests. */
  readonly clock?: Clock;
  /** Instead of our own transport over `node:https`: other runtimes, tests. */
  readonly fetch?: typeof fetch;
}

export interface Bot extends AsyncDisposable {
  /** Runs for every inbound, before what is registered later. `await next()` goes on; not calling it ends the turn. */
  use(handler: Handler<AnyTurn>): Bot;
  /** `/name` or `/name arguments`, any case. `turn.args` is what follows. */
  command(name: string | readonly string[], handler: Handler<Turn & { readonly args: string }>): Bot;
  /** A string matches when the text contains it, any case. A RegExp is used as written; `turn.match` is its result. */
  hears(
    pattern: string | RegExp | readonly (string | RegExp)[],
    handler: Handler<Turn & { readonly match: readonly string[] }>,
  ): Bot;
  /** Every inbound of that kind: `on("action", …)`, `on("reaction", …)`. */
  on<K extends InboundKind>(kind: K, handler: Handler<Turn<K>>): Bot;

  /**
   * Sends without being asked. Resolves when the platform has confirmed; equal sends of one tick share a batch call. With
   * `key` the send happens once, however often it is called. Rejects with `ChannelError`.
   */
  send(to: Address, content: Reply, options?: { readonly key?: string; readonly signal?: AbortSignal }): Promise<Sent>;
  /** Replaces a message of ours. `unsupported` where the platform cannot; see `channel.can.edit`. */
  edit(message: MessageRef, content: string | Outbound, options?: { readonly signal?: AbortSignal }): Promise<Sent>;
  /** Takes a message of ours back. `unsupported` where the platform cannot; see `channel.can.recall`. */
  recall(message: MessageRef, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Who has read a message of ours until now. `unsupported` where the platform does not say; see `channel.can.readers`. */
  readers(message: MessageRef, options?: { readonly signal?: AbortSignal }): Promise<readonly Reader[]>;

  /**
   * Answers a platform's HTTP call; starts the bot if need be. With several channels in webhook mode the path must end
   * in `/<channel>` or `/<channel>/<account>`. `waitUntil` keeps a serverless function alive until the turn is done.
   */
  webhook(request: Request, options?: { readonly waitUntil?: (work: Promise<unknown>) => void }): Promise<Response>;
  /**
   * Resolves when each channel has connected, or is retrying what time can heal; rejects with what only a person can.
   * Unfinished turns of an earlier run go on from here.
   */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Accepts nothing new, lets running turns finish, aborts them after `timeoutMs` (default 30,000), closes sockets. */
  stop(options?: { readonly timeoutMs?: number }): Promise<void>;

  status(): BotStatus;
  /** Each change of status, until aborted or stopped. */
  statuses(options?: { readonly signal?: AbortSignal }): AsyncIterable<BotStatus>;
  /** Everything that happened to one inbound, by its id: the answer to "why was this not answered?". */
  trace(id: string): Promise<readonly TraceLine[]>;
  /** Checks credentials, permissions, clock and network of each channel. Makes no metered call unless `spend` is true. */
  probe(options?: ProbeOptions & { readonly signal?: AbortSignal }): Promise<readonly Finding[]>;
}

/** Answers by returning (text, stream, card, file), by calling `turn.reply`, or not at all. May be an async generator. */
export type Handler<T = Turn> = (turn: T, next: () => Promise<void>) => Answered | Promise<Answered>;
/** What a handler may return. */
export type Answered = Reply | Sent | undefined | void;

export interface Route<A extends string = string> {
  /** All that are present must hold; an array holds when one member does. */
  readonly when: {
    readonly text?: string | RegExp | readonly (string | RegExp)[];
    readonly channel?: string | readonly string[];
    readonly account?: string | readonly string[];
    readonly group?: string | readonly string[];
    readonly sender?: string | readonly string[];
    readonly kind?: "text" | FileRef["media"];
    /** Local time, `"09:00-18:00"`; may pass midnight. */
    readonly between?: string;
  };
  readonly agent: A;
  /** Texts this route must catch; `createBot` throws when an earlier route takes one. */
  readonly examples?: readonly string[];
}

/** One inbound being answered. `turn.message`, `turn.action`, … hold it; `turn.kind` tells them apart. */
export type Turn<K extends InboundKind = "message"> = Turns[K];
type Turns = {
  readonly [K in InboundKind]: TurnBase<InboundOf<K>> & { readonly [P in K]: InboundOf<K> };
};
export type AnyTurn = Turn<InboundKind>;

export interface TurnBase<I extends Inbound = Inbound> {
  readonly kind: I["kind"];
  readonly id: string;
  /** `channel:account:id`, the same in every attempt: the idempotency key for your own side effects. */
  readonly key: string;
  readonly channel: string;
  readonly account: string;
  readonly conversation: I["conversation"];
  readonly sender: I["sender"];
  /** What was written, without the mention of the bot; the label of the button for an action; otherwise "". */
  readonly text: string;
  /** Where replies go; keep it to `bot.send` there later. */
  readonly address: Address;
  /** Name of the agent a route chose. */
  readonly agent: string | undefined;
  /** 1, and more after a crash. Replies and asks already delivered are not delivered again, by name or in order of their calls. */
  readonly attempt: number;
  /** Aborted by a stop word, a newer message (`interrupt`), a recall, the time limit or `bot.stop()`. */
  readonly signal: AbortSignal;

  /**
   * Resolves when the platform has confirmed. A stream shows as it grows where the platform can, else at its end. `key`
   * names the reply, for handlers whose calls vary between attempts.
   */
  reply(content: Reply, options?: { readonly key?: string }): Promise<Sent>;
  /** For producers that push: `update` with the whole text so far, then `finish` or `fail`. */
  stream(): Promise<ReplyWriter>;
  /**
   * Sends a card and waits for a press, across restarts; the conversation goes on meanwhile. Presses of others are
   * refused politely. Default: only `turn.sender` may press, for 24 hours.
   */
  ask<const C extends Card>(card: C, options?: AskOptions): Promise<Answer<ButtonId<C>>>;
  edit(message: MessageRef, content: string | Outbound): Promise<Sent>;
  recall(message: MessageRef): Promise<void>;
  /** Best effort: resolves even where the platform refuses. `on: false` takes it back. */
  react(emoji: string, on?: boolean): Promise<void>;
  /** The bytes, decrypted, in memory. Throws `too_large` above `maxBytes` (default 20 MiB). */
  download(file: FileRef, options?: { readonly maxBytes?: number }): Promise<File>;
}

export interface AskOptions {
  /** As in `reply`. */
  readonly key?: string;
  /** Who may press. Default the sender. */
  readonly from?: readonly string[] | "anyone";
  /** Ask somewhere else, for example the manager in private. Default here. */
  readonly to?: Address;
  /** Default 86,400,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
export type Answer<Id extends string = string> =
  | { readonly outcome: "pressed"; readonly button: Id; readonly values: FormValues; readonly by: Person }
  | { readonly outcome: "timeout" };

export interface BotStatus {
  /** Every channel live, on evidence. */
  readonly ready: boolean;
  readonly channels: readonly (ConnectionStatus & { readonly channel: string; readonly account: string })[];
  readonly inbox: Awaited<ReturnType<Inbox["size"]>>;
}
