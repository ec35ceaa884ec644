/**
 * One WebSocket. Loads `ws` when the first is opened, so that webhook-only programs never do. Frames sent in one tick leave
 * in one write. `send` never throws; `closed` always resolves.
 */
import type { Socket as NetSocket } from "node:net";
import type { Clock } from "../clock.ts";
import { abortedError, channelError } from "../errors.ts";
import { createAgent, type Env, proxyOptions } from "../http/proxy.ts";
import type { Logger } from "../log.ts";
import type { ChannelOptions } from "../model/capabilities.ts";

export interface Socket {
  /** False: the socket is closed and the frame is dropped. */
  send(frame: string | Uint8Array): boolean;
  ping(): void;
  /** Asks for a close, and ends it by force when the other side ignores that for 5 s. */
  close(code?: number): void;
  terminate(): void;
  /** Reads nothing until `resume`: what comes in waits at the platform. Meanwhile silence is no sign of death. */
  pause(): void;
  resume(): void;
  /** ms since 1970 of the last sign of life, the handshake included. */
  lastActivityAt(): number;
  /** ms since 1970 of the last frame of any kind, pongs included: evidence that the other side is there. */
  lastFrameAt(): number | undefined;
  readonly closed: Promise<CloseInfo>;
}

export interface Refusal {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
}

export interface SocketOptions {
  /** May hold a ticket: never logged. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly proxy: ChannelOptions["proxy"];
  readonly env: Env;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Default 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** The other side answered the upgrade with something else: what that means, where its headers say more than its status. */
  readonly onRefused?: (answer: Refusal) => Error | undefined;
  /** What it throws is logged, and harms neither the socket nor the process. */
  readonly onFrame: (frame: string | Uint8Array, socket: Socket) => void;
}

const CLOSE_GRACE_MS = 5_000;
/** The tunnel of a silent proxy is out of our reach: Node ends it after so many times the handshake's, in real time. */
const TUNNEL_TIMES = 3;

/** Resolves when the handshake is done. Rejects with `unreachable`, `timeout` or `aborted`, without the address's query. */
export async function openSocket(options: SocketOptions): Promise<Socket> {
  const { WebSocket } = await import("ws");
  const { clock, log, signal, handshakeTimeoutMs: timeoutMs = 10_000 } = options;
  const url = new URL(options.url);
  if (signal.aborted) throw calledOff(url, signal);
  // An agent of its own per socket: a shared keep-alive one may hand out an idle pooled connection.
  const agent = createAgent(url.protocol, proxyOptions(options.proxy, options.env));
  const ws = new WebSocket(options.url, {
    agent,
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: TUNNEL_TIMES * timeoutMs,
    maxPayload: options.maxPayloadBytes ?? 1_048_576,
    headers: { ...options.headers },
  });
  let lastActivityAt = clock.now();
  let lastFrameAt: number | undefined;
  const alive = (): void => {
    lastActivityAt = clock.now();
    lastFrameAt = lastActivityAt;
  };
  const closed = Promise.withResolvers<CloseInfo>();
  const over = new AbortController();
  let raw: NetSocket | undefined;
  let corked = false;
  let failure: Error | undefined;
  const uncork = (): void => {
    corked = false;
    raw?.uncork();
  };
  const socket: Socket = {
    send(frame) {
      if (ws.readyState !== WebSocket.OPEN) return false;
      if (!corked && raw !== undefined) {
        corked = true;
        raw.cork();
        setImmediate(uncork);
      }
      ws.send(frame, { binary: typeof frame !== "string" }, () => undefined); // a failure shows as a close
      return true;
    },
    ping() {
      if (ws.readyState === WebSocket.OPEN) ws.ping();
    },
    close(code = 1000) {
      ws.close(code);
      clock.sleep(CLOSE_GRACE_MS, over.signal).then(
        () => ws.terminate(),
        () => "closed in time",
      );
    },
    terminate: () => ws.terminate(),
    pause: () => ws.pause(),
    resume() {
      lastActivityAt = clock.now();
      ws.resume();
    },
    lastActivityAt: () => (ws.isPaused ? clock.now() : lastActivityAt),
    lastFrameAt: () => lastFrameAt,
    closed: closed.promise,
  };
  ws.on("upgrade", (response) => {
    raw = response.socket;
    lastActivityAt = clock.now();
  });
  ws.on("ping", alive);
  ws.on("pong", alive);
  ws.on("message", (data: Buffer, isBinary: boolean) => {
    alive();
    try {
      options.onFrame(isBinary ? data : data.toString("utf8"), socket);
    } catch (error) {
      log.error({ err: error, host: url.host }, "a frame could not be handled; the connection goes on");
    }
  });
  ws.on("error", (error) => {
    failure = error; // its close follows
  });
  ws.on("close", (code, reason) => {
    over.abort(new Error("the socket is closed"));
    agent.destroy();
    const why = reason.toString("utf8") || messageOf(failure, url);
    closed.resolve({ code, reason: why.slice(0, 200) });
  });
  const refusal = refusalOf(ws, { ...options, url });
  try {
    await opened(ws, { url, clock, signal, timeoutMs });
  } catch (error) {
    throw refusal() ?? error;
  }
  return socket;
}

type Ws = import("ws").WebSocket;

/** What the answer to the upgrade means to the channel, once there is one. */
function refusalOf(
  ws: Ws,
  { onRefused, url }: Pick<SocketOptions, "onRefused"> & { readonly url: URL },
): () => Error | undefined {
  let refused: Error | undefined;
  if (onRefused === undefined) return () => refused;
  ws.on("unexpected-response", (_request, { statusCode: status = 0, headers }) => {
    const texts = Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(", ")] as const);
    const unlisted = new Error(`Unexpected server response: ${status}`);
    refused = onRefused({ status, headers: Object.fromEntries(texts) }) ?? handshakeError(url, unlisted, false);
    ws.terminate();
  });
  return () => refused;
}

interface Handshake extends Pick<SocketOptions, "clock" | "signal"> {
  readonly url: URL;
  readonly timeoutMs: number;
}

function opened(ws: Ws, { url, clock, signal, timeoutMs }: Handshake): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    let timedOut = false;
    let failure: Error | undefined;
    const abort = (): void => ws.terminate();
    signal.addEventListener("abort", abort, { once: true });
    clock.sleep(timeoutMs, over.signal).then(
      () => {
        timedOut = true;
        ws.terminate();
      },
      () => "decided in time",
    );
    const decide = (): void => {
      signal.removeEventListener("abort", abort);
      over.abort(new Error("the handshake is decided"));
    };
    ws.on("error", (error) => {
      failure ??= error;
    });
    ws.once("open", () => {
      decide();
      resolve();
    });
    ws.once("close", () => {
      decide();
      reject(signal.aborted ? calledOff(url, signal) : handshakeError(url, failure, timedOut));
    });
  });
}

function calledOff(url: URL, signal: AbortSignal): Error {
  return abortedError(`the connection to ${url.host} was called off`, signal.reason);
}

/** Without the address's query, which may hold a ticket. */
function messageOf(failure: Failure, { search }: URL): string {
  const message = failure?.message ?? "";
  return search === "" ? message : message.replaceAll(search, "?…");
}

type Failure = (Error & { readonly code?: string }) | undefined;

function handshakeError(url: URL, failure: Failure, timedOut: boolean): Error {
  const why = (failure?.code ?? messageOf(failure, url)) || "closed before it was open";
  return channelError({
    code: timedOut ? "timeout" : "unreachable",
    kind: "transport",
    message: timedOut
      ? `the connection to ${url.host} was not established in time`
      : `the connection to ${url.host} was refused (${why})`,
    outcome: "not_sent",
    verdict: { kind: "retry" },
    fix: {
      en: `Check that outgoing connections to ${url.host} are allowed, also through the proxy.`,
      zh: `请检查是否允许访问 ${url.host}(包括经过代理的情况)。`,
    },
  });
}
