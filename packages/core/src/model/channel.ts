/** The contract between core and a platform package: a description, what it opens to, and what core lends to it. */
import type { Clock } from "../clock.ts";
import type { ChannelError, Localized } from "../errors.ts";
import type { Usage } from "../http/budget.ts";
import type { Quotas } from "../http/quota.ts";
import type { Transport } from "../http/transport.ts";
import type { Logger } from "../log.ts";
import type { Blobs, Store } from "../state/state.ts";
import type { Address } from "./address.ts";
import type { AccessOptions, Capabilities } from "./capabilities.ts";
import type { FileRef, Inbound, MessageInbound } from "./inbound.ts";
import type { MessageRef, Outbound, Reader, ReplyWriter, Sent } from "./outbound.ts";

/** One account on one platform, as a description: data and one function. */
export interface Channel {
  /** For example `"dingtalk"`. */
  readonly id: string;
  /** For example `"default"`. */
  readonly account: string;
  readonly can: Capabilities;
  /** Who may talk to the bot. Core reads it, no channel does. */
  readonly access: AccessOptions;
  /** Touches no network. Several bots, doctors and tests may open one description. Throws `secret_missing`. */
  open(runtime: Runtime): OpenChannel;
}

/** What core lends to a channel, so that tokens, budgets, leases, time and logs are shared and testable. */
export interface Runtime {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly http: Transport;
  readonly log: Logger;
  readonly clock: Clock;
  /** Shared by all who use the state. Absent: what is opened counts for itself. */
  readonly quotas?: Quotas;
}

/** Four members are required; what is absent, core does without. */
export interface OpenChannel {
  /** Socket and/or webhook. */
  listen(sink: Sink, signal: AbortSignal): Listener;
  /** Resolves with evidence, never on hope. */
  send(to: Address, message: Outbound, options: DeliveryOptions): Promise<Sent>;
  /** Pure: for how many ms a repeat with the same key is one message, as an answer to `replyTo` if given; 0: never. */
  repeatable(to: Address, message: Outbound, replyTo?: unknown): number;
  /** What `doctor` prints. No second connection; no metered call unless asked. */
  probe(signal: AbortSignal, options?: ProbeOptions): Promise<readonly Finding[]>;
  /** Absent: core falls back to `send`. */
  readonly stream?: Streaming;
  /** For status and metrics. Undefined until it is known. Absent: nothing is counted. */
  usage?(): Usage | undefined;
  /** Once, after the commit: quoted text, forwards, names. Its failure leaves the message as it is. */
  enrich?(message: MessageInbound, signal: AbortSignal): Promise<MessageInbound>;
  /**
   * Idempotent. Core says `done` in a `finally`, and again after a crash. `replyTo` is that of the inbound being answered.
   * `"skipped"`: the sign could not be shown at once, and was not; there is nothing to take away.
   */
  presence?(
    to: Address,
    state: "working" | "done",
    options: { readonly replyTo?: unknown; readonly signal: AbortSignal },
  ): Promise<"skipped" | void>;
  edit?(message: MessageRef, content: Outbound, signal: AbortSignal): Promise<Sent>;
  recall?(message: MessageRef, signal: AbortSignal): Promise<void>;
  /** Of a text that went out in parts, those who have read the last one. */
  readers?(
    message: MessageRef & { readonly parts?: readonly string[] },
    signal: AbortSignal,
  ): Promise<readonly Reader[]>;
  react?(message: MessageRef, emoji: string, on: boolean, signal: AbortSignal): Promise<void>;
  /** Size-capped, address-checked. */
  download?(file: FileRef, signal: AbortSignal): Promise<FileStream>;
}

/** Messages that grow, in two steps which are also the recovery after a crash. */
export interface Streaming {
  /**
   * A handle that can be stored. Nothing is visible yet; core commits it. Throws `unsupported` (not_sent) where this
   * address cannot show a growing message; core then uses `send`.
   */
  prepare(to: Address, options: DeliveryOptions): Promise<string>;
  /** Pure: characters of the text as it is shown, for `can.stream.maxChars`. Absent: those it has. */
  charsOf?(text: string): number;
  /** Shows it, or takes it up again after a crash: same handle, same card. */
  open(handle: string, signal: AbortSignal): Promise<ReplyWriter>;
}

export interface DeliveryOptions {
  /** The same on every try; the platform's own keys (`outTrackId`, `uuid`, `stream.id`) are derived from it. */
  readonly key: string;
  /** `replyTo` of the inbound being answered. */
  readonly replyTo?: unknown;
  readonly signal: AbortSignal;
}

/** Where a channel hands over what came in. */
export interface Sink {
  /** Resolves when the message is safe, or will not be taken. Never rejects. */
  offer(inbound: Inbound): Promise<Settled>;
}

/** `busy`: do not acknowledge, so that it comes again; where `can.redelivers` is false, pause the socket and offer again. */
export type Settled = "accepted" | "duplicate" | "refused" | "busy";

export interface Listener {
  /** Answers the platform's HTTP calls. Absent: this channel has no webhook. */
  readonly webhook?: (request: Request) => Promise<Response>;
  status(): ConnectionStatus;
  /** Each change of status, until closed. */
  statuses(): AsyncIterable<ConnectionStatus>;
  /** Resolves when the socket is really closed. */
  close(): Promise<void>;
}

export interface ConnectionStatus {
  /** `standby`: another process of ours holds the connection; `replaced`: a stranger does; `failed`: only a person can help. */
  readonly state: "idle" | "opening" | "live" | "draining" | "waiting" | "standby" | "replaced" | "failed" | "stopped";
  /** Absent: a connection of ours. `webhook`: the platform calls, so that live means ready to be called. */
  readonly via?: "webhook";
  /** ms since 1970. */
  readonly since: number;
  readonly lastFrameAt?: number;
  readonly lastInboundAt?: number;
  /** Since the last time it was live. */
  readonly attempts: number;
  readonly error?: ChannelError;
  /** Others that share the state and have a connection of the same app, so that each hears only a part. Absent: none is known. */
  readonly others?: readonly Holder[];
}

/** Somebody who holds a connection. */
export interface Holder {
  /** Of one listener, and no other. */
  readonly owner: string;
  readonly account: string;
  readonly host: string;
  readonly pid: number;
  /** Its process began, ms since 1970. */
  readonly born: number;
  /** Those of one place can see whether a process of the other lives. */
  readonly place: string;
  /** It holds since, ms since 1970. */
  readonly since: number;
}

/** What a probe may do. */
export interface ProbeOptions {
  /** Metered calls too: permissions and templates cannot be asked for otherwise. Default false; nothing becomes visible to anybody. */
  readonly spend?: boolean;
}

/** One thing `doctor` found out. */
export interface Finding {
  /** `error`: must be fixed. */
  readonly level: "ok" | "warning" | "error";
  readonly code: string;
  readonly channel: string;
  readonly account: string;
  /** What happened, where `cause` alone does not say it. Without a full stop. */
  readonly what?: Localized;
  /** What was found, or why it happened. */
  readonly cause: Localized;
  readonly fix?: Localized;
  /** Page of the platform's console. */
  readonly url?: string;
  /** What the platform answered, in its own words, without secrets. */
  readonly platform?: ChannelError["platform"];
}

export interface FileStream {
  readonly name: string;
  /** By content, not by name. */
  readonly contentType: string;
  readonly sizeBytes?: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** A group's webhook robot: sends, never hears. Paced to the platform's limit; what overflows is merged. */
export interface Robot extends AsyncDisposable {
  send(content: string | Outbound, options?: { readonly signal?: AbortSignal }): Promise<Sent>;
  /** Sends what waits, then rejects further sends with `closed`. */
  close(): Promise<void>;
}
