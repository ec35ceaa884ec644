/**
 * The long connection: endpoint call, socket, frames in, acknowledgements out on the socket that delivered. A frame can be
 * malformed and a normaliser can throw: neither harms the socket. Acknowledged as soon as the durable accept has returned.
 */
import type { ChannelOptions, Listener, Runtime } from "@openclaw-china/core";
import {
  announced,
  envSnapshot,
  exchange,
  type HolderOptions,
  type LinkEvents,
  openSocket,
  sha256Hex,
  type Socket,
  superviseConnection,
  thisMachine,
} from "@openclaw-china/core/internal";
import { unclearError } from "../errors.ts";
import { parseJson } from "../wire/envelope.ts";
import { CONTROL, DATA, type Frame, parseFrame, pingFrame } from "../wire/frame.ts";
import { type Ack, ackFrame } from "./ack.ts";
import { createParts, type Parts } from "./parts.ts";
import { type LinkConfig, linkConfigOf, startPings } from "./pings.ts";
import { type Desk, takeEvent } from "./take.ts";

export interface StreamOptions {
  readonly credentials: { readonly appId: string; readonly appSecret: string };
  readonly apiOrigin: string;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly runtime: Runtime;
  readonly desk: Desk;
  readonly signal: AbortSignal;
  /** Judges the answer of the endpoint call: its data, or a `ChannelError`. */
  readonly judgeOpen: (answer: Awaited<ReturnType<typeof exchange>>) => Record<string, unknown>;
  /** What the headers of a refused upgrade mean. */
  readonly judgeRefusal: (headers: Readonly<Record<string, string | undefined>>) => Error | undefined;
}

const CALL_TIMEOUT_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 15_000;
const MAX_FRAME_BYTES = 16 * 1_048_576;
/** A dead link is found in a minute: asked after 30 s of silence, twice, 15 s each. */
const HEARTBEAT = { quietMs: 30_000, answerMs: 15_000, asks: 2 } as const;
const WHAT = "open the long connection";

/**
 * Listens until closed. Never gives up on what time can heal. Feishu hands each event to one of an app's connections at
 * random: others that share the state are told in the log and the status.
 */
export function listenStream(options: StreamOptions): Listener {
  const { runtime, desk, signal } = options;
  const { clock, log } = runtime;
  const link = superviseConnection({
    name: `feishu:${desk.account}`,
    clock,
    log,
    signal,
    heartbeat: HEARTBEAT,
    dial: (abort, events) => dial(options, { signal: abort, events }),
  });
  return announced(link, holderOf(options), { log, signal });
}

function holderOf({ runtime, desk, credentials, apiOrigin }: StreamOptions): HolderOptions {
  const { store, clock } = runtime;
  const name = `feishu:${sha256Hex(`${apiOrigin} ${credentials.appId}`).slice(0, 24)}`;
  return { store, clock, name, account: desk.account, machine: thisMachine() };
}

interface Dialling {
  readonly signal: AbortSignal;
  readonly events: LinkEvents;
}

interface Link {
  readonly options: StreamOptions;
  readonly events: LinkEvents;
  readonly parts: Parts;
  readonly service: number;
  /** The newest of what the platform says; adopted by the pings. */
  config: LinkConfig;
  adopt: (config: LinkConfig) => void;
}

async function dial(options: StreamOptions, { signal, events }: Dialling): Promise<Socket> {
  const { runtime, proxy, judgeRefusal } = options;
  const { clock, log } = runtime;
  const { url, service, config } = await endpointCall(options, signal);
  const link: Link = { options, events, parts: createParts(clock), service, config, adopt: () => undefined };
  const socket = await openSocket({
    url,
    clock,
    log,
    signal,
    proxy,
    env: envSnapshot(),
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    maxPayloadBytes: MAX_FRAME_BYTES,
    onRefused: ({ headers }) => judgeRefusal(headers),
    onFrame: (frame, from) => {
      handleFrame(link, frame, from).catch((error: unknown) =>
        log.error(
          { err: error, account: options.desk.account },
          "a frame could not be handled; the connection goes on",
        ),
      );
    },
  });
  const ended = new AbortController();
  void socket.closed.then(() => ended.abort(new Error("the link is closed")));
  const ping = (): void => void socket.send(pingFrame(service));
  const pings = startPings({ clock, signal: ended.signal, ping }, link.config);
  link.adopt = pings.adopt;
  pings.adopt(link.config); // a pong may have come meanwhile
  return { ...socket, ping: askerOf(socket, { now: clock.now, ping }) };
}

/**
 * Asks by the WebSocket's own ping. That the platform answers those is required by the standard and not known: where one has
 * stayed unanswered, the next goes with a ping of the protocol.
 */
function askerOf(socket: Socket, { now, ping }: { readonly now: () => number; readonly ping: () => void }): () => void {
  let askedAt: number | undefined;
  return () => {
    const isUnanswered = askedAt !== undefined && socket.lastActivityAt() < askedAt;
    askedAt = now();
    socket.ping();
    if (isUnanswered) ping();
  };
}

interface Endpoint {
  readonly url: string;
  readonly service: number;
  readonly config: LinkConfig;
}

/** POST /callback/ws/endpoint. The address serves once, and holds a key and a ticket: never stored, never logged. */
async function endpointCall(options: StreamOptions, signal: AbortSignal): Promise<Endpoint> {
  const { credentials, apiOrigin, proxy, runtime } = options;
  const answer = await exchange(runtime, {
    method: "POST",
    url: `${apiOrigin}/callback/ws/endpoint`,
    headers: { locale: "zh" },
    json: { AppID: credentials.appId, AppSecret: credentials.appSecret },
    proxy,
    signal,
    timeoutMs: CALL_TIMEOUT_MS,
  });
  const { URL: url, ClientConfig: config } = options.judgeOpen(answer);
  const address = typeof url === "string" ? URL.parse(url) : null;
  if (typeof url !== "string" || address === null || !/^wss?:$/.test(address.protocol)) throw unclearError(WHAT, "URL");
  const service = Number(address.searchParams.get("service_id") ?? 0);
  return { url, service: Number.isInteger(service) ? service | 0 : 0, config: linkConfigOf(config) };
}

async function handleFrame(link: Link, given: string | Uint8Array, socket: Socket): Promise<void> {
  const { options, events } = link;
  const { log, clock } = options.runtime;
  const { account } = options.desk;
  const frame = typeof given === "string" ? undefined : parseFrame(given);
  events.noteFrame(frame?.method === DATA);
  if (frame === undefined) {
    log.warn({ account, bytes: given.length }, "a frame could not be read; it is skipped");
    return;
  }
  if (frame.method === CONTROL) return handleControl(link, frame);
  if (frame.method !== DATA) return;
  const begunAt = clock.now();
  const ack = await handleData(link, frame);
  if (ack !== undefined && !socket.send(ackFrame(frame, ack, clock.now() - begunAt))) {
    log.warn({ account, trace: frame.headers.get("trace_id") }, "an acknowledgement was dropped: its socket is closed");
  }
}

/** A ping of the platform's is a sign of life and wants no answer. */
function handleControl(link: Link, { headers, payload }: Frame): void {
  if (headers.get("type") !== "pong" || payload.length === 0) return;
  link.config = linkConfigOf(parseJson(textOf(payload)), link.config);
  link.adopt(link.config);
}

/** One acknowledgement for a split push, built on the part that completed it. Undefined: none, and it comes again. */
async function handleData({ options, parts }: Link, frame: Frame): Promise<Ack | undefined> {
  const { desk, runtime } = options;
  const about = { account: desk.account, trace: frame.headers.get("trace_id") };
  const collected = parts.add(frame);
  if (collected.kind === "part") return undefined;
  if (collected.kind === "done") return { code: 200 };
  if (collected.kind === "wrong") {
    runtime.log.warn(about, "a part of a split push counts wrongly; it is skipped");
    return undefined;
  }
  const taken = await takeEvent(desk, parseJson(textOf(collected.payload)));
  if (taken.kind === "taken")
    return taken.callback === undefined ? { code: 200 } : { code: 200, callback: taken.callback };
  if (taken.kind === "unreadable") {
    runtime.log.warn(about, "what a frame holds could not be read; the platform is told so");
  }
  return { code: 500 };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
