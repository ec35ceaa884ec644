/** What the ways out have in common: the bot's connection, a `response_url`, an application, customer service. */
import { type Address, ChannelError, type Clock, type DeliveryOptions, type Sent } from "@openclaw-china/core";
import { sha256Hex, split } from "@openclaw-china/core/internal";
import type { MessageBody } from "../api/frames.ts";
import type { Upload } from "../api/media.ts";
import type { ReplyTo } from "../inbound/reply-to.ts";
import type { ShownCard } from "./card.ts";
import type { Textual } from "./render.ts";

/** What a way carries: words, a card that is drawn already, a file in memory. */
export type Content = Textual | ShownCard | FileContent;

/** A file whose kind the platform takes. */
export interface FileContent {
  readonly kind: "file";
  readonly file: Upload;
  /** Why it goes as a file, where it was to be shown as something better: a line under it. */
  readonly note?: Textual;
}

/** One way out of an account. */
export interface Way {
  readonly name: "bot" | "response_url" | "application" | "customer service";
  /** Rejects with `unsupported` (not sent) for what it does not carry. */
  send(to: Address, content: Content, options: DeliveryOptions): Promise<Sent>;
}

/** Of the inbound being answered. */
export function replyOf({ replyTo }: Pick<DeliveryOptions, "replyTo">): ReplyTo | undefined {
  return replyTo as ReplyTo | undefined;
}

/** Ids go bare and as they came: a prefix of a configuration is refused as "invalid chatid". */
export function bareId({ id }: Address): string {
  return id.replace(/^(?:wecom:)?(?:user|group|chat|party|department|tag):/, "");
}

/** An id of ours, of letters that the platform takes: the same for every try. */
export function idOf(prefix: string, key: string): string {
  return `${prefix}${sha256Hex(key).slice(0, 28)}`;
}

/** Evidence of a message that may have parts. `handle`: what later changes need. */
export function evidence(
  { account, clock }: { readonly account: string; readonly clock: Clock },
  ids: readonly [string, ...string[]],
  handle?: unknown,
): Sent {
  const [id, ...parts] = ids;
  const kept = handle === undefined ? {} : { handle };
  return { channel: "wecom", account, id, ...kept, sentAt: clock.now(), parts };
}

/** Pieces of a text, each sent in turn. `send` gets a key that is the same for every try. */
export async function inPieces<T>(
  text: string,
  { maxBytes, key }: { readonly maxBytes: number; readonly key: string },
  send: (piece: string, key: string) => Promise<T>,
): Promise<[T, ...T[]]> {
  const [first = "", ...others] = split(text, { maxBytes });
  const done: [T, ...T[]] = [await send(first, key)];
  for (const [at, piece] of others.entries()) done.push(await send(piece, `${key}#${at + 2}`));
  return done;
}

/** How long nothing may leave, when an error says so. */
export function holdOf(error: unknown): number | undefined {
  const isHeld = error instanceof ChannelError && error.code === "rate_limited" && error.verdict.kind === "retryLater";
  return isHeld && error.verdict.kind === "retryLater" ? error.verdict.afterMs : undefined;
}

/** The body of an uploaded file, alike on every way. */
export function fileBody({ type, name }: Upload, mediaId: string): MessageBody {
  const title = type === "video" ? { title: name.slice(0, 40) } : {}; // at most 128 bytes
  return { msgtype: type, [type]: { media_id: mediaId, ...title } };
}
