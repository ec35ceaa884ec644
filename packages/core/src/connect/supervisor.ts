/**
 * Keeps one connection up: one state machine, one timer. A channel supplies `dial` (get the address, open the socket, say
 * hello); this decides when. Make before break: a link that announces its end is replaced first and drained then.
 */
import type { Clock } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ConnectionStatus, Holder } from "../model/channel.ts";
import { asChannelError } from "../reply/persist.ts";
import { backoffMs, fatalBackoffMs } from "./backoff.ts";
import { type HeartbeatOptions, untilDead } from "./heartbeat.ts";
import { createStatusRecord } from "./record.ts";
import type { Socket } from "./socket.ts";

/** What a link tells the supervisor. */
export interface LinkEvents {
  /** The platform will close this link soon: the next is dialled at once, the old one is drained. */
  retire(): void;
  /** A frame came in; `inbound`: it was a message or an event. */
  noteFrame(inbound: boolean): void;
}

export interface SupervisorOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Resolves when the link is live. Its error's verdict decides: `stop` is what only a person can heal. */
  readonly dial: (signal: AbortSignal, events: LinkEvents) => Promise<Socket>;
  readonly heartbeat?: Pick<HeartbeatOptions, "quietMs" | "answerMs" | "asks">;
}

export interface Supervised {
  status(): ConnectionStatus;
  statuses(): AsyncIterable<ConnectionStatus>;
  /** Part of the status from now on. */
  setOthers(others: readonly Holder[]): void;
  close(): Promise<void>;
}

/** A connection has proved itself after this long. */
const STABLE_MS = 30_000;
/** A retired link is kept at most this long. */
const DRAIN_MS = 15_000;

export function superviseConnection(options: SupervisorOptions): Supervised {
  const { clock, log, name } = options;
  const stopping = new AbortController();
  const sockets = new Set<Socket>();
  const record = createStatusRecord(clock, sockets);
  const { set } = record;
  const stateNow = (): ConnectionStatus["state"] => record.current().state;
  let failures = 0;
  let refusals = 0;
  let outageSince: number | undefined;

  /** One link from dial to end. Resolves when the next should be dialled. */
  const runLink = async (): Promise<void> => {
    const retired = Promise.withResolvers<"retired">();
    const events = { retire: () => retired.resolve("retired"), noteFrame: record.noteFrame };
    if (stateNow() !== "draining") set("opening", { attempts: record.current().attempts + 1 });
    const socket = await options.dial(stopping.signal, events);
    sockets.add(socket);
    const end = new AbortController();
    void socket.closed.then(() => {
      record.keepEvidence();
      sockets.delete(socket);
      end.abort(new Error("the link is closed"));
    });
    if (stopping.signal.aborted) socket.close();
    else onLive(socket, end.signal);
    const why = await Promise.race([socket.closed, retired.promise]);
    if (stopping.signal.aborted) return;
    if (why === "retired") {
      set("draining");
      drain(socket, end.signal);
      return;
    }
    log.info({ connection: name, code: why.code, reason: why.reason }, "the connection was closed");
    lost();
  };

  const onLive = (socket: Socket, ended: AbortSignal): void => {
    set("live", { attempts: 0 });
    socket.ping(); // its answer is the first evidence that somebody is there
    refusals = 0;
    outageSince = undefined;
    log.info({ connection: name }, "connected");
    clock.sleep(STABLE_MS, ended).then(
      () => {
        failures = 0;
      },
      () => "it ended before it had proved itself",
    );
    untilDead(socket, { clock, signal: ended, ...options.heartbeat }).then(
      () => {
        log.warn({ connection: name }, "nothing was heard and a ping was not answered: the link is dead");
        socket.terminate();
      },
      () => "it ended by itself",
    );
  };

  const drain = (socket: Socket, ended: AbortSignal): void => {
    clock.sleep(DRAIN_MS, ended).then(
      () => socket.close(),
      () => "the platform closed it",
    );
  };

  const lost = (): void => {
    outageSince ??= clock.now();
  };

  const failedWaitMs = (thrown: unknown): number => {
    const error = asChannelError(thrown);
    lost();
    const fatal = error.verdict.kind === "stop" && error.outcome !== "unknown";
    const waitMs = fatal ? fatalBackoffMs(refusals, clock.random) : retryWaitMs(error);
    if (fatal) refusals += 1;
    else failures += 1;
    set(fatal ? "failed" : "waiting", { error });
    const facts = { err: error, connection: name, waitMs: Math.round(waitMs), fix: error.fix };
    if (fatal) log.error(facts, "the platform refuses the connection; a person must look");
    else log.warn(facts, "the connection could not be made; trying again");
    return waitMs;
  };

  const retryWaitMs = (error: ChannelError): number => {
    const waitMs = backoffMs(failures + 1, clock.now() - (outageSince ?? clock.now()), clock.random);
    return error.verdict.kind === "retryLater" ? Math.max(waitMs, error.verdict.afterMs) : waitMs;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let waitMs: number;
      try {
        await runLink();
        if (stopping.signal.aborted) continue;
        const isRetired = stateNow() === "draining";
        if (!isRetired) set("waiting");
        // The successor of a retired link is dialled at once, unless links end as soon as they begin.
        const outageMs = clock.now() - (outageSince ?? clock.now());
        waitMs = isRetired && failures === 0 ? 0 : backoffMs(failures, outageMs, clock.random);
        failures += 1; // forgiven once the next link has proved itself
        if (waitMs === 0) continue;
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        if (stateNow() === "draining") set("waiting");
        if (stateNow() === "waiting") set("opening");
        waitMs = failedWaitMs(thrown);
      }
      await clock.sleep(waitMs, stopping.signal);
    }
  };

  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error, connection: name }, "the connection's own loop ended");
  });

  const close = async (): Promise<void> => {
    if (!stopping.signal.aborted) stopping.abort(new Error("the connection is being closed"));
    for (const socket of sockets) socket.close();
    await Promise.all([running, ...[...sockets].map((socket) => socket.closed)]);
    if (stateNow() !== "stopped") set("stopped");
    options.signal.removeEventListener("abort", onAbort);
    record.close();
  };
  const onAbort = (): void => void close();
  if (options.signal.aborted) onAbort();
  options.signal.addEventListener("abort", onAbort, { once: true });
  return { status: record.current, statuses: record.watch, setOthers: record.setOthers, close };
}
