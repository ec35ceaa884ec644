/**
 * How keys of other products become ours: one table per product, one row per key. A row takes a value over, changes it, or says
 * why there is no counterpart. Pure; knows no platform. Secrets leave as `${NAME}`: their values are never in what is made.
 */
import type { Localized } from "@openclaw-china/core";
import { snakeCase } from "@openclaw-china/core/internal";

export type Json = Readonly<Record<string, unknown>>;

/** One key of another product. */
export interface Row {
  /** Its names in snake_case; `clientId`, `client-id` and `ClientID` are `client_id`. */
  readonly from: readonly string[];
  readonly take: (value: unknown, at: At) => Taken;
}

/** What a row makes of a value. Without `set` there is no counterpart, or it is the default. */
export interface Taken {
  /** Our keys, dotted where they stand deeper. */
  readonly set?: Json;
  /** What is different, or why nothing was taken over. */
  readonly note?: Localized;
}

/** Where a row is applied. */
export interface At {
  /** Everything that counts where the key is: of an account, what it inherits too. */
  readonly block: Json;
  /** `${NAME}` in place of a secret; `key` is ours. */
  readonly secret: (value: unknown, key: string) => string;
}

/** One key, and what became of it. */
export interface Note {
  /** Its place in the file. */
  readonly from: string;
  /** Our keys. Empty: none. */
  readonly to: readonly string[];
  readonly text?: Localized;
}

/** A secret that has to be written to secrets.env by hand. */
export interface SecretName {
  readonly name: string;
  /** Where its value stands now. */
  readonly from: string;
}

/** One product, as a table. */
export interface Product {
  /** For `--from`. */
  readonly id: string;
  readonly title: string;
  /** Which block of ours it becomes. */
  readonly channel: string;
  /** Keys that belong to one account and are never handed down to others; `id`: the one that makes an account. */
  readonly personal: { readonly id: RegExp; readonly all: RegExp };
  /** Its blocks in a file; empty when the file is not this product's. */
  readonly find: (file: unknown) => readonly FoundBlock[];
  readonly rows: readonly Row[];
  /** What is to be known whatever the keys are. */
  readonly remarks?: readonly Localized[];
}

/** A block of a product: one account, or one with `accounts`. */
export interface FoundBlock {
  /** Its place in the file. */
  readonly path: string;
  readonly keys: Json;
  /** Name of the account, where the product has one block each. */
  readonly account?: string;
}

/** Keys at one place of a file. */
export interface Keys extends Pick<FoundBlock, "path" | "keys"> {
  /** What counts there too. */
  readonly inherited?: Json;
}

/** Applies the rows to the keys of one account. Unknown keys are noted, not guessed. */
export function applyRows(
  rows: readonly Row[],
  { path, keys, inherited = {} }: Keys,
  secret: (value: unknown, key: string, place: string) => string,
): { readonly set: Json; readonly notes: readonly Note[] } {
  let set: Json = {};
  const notes: Note[] = [];
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined || value === null) continue;
    const row = rows.find(({ from }) => from.includes(snakeCase(key)));
    const place = `${path}.${key}`;
    const at = {
      block: { ...inherited, ...keys },
      secret: (given: unknown, own: string): string => secret(given, own, place),
    };
    const taken = row === undefined ? { note: UNKNOWN } : row.take(value, at);
    for (const [to, one] of Object.entries(taken.set ?? {})) set = withKey(set, to.split("."), one);
    const to = Object.keys(taken.set ?? {});
    notes.push({ from: place, to, ...(taken.note === undefined ? {} : { text: taken.note }) });
  }
  return { set, notes };
}

/** How many of the keys the rows know: tells products apart that have one block name. */
export function knownKeys(rows: readonly Row[], keys: Json): number {
  return Object.keys(keys).filter((key) => rows.some(({ from }) => from.includes(snakeCase(key)))).length;
}

const UNKNOWN: Localized = {
  en: "not known here, and not taken over",
  zh: "未知的配置项,未迁移",
};

function withKey(into: Json, [first = "", ...rest]: readonly string[], value: unknown): Json {
  if (rest.length === 0) return { ...into, [first]: value };
  const inner = into[first];
  return { ...into, [first]: withKey(isJson(inner) ? inner : {}, rest, value) };
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as it is, under our name. */
export function same(from: readonly string[], to: string, note?: Localized): Row {
  return { from, take: (value) => ({ set: { [to]: value }, ...(note === undefined ? {} : { note }) }) };
}

/** Ids that may have been written as numbers. */
export function ids(from: readonly string[], to: string): Row {
  return { from, take: (value) => ({ set: { [to]: [value].flat().map(String) } }) };
}

/** A text that may have been written as a number; an empty one is left out. A variable stays one. */
export function word(from: readonly string[], to: string): Row {
  return {
    from,
    take(value) {
      const text = referenceOf(value) ?? (typeof value === "object" ? "" : String(value).trim());
      return text === "" ? {} : { set: { [to]: text } };
    },
  };
}

export function secret(from: readonly string[], to: string): Row {
  return { from, take: (value, at) => (value === "" ? {} : { set: { [to]: at.secret(value, to) } }) };
}

/** No counterpart, and why. */
export function none(from: readonly string[], en: string, zh: string): Row {
  return { from, take: () => ({ note: { en, zh } }) };
}

/** `${NAME}` of a text `${NAME}` or `$NAME`, or of a reference to the environment `{ source: "env", id: "NAME" }`. */
export function referenceOf(value: unknown): string | undefined {
  if (typeof value === "string") {
    const [, braced, bare] = /^\s*(?:\$\{\s*([A-Za-z_]\w*)\s*\}|\$([A-Za-z_]\w*))\s*$/.exec(value) ?? [];
    const name = braced ?? bare;
    return name === undefined ? undefined : `\${${name}}`;
  }
  if (!isJson(value) || value["source"] !== "env" || typeof value["id"] !== "string") return undefined;
  return `\${${value["id"]}}`;
}
