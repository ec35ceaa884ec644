/** What every step of a delivery needs to know about its turn. */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Address } from "../model/address.ts";
import type { Capabilities } from "../model/capabilities.ts";
import type { FileStream, OpenChannel } from "../model/channel.ts";
import type { FileRef } from "../model/inbound.ts";
import type { Outbound, Sent } from "../model/outbound.ts";
import type { Blobs } from "../state/state.ts";
import type { PartBook } from "./parts.ts";

export interface DeliveryContext {
  readonly channel: Pick<OpenChannel, "send" | "stream" | "repeatable">;
  readonly can: Capabilities;
  readonly to: Address;
  readonly replyTo: unknown;
  readonly book: PartBook;
  readonly blobs: Blobs;
  /** Of a file that came in with the turn's message. */
  readonly copyOf: (file: FileRef) => Promise<FileStream | undefined>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly unknownReply: "notice" | "resend" | "silent";
  /** Aborts when the turn is no longer ours, or the process stops waiting. Not by stop words: what was said is finished. */
  readonly signal: AbortSignal;
  /** ms since 1970; a delivery that has not succeeded by then is left to the next attempt. */
  readonly until: number;
  /** Errors after which the person has been told, or shall not be. */
  readonly lost: WeakSet<object>;
  /** Something is about to be seen. Called before each message, and when one begins to grow. */
  beforeShown(): void;
  /** The same turn at another place: its channel, and no `replyTo`. Throws `unsupported` where this bot has no such channel. */
  at(to: Address): DeliveryContext;
  /** The platform has confirmed a message. */
  onSent(sent: Sent, content: Outbound): void;
  /** One line for the trace. */
  trace(outcome: string, detail?: string): void;
}

/** An answer that may have arrived or not, where the platform has no key to repeat it by. */
export const NOTICE: { readonly kind: "text"; readonly text: string } = {
  kind: "text",
  text: "⚠️ 上一条回答可能没有送达;如果没有看到,请再问一次。 My last answer may not have arrived. If you do not see it, please ask again.",
};
