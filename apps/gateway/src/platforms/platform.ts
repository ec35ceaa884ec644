/** What the gateway must know of a platform; one file per platform beside this one, and `platforms.ts` lists them. */
import type { Channel, Localized, Robot, Route } from "@openclaw-china/core";
import type { AccountRouting, ConfigKey } from "@openclaw-china/core/internal/config";
import type * as z from "zod";

export interface Platform {
  /** The key of its block under `channels`, and the `id` of its channel. */
  readonly id: string;
  readonly name: Localized;
  /** The keys of the block, for the reference and for editors. */
  readonly keys: readonly ConfigKey[];
  /** JSON Schema of the block. */
  schema(): Readonly<Record<string, unknown>>;
  /** The accounts of the block, checked; none when it is not enabled. Throws `config_invalid` naming the key. */
  read(block: unknown): readonly PlatformAccount[];
  /** Variables that keys of the block default to, wherever those are set. */
  readonly variables: Readonly<Record<string, string>>;
  /** False: this block is about something that has no such keys. */
  readonly usesVariables?: (block: Readonly<Record<string, unknown>>) => boolean;
  /** What other products call the block, in snake_case: the error names ours. */
  readonly otherNames: readonly string[];
  /** Which kinds a group's message can have, and which come without text. */
  readonly kinds: Readonly<Record<"inGroups" | "textless", readonly Kind[]>>;
  /** A message does not say that a bot has sent it. */
  readonly hidesBots?: true;
  /** Words above the table of keys in the reference. */
  readonly reference: Localized;
  /** Robots of groups that only send. */
  readonly robot: RobotKind;
}

type Kind = NonNullable<Route["when"]["kind"]>;

export interface PlatformAccount {
  readonly routing: AccountRouting;
  /** Keys of credentials that are absent, with the variable that each defaults to. */
  readonly missing: readonly { readonly key: string; readonly variable: string }[];
  /** Described, not opened. */
  channel(): Channel;
}

export interface RobotKind {
  /** With `channel`, the platform's id, as its discriminator. */
  readonly schema: z.core.$ZodTypeDiscriminable & z.ZodType<RobotConfig>;
  /** Its keys beside `channel` and `proxy`. */
  readonly keys: readonly ({ readonly key: string } & Localized)[];
  /** An example for the reference: JSON5 on one line. */
  readonly example: string;
  /** Throws `config_invalid` for settings that cannot be right. */
  open(config: RobotConfig): Robot;
}

/** One robot of the file, of whatever platform. */
export interface RobotConfig {
  readonly channel: string;
}

/** A kind of robots from its schema; `open` is given what the schema has made of the file. */
export function robotKind<T extends RobotConfig>(
  schema: z.core.$ZodTypeDiscriminable & z.ZodType<T>,
  kind: Pick<RobotKind, "keys" | "example"> & { readonly open: (config: T) => Robot },
): RobotKind {
  return { ...kind, schema, open: (config) => kind.open(schema.parse(config)) };
}
