/** What a channel can do, and who may use it: data, so that core decides and docs can be generated. */
import type { Address } from "./address.ts";
import type { CardInput } from "./card.ts";
import type { FileRef } from "./inbound.ts";

export interface Capabilities {
  readonly targets: readonly Address["kind"][];
  readonly edit: boolean;
  readonly recall: boolean;
  readonly react: boolean;
  /** Who has read a message of ours can be asked. */
  readonly readers: boolean;
  readonly media: readonly FileRef["media"][];
  readonly inputs: readonly CardInput["kind"][];
  /** Group messages that do not mention the bot arrive. */
  readonly hearsUnmentioned: boolean;
  /** Of one message. Absent: no limit of that kind. */
  readonly text: { readonly maxBytes?: number; readonly maxChars?: number };
  /** Absent: a stream is shown at its end. `maxChars`, `maxBytes`: beyond, the answer goes on in a further message. */
  readonly stream?: {
    readonly minIntervalMs: number;
    readonly maxLifeMs?: number;
    readonly maxChars?: number;
    readonly maxBytes?: number;
  };
  /** What was not acknowledged comes again. */
  readonly redelivers: boolean;
  /** Only the process that holds the live connection can answer, so only it works this account's queue. */
  readonly bound?: "connection";
}

/** Who may talk to the bot, and when it feels addressed. Part of the options of each channel. */
export interface AccessOptions {
  /** Answer in groups when mentioned. Default true. */
  readonly respondToMentions?: boolean;
  /** Answer in direct chats. Default true. */
  readonly respondToPrivate?: boolean;
  /** Default `"open"`. */
  readonly dmPolicy?: "open" | "pairing" | "allowlist" | "disabled";
  readonly allowFrom?: readonly string[];
  /** Default `"open"`. */
  readonly groupPolicy?: "open" | "allowlist" | "disabled";
  readonly groupAllowFrom?: readonly string[];
  /** Answer in groups only when mentioned. Default true; false needs `can.hearsUnmentioned`. */
  readonly requireMention?: boolean;
  /** By group id. */
  readonly groups?: Readonly<
    Record<string, { readonly allowFrom?: readonly string[]; readonly requireMention?: boolean }>
  >;
  /** Let other bots talk to this one. Default false. */
  readonly allowBots?: boolean;
}

/** What every channel takes besides its credentials. */
export interface ChannelOptions extends AccessOptions {
  /** Name of this account. Default `"default"`. */
  readonly account?: string;
  /** `"env"` (default) reads HTTPS_PROXY and its kin; `"off"`; or a URL. */
  readonly proxy?: "env" | "off" | (string & {});
  /** What people see until the first words. Default `"reaction"`, where the platform has it. */
  readonly thinking?: "reaction" | "text" | "off";
  /** `"off"` saves metered calls. Default `"auto"`: as fast as quota and rate allow. */
  readonly streaming?: "auto" | "off";
  /** Most metered calls a calendar month. Not obeyed by this version: `probe()` says so. */
  readonly monthlyCallBudget?: number;
}
