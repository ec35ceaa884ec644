/** What goes out: what handlers return, what channels render, and the evidence that comes back. */
import type { Card } from "./card.ts";
import type { FileRef } from "./inbound.ts";

/** A string is markdown; a stream yields markdown in pieces, which are appended as they are. */
export type Reply = string | AsyncIterable<string> | Outbound;

export type Outbound =
  /** Shown letter by letter. */
  | { readonly kind: "text"; readonly text: string; readonly mentions?: readonly string[] | "all" }
  | { readonly kind: "markdown"; readonly text: string; readonly mentions?: readonly string[] | "all" }
  | {
      readonly kind: "media";
      /** `new File(…)`, a Blob of `fs.openAsBlob`, a public https URL, or a file that came in. */
      readonly file: Blob | URL | FileRef;
      /** Default by content. What a platform cannot show so is sent as a file. */
      readonly media?: FileRef["media"];
      /** Default the file's own name. */
      readonly name?: string;
      readonly durationMs?: number;
    }
  | Card;

/** A message at the platform. Plain JSON. */
export interface MessageRef {
  readonly channel: string;
  readonly account: string;
  readonly id: string;
  readonly handle?: unknown;
}

/** Evidence: the platform's own id, and those of further parts where a text had to be split. */
export interface Sent extends MessageRef {
  /** ms since 1970. */
  readonly sentAt: number;
  readonly parts: readonly string[];
  /** The way it took, where a channel has several, and why: for the trace. */
  readonly via?: string;
}

/** A person who has read a message of ours. */
export interface Reader {
  /** As in `sender.id`. */
  readonly id: string;
  readonly name?: string;
  /** ms since 1970; absent where the platform does not say. */
  readonly at?: number;
}

/** A message that grows. Whole text each time; the writer coalesces. */
export interface ReplyWriter {
  /** ms since 1970: until then the message must be finished, and a longer answer goes on in a further one. Absent: no limit. */
  readonly endsAt?: number;
  /** The whole text so far. Never waits, never throws; the newest wins. */
  update(text: string): void;
  /** Rejects with a `ChannelError` when the platform did not confirm the last state. */
  finish(final: string | Outbound): Promise<Sent>;
  /** Ends what is on the screen with the reason, and leaves nothing "thinking". */
  fail(reason: string): Promise<void>;
}
