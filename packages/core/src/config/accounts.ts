/**
 * The block of one channel in a config file: checked, its defaults given to each of its accounts, and each account as
 * options of that channel plus who answers there. Called by `config.ts` of the channels.
 */
import { configError, type Localized } from "../errors.ts";
import {
  ACCOUNTS_DOCS,
  FIRST_KEYS,
  type Keys,
  SHARED_ALIASES,
  SHARED_KEYS,
  type SharedKeys,
  type Values,
} from "./block.ts";
import { type CamelKeys, camelKeys } from "./options.ts";
import type { Aliases } from "./keys.ts";
import { type AccountRouting, routingOf } from "./routing.ts";
import { byName, check, jsonSchema, type Kind, type Kinds, object } from "./kinds.ts";

/** What a channel says about its block. */
export interface BlockFacts<Own extends Keys> {
  /** The channel's id. */
  readonly channel: string;
  /** Its own keys, in the order of the reference. */
  readonly keys: Own;
  /** Names that operators know from elsewhere → ours. None is accepted silently: the error names ours. */
  readonly aliases?: Aliases;
  /** Docs of shared keys in this platform's words. */
  readonly docs?: Readonly<Record<string, Localized>>;
}

/** One line of the reference. */
export interface ConfigKey {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

/** The block of a channel. */
export interface ChannelBlock<Own extends Keys> {
  /** Every key with what it means. */
  readonly keys: readonly ConfigKey[];
  /** For editors and manifests. */
  schema(): Readonly<Record<string, unknown>>;
  /** The accounts that are enabled, none when the block is not. Throws `config_invalid` naming the key. */
  parse(given: unknown, path: string): readonly Account<Own>[];
}

/** One account, checked. */
export interface Account<Own extends Keys> {
  readonly name: string;
  /** Where it stands in the file, for errors. */
  readonly path: string;
  /** As written, with the defaults of the block. */
  readonly keys: Values<Own> & SharedKeys;
  /** For the channel's function: everything but the routing, in camelCase. */
  readonly options: AccountOptions<Own>;
  readonly routing: AccountRouting;
}

/** Options that come from a block. */
export type AccountOptions<Own extends Keys> = CamelKeys<Values<Own> & Omit<SharedKeys, NotOption>> & {
  readonly account: string;
};

type NotOption = "enabled" | "default_agent" | "group_routing" | "routes";
type Written<Own extends Keys> = Values<Own> & SharedKeys;

/** `groups` is by id: those are no keys of ours. */
const NAMED = ["groups"];
const ACCOUNT_NAME = /^[\w-]+$/;

export function channelBlock<const Own extends Keys>(facts: BlockFacts<Own>): ChannelBlock<Own> {
  const { channel, docs = {} } = facts;
  const entries: Keys = { ...FIRST_KEYS, ...facts.keys, ...SHARED_KEYS };
  const shape: Kinds = Object.fromEntries(Object.entries(entries).map(([key, { kind }]) => [key, kind]));
  const accounts = byName(object({}, shape), ACCOUNT_NAME);
  const block = object({}, { ...shape, accounts }) as Kind<Written<Own> & Accounts<Own>>;
  const aliases = { ...SHARED_ALIASES, ...facts.aliases };
  const keys = [...Object.entries(entries), ["accounts", ACCOUNTS_DOCS] as const].map(([key, own]) => {
    const { en, zh } = docs[key] ?? own;
    return { key, en, zh };
  });
  return {
    keys,
    schema() {
      const schema = jsonSchema(block);
      const properties = { ...(schema["properties"] as Record<string, Record<string, unknown>>) };
      for (const { key, en } of keys) properties[key] = { ...properties[key], description: en };
      return { ...schema, properties };
    },
    parse(given, path) {
      const written = check(block, given, { path, aliases });
      if (written.enabled === false) return [];
      return accountsOf(written).map(([name, own]) => {
        const place = written.accounts?.[name] === undefined ? path : `${path}.accounts.${name}`;
        return accountOf(own, { channel, account: name, path: place });
      });
    },
  };
}

/** Throws `config_invalid` when two accounts have one value of `key`, or both none: `fix` says why that cannot be. */
export function checkDistinct<Own extends Keys>(
  accounts: readonly Account<Own>[],
  key: keyof Own & string,
  { path, fix }: { readonly path: string; readonly fix: Localized },
): void {
  const owners = new Map<unknown, string>();
  for (const { name, keys } of accounts) {
    const other = owners.get(keys[key]);
    if (other !== undefined) {
      throw configError(`${path}: the accounts ${other} and ${name} have the same ${key}, or none`, fix);
    }
    owners.set(keys[key], name);
  }
}

interface Accounts<Own extends Keys> {
  readonly accounts?: Readonly<Record<string, Written<Own>>> | undefined;
}

/** Top-level keys are the defaults of each account; without `accounts` they are the only one. */
function accountsOf<Own extends Keys>({
  accounts = {},
  ...defaults
}: Written<Own> & Accounts<Own>): readonly (readonly [string, Written<Own>])[] {
  const base = defaults as unknown as Written<Own>;
  if (Object.keys(accounts).length === 0) return [["default", base]];
  return Object.entries(accounts)
    .map(([name, own]) => [name, { ...base, ...own }] as const)
    .filter(([, { enabled }]) => enabled !== false);
}

function accountOf<Own extends Keys>(
  keys: Written<Own>,
  at: { readonly channel: string; readonly account: string; readonly path: string },
): Account<Own> {
  checkReplaced(keys, at.path);
  checkMention(keys, at.path);
  const { enabled: _, default_agent: _agent, group_routing: group, routes: _routes, ...rest } = keys;
  const mention = keys.require_mention ?? group?.mention_only;
  const written = { ...rest, require_mention: mention };
  const options = { account: at.account, ...(camelKeys(written, NAMED) as object) } as AccountOptions<Own>;
  return { name: at.account, path: at.path, keys, options, routing: routingOf(keys, at) };
}

/** A variable that nobody replaced is never used as a secret, nor shown. */
function checkReplaced(value: unknown, path: string): void {
  if (typeof value === "object" && value !== null) {
    const within = (key: string): string => (Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    for (const [key, member] of Object.entries(value)) checkReplaced(member, within(key));
    return;
  }
  if (typeof value !== "string" || !/^\$\{.*\}$/.test(value)) return;
  throw configError(`${path} holds a variable that was not replaced`, {
    en: "Define the variable in the environment or in secrets.env.",
    zh: "请在环境变量或 secrets.env 中定义该变量。",
  });
}

function checkMention({ require_mention: own, group_routing: group }: SharedKeys, path: string): void {
  if (group?.mention_only === undefined || own === undefined || group.mention_only === own) return;
  throw configError(`${path}: require_mention and group_routing.mention_only contradict each other`, {
    en: "Set one of the two.",
    zh: "两者请只设置其一。",
  });
}
