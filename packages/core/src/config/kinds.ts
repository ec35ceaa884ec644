/**
 * The kinds of values that config keys take. Each is a schema of zod; our declarations show none of it, and a channel's
 * config needs no copy of its own. Reached only through `core/internal/config`: a bot that reads no file never loads it.
 */
import * as z from "zod/mini";
import type { Aliases } from "./keys.ts";
import { schemaError } from "./schema.ts";

/** A check of one value; `T` is what it comes to. */
export interface Kind<T> {
  readonly _zod: { readonly output: T };
}

/** Checks of members by key. */
export type Kinds = Readonly<Record<string, Kind<unknown>>>;

/** What a checked object is. */
export type Checked<K extends Kinds> = { readonly [Key in keyof K]: K[Key]["_zod"]["output"] };

/** Some text, not empty. */
export const text: Kind<string> = z.string().check(z.minLength(1));

/** Credentials, and names of things at the platform. In a file they may look like numbers. */
export const id: Kind<string> = z.pipe(z.union([asZod(text), z.number()]), z.transform(String));

/** True or false. */
export const flag: Kind<boolean> = z.boolean();

/** A number above zero. */
export const positive: Kind<number> = z.number().check(z.positive());

/** An address with its scheme. */
export const address: Kind<string> = z.url();

/** Text of exactly so many characters. */
export function textOf(chars: number): Kind<string> {
  return z.string().check(z.length(chars));
}

/** Text of this form. */
export function textLike(form: RegExp): Kind<string> {
  return z.string().check(z.regex(form));
}

/** One of these words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words): Kind<Words[number]> {
  return z.enum(words);
}

/** What fits the first or the second. */
export function either<A, B>(a: Kind<A>, b: Kind<B>): Kind<A | B> {
  return z.union([asZod(a), asZod(b)]);
}

/** A list of such. */
export function listOf<T>(one: Kind<T>): Kind<readonly T[]> {
  return z.array(asZod(one));
}

/** One, or a list of such. */
export function oneOrMore<T>(one: Kind<T>): Kind<T | readonly T[]> {
  return either(one, listOf(one));
}

/** By names that a person chooses; `form` says which are possible. */
export function byName<T>(one: Kind<T>, form?: RegExp): Kind<Readonly<Record<string, T>>> {
  return z.record(form === undefined ? z.string() : z.string().check(z.regex(form)), asZod(one));
}

/** These members and no others: all of the first, any of the second. */
export function object<R extends Kinds, O extends Kinds>(
  required: R,
  optional: O,
): Kind<Checked<R> & Partial<Checked<O>>> {
  const shape: Record<string, z.ZodMiniType> = {};
  for (const [key, one] of Object.entries(required)) shape[key] = asZod(one);
  for (const [key, one] of Object.entries(optional)) shape[key] = z.optional(asZod(one));
  return z.strictObject(shape) as unknown as Kind<Checked<R> & Partial<Checked<O>>>;
}

/** The checked value. Throws `config_invalid` for the first thing that is wrong, naming its place; repeats no text. */
export function check<T>(kind: Kind<T>, given: unknown, at: { readonly path: string; readonly aliases: Aliases }): T {
  const parsed = asZod(kind).safeParse(given);
  if (parsed.success) return parsed.data;
  throw schemaError(given, parsed.error.issues, { ...at, schema: jsonSchema(kind) });
}

/** JSON Schema of what may be written. */
export function jsonSchema(kind: Kind<unknown>): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(asZod(kind), { io: "input" });
}

/** Every kind of ours is a schema of zod's. */
function asZod<T>(kind: Kind<T>): z.ZodMiniType<T> {
  return kind as unknown as z.ZodMiniType<T>;
}
