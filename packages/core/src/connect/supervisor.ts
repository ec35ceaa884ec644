/**
 * Keeps one connection up: one state machine, one timer. A channel supplies `dial` (get the address, open the socket, say
 * hello); this decides when. Make before break: a link that announces its end is replaced first and drained then.
 */
import type { Clock } from "../clock.ts";
import type { ChannelError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ConnectionStatus, Holder } from "../model/channel.ts";
import { asChannelError } from "../reply/persist.ts";
import { type HeartbeatOptions, untilDead } from "./heartbeat.ts";
import { createPauses } from "./pauses.ts";
import { createStatusRecord } from "./record.ts";
import type { Socket } from "./socket.ts";

/** What a link tells the supervisor. */
export interface LinkEvents {
  /** The platform will close this link soon: the next is dialled at once, the old one is drained. */
  retire(): void;
  /** The platform says that another connection has taken this one's place: it is closed, and not dialled again for long. */
  replaced(): void;
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
  readonly heartbeat?: Omit<HeartbeatOptions, "clock" | "signal">;
  /**
   * Where the platform keeps one connection and ends the older: what to tell when somebody else has taken it. Links that end
   * as soon as they are live, several in a row, mean the same.
   */
  readonly replaced?: () => ChannelError;
  /** True: no attempt is made again after this refusal until the listener is made anew. Default: rarely, but for ever. */
  readonly isHopeless?: (error: ChannelError) => boolean;
}

export interface Supervised {
  status(): ConnectionStatus;
  statuses(): AsyncIterable<ConnectionStatus>;
  /** Part of the status from now on. */
  setOthers(others: readonly Holder[]): void;
  close(): Promise<void>;
}

type LinkEnd = "closed" | "retired" | "replaced";

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
  const pauses = createPauses(clock);

  /** One link from dial to end. Resolves when the next should be dialled. */
  const runLink = async (): Promise<LinkEnd> => {
    const told = Promise.withResolvers<"retired" | "replaced">();
    const retire = (): void => told.resolve("retired");
    const events = { retire, replaced: () => told.resolve("replaced"), noteFrame: record.noteFrame };
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
    const why = await Promise.race([socket.closed, told.promise]);
    if (stopping.signal.aborted) return "closed";
    if (why === "retired") {
      set("draining");
      drain(socket, end.signal);
      return why;
    }
    pauses.lost();
    if (why === "replaced") {
      socket.close();
      return why;
    }
    log.info({ connection: name, code: why.code, reason: why.reason }, "the connection was closed");
    return options.replaced !== undefined && pauses.isFight() ? "replaced" : "closed";
  };

  const onLive = (socket: Socket, ended: AbortSignal): void => {
    set("live", { attempts: 0 });
    if (socket.lastFrameAt() === undefined) socket.ping(); // its answer is the first evidence that somebody is there
    pauses.begun();
    log.info({ connection: name }, "connected");
    clock.sleep(STABLE_MS, ended).then(
      () => pauses.proved(),
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

  const afterLink = (end: LinkEnd): number => {
    if (end === "replaced" && options.replaced !== undefined) return whenReplaced(options.replaced());
    const isRetired = stateNow() === "draining";
    if (!isRetired) set("waiting");
    return pauses.afterLink(isRetired);
  };

  const whenReplaced = (error: ChannelError): number => {
    const waitMs = pauses.afterEviction();
    set("replaced", { error });
    const facts = { err: error, connection: name, waitMs: Math.round(waitMs), fix: error.fix };
    log.error(facts, "another connection has taken this one's place; it is not fought for");
    return waitMs;
  };

  /** Undefined: nothing is tried again. */
  const afterFailure = (thrown: unknown): number | undefined => {
    const error = asChannelError(thrown);
    if (stateNow() === "draining") set("waiting");
    if (stateNow() === "waiting") set("opening");
    pauses.lost();
    const fatal = error.verdict.kind === "stop" && error.outcome !== "unknown";
    const waitMs = fatal && options.isHopeless?.(error) === true ? undefined : pauses.afterFailure(error, fatal);
    set(fatal ? "failed" : "waiting", { error });
    const wait = waitMs === undefined ? {} : { waitMs: Math.round(waitMs) };
    const facts = { err: error, connection: name, ...wait, fix: error.fix };
    if (fatal) log.error(facts, "the platform refuses the connection; a person must look");
    else log.warn(facts, "the connection could not be made; trying again");
    return waitMs;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let waitMs: number | undefined;
      try {
        const end = await runLink();
        if (stopping.signal.aborted) return;
        waitMs = afterLink(end);
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        waitMs = afterFailure(thrown);
      }
      if (waitMs === undefined) return;
      if (waitMs > 0) await clock.sleep(waitMs, stopping.signal);
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
