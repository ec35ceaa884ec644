/** What the test tells a bot process, and what it hears from it. */
import type { DingTalkOptions } from "@openclaw-china/dingtalk";
import type { WeComOptions } from "@openclaw-china/wecom";

/** Which channel, with its options. */
export type Platform =
  | { readonly id: "dingtalk"; readonly app: DingTalkOptions }
  | { readonly id: "wecom"; readonly app: WeComOptions };

/** In the environment of the process, as JSON. */
export interface Orders {
  readonly platform: Platform;
  /** The SQLite file. */
  readonly file: string;
  /** Dies there by SIGKILL, after it has passed there `skip` times. */
  readonly killAt?: string;
  readonly skip?: number;
  readonly unknownReply?: "notice" | "resend" | "silent";
  /** Answers to "slow", "mute" and "poison later" wait until the test says so. */
  readonly gated?: boolean;
  /** The file may not grow beyond so many pages. */
  readonly maxPages?: number;
  /** Grace of a stop by SIGTERM. Default 300. */
  readonly graceMs?: number;
}

/** From the test. `die`: at that point from now on; `stuff`: fills the file but for `spare` pages, `room`: takes that out again, `answers`: opens the gate. */
export type Request =
  | { readonly want: "size" | "answers" | "room" }
  | { readonly want: "die"; readonly killAt: string; readonly skip: number }
  | { readonly want: "stuff"; readonly spare: number };

/** From the process. */
export type Report =
  /** `port`: where it is called, in webhook mode. */
  | { readonly kind: "ready"; readonly port?: number }
  | { readonly kind: "armed" }
  | { readonly kind: "failed"; readonly facts: ErrorFacts }
  | { readonly kind: "stopping" }
  | { readonly kind: "stuffed" | "room" }
  | { readonly kind: "size"; readonly waiting: number; readonly active: number; readonly failed: number }
  | { readonly kind: "log"; readonly level: "warn" | "error"; readonly message: string; readonly facts: ErrorFacts };

/** What an operator would read. */
export interface ErrorFacts {
  readonly message: string;
  readonly fix?: { readonly en: string; readonly zh: string };
}

/** The whole answer to a message; the same in every process. Very long ones need several messages on each route. */
export function answerTo(text: string): string {
  if (!text.includes("long")) return `You said: ${text}`;
  return Array.from({ length: text.includes("very") ? 4_000 : 900 }, (_, n) => `word-${n}-of`).join(" ");
}
