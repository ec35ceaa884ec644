/**
 * Stream Mode: open call, socket, frames in, acknowledgements out on the socket that delivered. A frame can be malformed
 * and a normaliser can throw: neither harms the socket. Acknowledged as soon as the durable accept has returned.
 */
import type { ChannelOptions, Listener, Runtime, Sink } from "@openclaw-china/core";
import {
  envSnapshot,
  exchange,
  type LinkEvents,
  openSocket,
  type Socket,
  superviseConnection,
} from "@openclaw-china/core/internal";
import { normalise, type Self, TOPIC } from "../inbound/normalise.ts";
import { type Envelope, parseEnvelope } from "../wire/envelope.ts";
import { badRequestAck, cardAck, notFoundAck, pingAck, settledAck } from "./ack.ts";

export interface StreamOptions {
  readonly self: Self;
  readonly credentials: { readonly appKey: string; readonly appSecret: string };
  readonly apiOrigin: string;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly runtime: Runtime;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** Judges the answer of the open call: the ticket's address, or a `ChannelError`. */
  readonly judgeOpen: (answer: {
    readonly status: number;
    readonly json: unknown;
    readonly text: string;
    readonly headers: Readonly<Record<string, string>>;
  }) => Record<string, unknown>;
}

const OPEN_TIMEOUT_MS = 10_000;
const USER_AGENT = "openclaw-china-dingtalk/1.0.0";
/** Only what has a handler: the platform pushes what is listed here. */
const SUBSCRIPTIONS = [
  { type: "CALLBACK", topic: TOPIC.message },
  { type: "CALLBACK", topic: TOPIC.card },
] as const;

/** Listens until closed. Never gives up on what time can heal. */
export function listenStream(options: StreamOptions): Listener {
  const { runtime, self, signal } = options;
  const { clock, log } = runtime;
  const name = `dingtalk:${self.account}`;
  return superviseConnection({ name, clock, log, signal, dial: (abort, events) => dial(options, abort, events) });
}

async function dial(options: StreamOptions, signal: AbortSignal, events: LinkEvents): Promise<Socket> {
  const { runtime, proxy } = options;
  const { endpoint, ticket } = await openCall(options, signal);
  const url = new URL(endpoint);
  url.searchParams.set("ticket", ticket); // lives 90 s and serves once: never stored, never logged
  return openSocket({
    url: url.href,
    clock: runtime.clock,
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

async function openCall(
  options: StreamOptions,
  signal: AbortSignal,
): Promise<{ readonly endpoint: string; readonly ticket: string }> {
  const { credentials, apiOrigin, proxy, runtime } = options;
  const answer = await exchange(runtime, {
    method: "POST",
    url: `${apiOrigin}/v1.0/gateway/connections/open`,
    headers: { accept: "application/json" },
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
  return { endpoint: String(endpoint), ticket: String(ticket) };
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

async function handleMessage(options: StreamOptions, envelope: Envelope): Promise<string | undefined> {
  const known =
    envelope.type === "EVENT" ||
    envelope.topic === TOPIC.message ||
    envelope.topic === TOPIC.delegate ||
    envelope.topic === TOPIC.card;
  if (!known) return notFoundAck(envelope);
  const inbound = normalise(envelope, options.self);
  if (inbound === undefined) return badRequestAck(envelope);
  const settled = await options.sink.offer(inbound);
  if (inbound.kind === "action") return settled === "busy" ? undefined : cardAck(envelope);
  return settledAck(envelope, settled);
}
