/**
 * Stream Mode: open call, socket, frames in, acknowledgements out on the socket that delivered. A frame can be malformed
 * and a normaliser can throw: neither harms the socket. Acknowledged as soon as the durable accept has returned.
 */
import { ChannelError, type ChannelOptions, type Listener, type Runtime, type Sink } from "@openclaw-china/core";
import {
  announced,
  type Answer,
  envSnapshot,
  exchange,
  type HolderOptions,
  type LinkEvents,
  openSocket,
  type Socket,
  sha256Hex,
  superviseConnection,
  thisMachine,
} from "@openclaw-china/core/internal";
import { streamError, unclearError } from "../errors.ts";
import { normalise, type Self, TOPIC } from "../inbound/normalise.ts";
import { type Envelope, parseEnvelope } from "../wire/envelope.ts";
import { badRequestAck, notFoundAck, pingAck, settledAck } from "./ack.ts";
import { handlePress, type PressDesk } from "./press.ts";

export interface StreamOptions {
  readonly self: Self;
  readonly credentials: { readonly appKey: string; readonly appSecret: string };
  readonly apiOrigin: string;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly runtime: Runtime;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** Judges the answer of the open call: the ticket's address, or a `ChannelError`. */
  readonly judgeOpen: (answer: Answer) => Record<string, unknown>;
  readonly press: PressDesk;
}

const OPEN_TIMEOUT_MS = 10_000;
const USER_AGENT = "openclaw-china-dingtalk/1.0.0";
/** Only what has a handler: the platform pushes what is listed here. */
const SUBSCRIPTIONS = [
  { type: "CALLBACK", topic: TOPIC.message },
  { type: "CALLBACK", topic: TOPIC.card },
] as const;

/**
 * Listens until closed. Never gives up on what time can heal. DingTalk hands each message to one of an app's connections at
 * random, and gives no sign of it: others that share the state are told in the log and the status.
 */
export function listenStream(options: StreamOptions): Listener {
  const { runtime, self, signal } = options;
  const { clock, log } = runtime;
  const link = superviseConnection({
    name: `dingtalk:${self.account}`,
    clock,
    log,
    signal,
    dial: (abort, events) => dial(options, abort, events),
  });
  return announced(link, holderOf(options), { log, signal });
}

function holderOf({ runtime, self, credentials, apiOrigin }: StreamOptions): HolderOptions {
  const { store, clock } = runtime;
  const name = `dingtalk:${sha256Hex(`${apiOrigin} ${credentials.appKey}`).slice(0, 24)}`;
  return { store, clock, name, account: self.account, machine: thisMachine() };
}

/** A link that is live. What stands between here and the platform is named, with what to do about it. */
async function dial(options: StreamOptions, signal: AbortSignal, events: LinkEvents): Promise<Socket> {
  try {
    return await openLink(options, signal, events);
  } catch (error) {
    const isSilence = error instanceof ChannelError && (error.code === "timeout" || error.code === "unreachable");
    throw isSilence && error.kind === "transport" ? streamError(error) : error;
  }
}

async function openLink(options: StreamOptions, signal: AbortSignal, events: LinkEvents): Promise<Socket> {
  const { runtime, proxy } = options;
  const { endpoint, ticket } = await openCall(options, signal);
  return openSocket({
    url: socketUrl(endpoint, ticket),
    clock: runtime.clock,
    log: runtime.log,
    signal,
    proxy,
    env: envSnapshot(),
    onFrame: (frame, socket) => {
      handleFrame(options, { frame, socket, events }).catch((error: unknown) =>
        runtime.log.error(
          { err: error, account: options.self.account },
          "a frame could not be handled; the connection goes on",
        ),
      );
    },
  });
}

/** The ticket lives 90 s and serves once: never stored, never logged. */
export function socketUrl(endpoint: string, ticket: string): string {
  return `${endpoint}${endpoint.includes("?") ? "&" : "?"}ticket=${encodeURIComponent(ticket)}`;
}

async function openCall(
  options: StreamOptions,
  signal: AbortSignal,
): Promise<{ readonly endpoint: string; readonly ticket: string }> {
  const { credentials, apiOrigin, proxy, runtime } = options;
  const answer = await exchange(runtime, {
    method: "POST",
    url: `${apiOrigin}/v1.0/gateway/connections/open`,
    headers: { accept: "application/json" }, // without it the answer is XML
    json: {
      clientId: credentials.appKey,
      clientSecret: credentials.appSecret,
      subscriptions: SUBSCRIPTIONS,
      ua: USER_AGENT,
    },
    proxy,
    signal,
    timeoutMs: OPEN_TIMEOUT_MS,
  });
  const { endpoint, ticket } = options.judgeOpen(answer);
  if (typeof endpoint !== "string" || !/^wss?:$/.test(URL.parse(endpoint)?.protocol ?? ""))
    throw unclearError("open the stream connection", "endpoint");
  if (typeof ticket !== "string" || ticket === "") throw unclearError("open the stream connection", "ticket");
  return { endpoint, ticket };
}

interface Received {
  readonly frame: string | Uint8Array;
  readonly socket: Socket;
  readonly events: LinkEvents;
}

async function handleFrame(options: StreamOptions, { frame, socket, events }: Received): Promise<void> {
  const { log } = options.runtime;
  const envelope = typeof frame === "string" ? parseEnvelope(frame) : undefined;
  events.noteFrame(envelope !== undefined && envelope.type !== "SYSTEM");
  if (envelope === undefined) {
    log.warn({ account: options.self.account, bytes: frame.length }, "a frame could not be read; it is skipped");
    return;
  }
  const ack = envelope.type === "SYSTEM" ? handleSystem(envelope, events) : await handleMessage(options, envelope);
  if (ack !== undefined && !socket.send(ack)) {
    log.warn(
      { account: options.self.account, topic: envelope.topic },
      "an acknowledgement was dropped: its socket is closed",
    );
  }
}

/** KEEPALIVE, CONNECTED and REGISTERED are signs of life and want no answer. */
function handleSystem(envelope: Envelope, events: LinkEvents): string | undefined {
  if (envelope.topic === "ping") return pingAck(envelope);
  if (envelope.topic === "disconnect") events.retire();
  return undefined;
}

const MESSAGE_TOPICS: ReadonlySet<string> = new Set(Object.values(TOPIC));

async function handleMessage(options: StreamOptions, envelope: Envelope): Promise<string | undefined> {
  const { log } = options.runtime;
  const { type, topic } = envelope;
  const about = { account: options.self.account, type, topic };
  if (type !== "EVENT" && type !== "CALLBACK") {
    log.debug(about, "a frame of a type that this version does not know is ignored");
    return undefined;
  }
  if (type === "CALLBACK" && !MESSAGE_TOPICS.has(topic)) return notFoundAck(envelope);
  const inbound = normalise(envelope, options.self);
  if (inbound === undefined) {
    log.warn(about, "what a frame holds could not be read; the platform is told so");
    return badRequestAck(envelope);
  }
  if (inbound.kind === "action")
    return handlePress(options.press, { envelope, inbound, sink: options.sink, signal: options.signal });
  return settledAck(envelope, await options.sink.offer(inbound));
}
