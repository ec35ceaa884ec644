/**
 * The long connection of a bot: socket, subscription, frames in. Live means subscribed. A frame can be malformed and a
 * normaliser can throw: neither harms the socket. The platform keeps one connection of a bot and evicts the older.
 */
import type { ChannelError, ChannelOptions, Inbound, Listener, Runtime, Sink } from "@openclaw-china/core";
import {
  envSnapshot,
  type LinkEvents,
  openSocket,
  type Socket,
  superviseConnection,
} from "@openclaw-china/core/internal";
import { replacedError, silentError } from "../errors.ts";
import { normalise, type Self } from "../inbound/normalise.ts";
import { type Frame, parseFrame } from "../wire/envelope.ts";
import { ownReqId, pingFrame, subscribeFrame } from "./ack.ts";
import { createIntake, type Intake } from "./intake.ts";
import { handlePress, type PressDesk } from "./press.ts";
import { welcome, type WelcomeDesk } from "./welcome.ts";

/** What the way out needs of a connection. */
interface LinkPort {
  attach(wire: { send(frame: string): boolean; close(): void }): Attached;
}

interface Attached {
  settle(ack: {
    readonly reqId: string;
    readonly errcode: number | undefined;
    readonly errmsg: string;
    readonly body: unknown;
  }): boolean;
  end(): void;
}

export interface StreamOptions {
  readonly self: Self;
  readonly bot: { readonly botId: string; readonly botSecret: string };
  readonly socketUrl: string;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly runtime: Runtime;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly link: LinkPort;
  /** The error that the acknowledgement of the subscription stands for. */
  readonly judgeSubscribe: (ack: Frame) => ChannelError | undefined;
  readonly press: PressDesk;
  readonly welcome: WelcomeDesk;
}

const SUBSCRIBE_MS = 10_000;
/** The platform's own interval; it closes connections that do not ping. */
const PING_EVERY_MS = 30_000;
/** When it wants fewer pings. */
const PING_SLOWLY_MS = 60_000;
const PONG_MS = 15_000;
const MAX_FRAME_BYTES = 4_194_304;

/** What lives as long as the listener. */
interface Desk extends StreamOptions {
  readonly intake: Intake;
  readonly ended: AbortSignal;
  /** Pings are refused: not so often. */
  slowDown(isSlow: boolean): void;
  /** The socket that is read. */
  onSocket(socket: Socket): void;
}

/** Listens until closed. Never gives up on what time can heal; wrong credentials are not tried again. */
export function listenStream(options: StreamOptions): Listener {
  const { runtime, self, signal, sink } = options;
  const { clock, log } = runtime;
  const closing = new AbortController();
  const ended = AbortSignal.any([signal, closing.signal]);
  const intake = createIntake({ sink, clock, log, account: self.account, signal: ended });
  let current: Socket | undefined;
  let pingMs = PING_EVERY_MS;
  intake.onChange(() => (intake.isFull() ? current?.pause() : current?.resume()));
  const desk: Desk = {
    ...options,
    intake,
    ended,
    slowDown(isSlow) {
      pingMs = isSlow ? PING_SLOWLY_MS : PING_EVERY_MS;
    },
    onSocket(socket) {
      current = socket;
      if (intake.isFull()) socket.pause();
    },
  };
  const link = superviseConnection({
    name: `wecom:${self.account}`,
    clock,
    log,
    signal,
    dial: (abort, events) => dial(desk, abort, events),
    heartbeat: { quietMs: () => pingMs, answerMs: PONG_MS, asks: 2, isSteady: true },
    replaced: replacedError,
    isHopeless: (error) => error.code === "credentials_rejected",
  });
  return {
    ...link,
    async close() {
      closing.abort(new Error("the listener is closed"));
      await link.close();
    },
  };
}

/** A connection that is subscribed. */
async function dial(desk: Desk, signal: AbortSignal, events: LinkEvents): Promise<Socket> {
  const { runtime, socketUrl, proxy, link } = desk;
  const { clock, log } = runtime;
  const reqId = ownReqId("aibot_subscribe", clock.now());
  const ready = Promise.withResolvers<Frame>();
  let attached: Attached | undefined;
  const onAck = (ack: Frame): void => {
    if (ack.reqId === reqId) ready.resolve(ack);
    else if (ack.reqId.startsWith("ping_")) desk.slowDown((ack.errcode ?? 0) !== 0);
    else if (attached?.settle(ack) !== true)
      log.debug({ reqId: ack.reqId }, "an acknowledgement came that nobody waits for");
  };
  const onReplaced = (): void => {
    attached?.end();
    events.replaced();
  };
  const socket = await openSocket({
    url: socketUrl,
    clock,
    log,
    signal,
    proxy,
    env: envSnapshot(),
    maxPayloadBytes: MAX_FRAME_BYTES,
    onFrame: (frame) => hear(desk, frame, { events, onAck, onReplaced }),
  });
  try {
    socket.send(subscribeFrame(reqId, desk.bot));
    await subscribed(desk, { socket, ready: ready.promise }, signal);
  } catch (error) {
    socket.close();
    throw error;
  }
  attached = link.attach({ send: socket.send, close: () => socket.close() });
  void socket.closed.then(() => attached?.end());
  desk.onSocket(socket);
  return { ...socket, ping: () => void socket.send(pingFrame(ownReqId("ping", clock.now()))) };
}

/** Rejects when the subscription is refused, is not acknowledged in time, or the socket ends before. */
async function subscribed(
  { runtime, judgeSubscribe }: Desk,
  { socket, ready }: { readonly socket: Socket; readonly ready: Promise<Frame> },
  signal: AbortSignal,
): Promise<void> {
  const decided = new AbortController();
  const late = runtime.clock.sleep(SUBSCRIBE_MS, AbortSignal.any([decided.signal, signal])).then(
    () => "late" as const,
    () => "late" as const,
  );
  const ack = await Promise.race([ready, late, socket.closed.then(() => "closed" as const)]);
  decided.abort(new Error("decided"));
  if (ack === "late" || ack === "closed") throw silentError(ack === "late" ? SUBSCRIBE_MS : undefined);
  const error = judgeSubscribe(ack);
  if (error !== undefined) throw error;
}

interface Hearing {
  readonly events: LinkEvents;
  readonly onAck: (ack: Frame) => void;
  readonly onReplaced: () => void;
}

function hear(desk: Desk, data: string | Uint8Array, { events, onAck, onReplaced }: Hearing): void {
  const { log } = desk.runtime;
  const { account } = desk.self;
  const frame = parseFrame(typeof data === "string" ? data : Buffer.from(data).toString("utf8"));
  events.noteFrame(frame?.cmd !== undefined);
  if (frame === undefined) {
    log.warn({ account, bytes: data.length }, "a frame could not be read; it is skipped");
    return;
  }
  if (frame.cmd === undefined) return onAck(frame);
  const inbound = normalise(frame, desk.self);
  if (inbound === undefined) {
    log.warn({ account, cmd: frame.cmd }, "what a frame holds could not be read; it is skipped");
    return;
  }
  if (inbound.kind === "other" && inbound.type === "disconnected_event") return onReplaced();
  take(desk, inbound);
}

/** None of these rejects. */
function take(desk: Desk, inbound: Inbound): void {
  const settled = desk.intake.take(inbound);
  const signal = desk.ended;
  if (inbound.kind === "action") void handlePress(desk.press, { inbound, settled, signal });
  if (inbound.kind === "membership") void welcome(desk.welcome, { inbound, settled, signal });
}
