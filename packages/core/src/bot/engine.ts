/**
 * A bot that is open: its state, its channels, and once started its listeners and its worker. Made by `createBot` at the
 * first `start`, `send` or `webhook`; everything mutable of a bot is in here.
 */
import { systemClock, type Clock } from "../clock.ts";
import { envSnapshot } from "../config/env.ts";
import { createDeadlines } from "../deadlines.ts";
import { closedError, type ChannelError } from "../errors.ts";
import { createQuotas } from "../http/quota.ts";
import { createTransport } from "../http/transport.ts";
import { createFetches } from "../ingress/fetch.ts";
import { createIngress, type IngressOptions } from "../ingress/ingress.ts";
import { queueOf } from "../ingress/lane.ts";
import { stopWordSet } from "../ingress/stop.ts";
import { silentLogger, type Logger } from "../log.ts";
import type { ConnectionStatus, Listener } from "../model/channel.ts";
import { memoryState } from "../state/memory.ts";
import type { State, Worker } from "../state/state.ts";
import type { Metric } from "../trace/metrics.ts";
import { createTracer, memoryTraces, type Tracer } from "../trace/trace.ts";
import { createAsks } from "./ask.ts";
import type { Link } from "./compose.ts";
import type { Account } from "./account.ts";
import { createRunner, MAX_ATTEMPTS } from "./run.ts";
import { createLabels, type Labels } from "./labels.ts";
import { createMeasures } from "./measure.ts";
import { createSender, type Sender } from "./send.ts";
import { createStatus } from "./status.ts";
import type { BotOptions, BotStatus } from "./types.ts";
import type { WebhookTarget } from "./webhook.ts";

const DEFAULT_LANES = 64;
const DEFAULT_MAX_AGE_MS = 28_800_000;
const DEFAULT_TURN_MS = 600_000;
/** A write that is not back by then counts as busy: the platform is asked to repeat it. */
const OFFER_MS = 20_000;

export interface Engine {
  readonly state: State;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly sender: Sender;
  readonly labels: Labels;
  /** Every one, opened; throws `secret_missing`. */
  accounts(): readonly Account[];
  /** Opened when it is first asked for; throws `secret_missing`. */
  account(of: { readonly channel: string; readonly account?: string | undefined }): Account | undefined;
  /** Opens every channel, listens and works. Rejects with what only a person can heal. */
  start(links: readonly Link[], signal: AbortSignal | undefined): Promise<void>;
  webhooks(): readonly WebhookTarget[];
  status(): BotStatus;
  metrics(): Promise<readonly Metric[]>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
  stop(timeoutMs: number): Promise<void>;
}

/** Opens no channel yet. `onStatus` is called at each change. */
export function openEngine(options: BotOptions, onStatus: () => void): Engine {
  const clock = options.clock ?? systemClock();
  const log = options.log ?? silentLogger();
  const state = options.state ?? memoryState();
  const http = createTransport({
    env: envSnapshot(),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const tracer = createTracer({ traces: state.traces ?? memoryTraces(), clock, log });
  const deadlines = createDeadlines(clock, options.turnTimeoutMs ?? DEFAULT_TURN_MS);
  const offers = createDeadlines(clock, OFFER_MS);
  const quotas = state.quotas ?? createQuotas({ store: state.store, clock });
  const runtime = { store: state.store, blobs: state.blobs, http, log, clock, quotas };
  const channels = new Map(options.channels.map((one) => [queueOf({ channel: one.id, account: one.account }), one]));
  const opened = new Map<string, Account>();
  const labels = createLabels({ store: state.store, log, clock });
  const stopWords = stopWordSet(options.stopWords ?? ["/stop", "停止"]);
  const stopped: IngressOptions["stopped"] = new Map();
  const fetches = createFetches({ blobs: state.blobs, store: state.store, clock, tracer, log });
  const stopping = new AbortController();
  const listeners = new Map<string, Listener>();
  let worker: Worker | undefined;
  const measures = createMeasures(clock);
  tracer.watch(measures.note);
  const status = createStatus({ inbox: state.inbox, channels, opened, listeners, measures, clock, log });

  /** A channel is opened when it is first needed: a send to one does not ask for the secrets of another. */
  const account = (queue: string): Account | undefined => {
    const channel = channels.get(queue);
    const known = opened.get(queue);
    if (known !== undefined || channel === undefined) return known;
    const labels = { channel: channel.id, account: channel.account };
    const made = { channel, open: measures.timed(channel.open(runtime), labels) };
    opened.set(queue, made);
    return made;
  };
  const accounts = (): readonly Account[] => [...channels.keys()].flatMap((queue) => account(queue) ?? []);

  const follow = async (listener: Listener): Promise<void> => {
    for await (const _ of listener.statuses()) onStatus();
  };

  const listen = (): void => {
    for (const { channel, open } of accounts()) {
      const queue = queueOf({ channel: channel.id, account: channel.account });
      const maxAgeMs = options.maxAgeMs ?? DEFAULT_MAX_AGE_MS;
      const shared = { tracer, clock, log, maxAgeMs, stopWords, stopped, offers };
      const sink = createIngress({ channel, open, inbox: state.inbox, fetches, ...shared });
      const listener = open.listen(sink, stopping.signal);
      listeners.set(queue, listener);
      follow(listener).catch((error: unknown) => log.error({ err: error, queue }, "the status of a channel was lost"));
    }
  };

  const work = (links: readonly Link[]): void => {
    const run = createRunner({
      account,
      links,
      onError: options.onError,
      asks: createAsks({ store: state.store, clock }),
      store: state.store,
      unknownReply: options.unknownReply ?? "notice",
      stopWords,
      stopped,
      inbox: state.inbox,
      blobs: fetches.outgoing,
      fetches,
      labels,
      deadlines,
      tracer,
      clock,
      log,
    });
    worker = state.inbox.work(run, {
      queues: [...channels.keys()],
      lanes: options.lanes ?? DEFAULT_LANES,
      attempts: MAX_ATTEMPTS + 1,
      whenBusy: options.whenBusy ?? "queue",
    });
  };

  const closeListeners = async (bound: boolean): Promise<void> => {
    const closing = [...listeners].filter(([queue]) => (channels.get(queue)?.can.bound !== undefined) === bound);
    await Promise.all(closing.map(([, listener]) => listener.close()));
  };

  const flushQuotas = (): Promise<void> =>
    quotas.flush().catch((error: unknown) => log.warn({ err: error }, "the last metered calls are not counted"));

  const stop = async (timeoutMs: number): Promise<void> => {
    await closeListeners(false);
    await worker?.stop(timeoutMs);
    await closeListeners(true); // those whose replies need the connection
    stopping.abort(closedError("the bot"));
    deadlines.close();
    offers.close();
    await Promise.all([fetches.close(), tracer.close(), flushQuotas()]);
    http.close();
    await state.close();
  };

  return {
    state,
    clock,
    log,
    tracer,
    sender: createSender({ store: state.store, clock, newKey: () => `send:${crypto.randomUUID()}` }),
    labels,
    accounts,
    account: ({ channel, account: name = "default" }) => account(queueOf({ channel, account: name })),
    async start(links, signal) {
      const all = accounts(); // a missing secret is told before anything else happens
      await status.refresh();
      for (const { open } of all) open.usage?.(); // what was used of a quota is read back
      listen();
      work(links);
      await Promise.all([...listeners.values()].map((listener) => settledConnection(listener, signal)));
    },
    webhooks: () =>
      [...listeners].flatMap(([queue, { webhook }]) => {
        const channel = channels.get(queue);
        if (webhook === undefined || channel === undefined) return [];
        return [{ channel: channel.id, account: channel.account, webhook }];
      }),
    status: status.now,
    metrics: status.metrics,
    idle: () => status.idle(stopping.signal),
    stop,
  };
}

/** Resolves when the channel is live, or retries what time can heal; rejects with what only a person can. */
async function settledConnection(listener: Listener, signal: AbortSignal | undefined): Promise<void> {
  const settled = (status: ConnectionStatus): boolean => {
    if (status.state === "failed") throw status.error ?? closedError("the connection");
    return status.state !== "idle" && status.state !== "opening";
  };
  if (listener.webhook !== undefined || settled(listener.status())) return;
  const aborted = new Promise<never>((_, reject) => {
    const callOff = (): void => reject(signal?.reason as ChannelError);
    if (signal?.aborted === true) callOff();
    signal?.addEventListener("abort", callOff, { once: true });
  });
  const watch = async (): Promise<void> => {
    for await (const status of listener.statuses()) if (settled(status)) return;
  };
  await Promise.race([watch(), aborted]);
}
