/** From the keys of a file to the options of a function: snake_case → camelCase, by one mechanical mapping. */

/** `app_key` → `appKey`, as a type. */
type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** An options object from a block of a file: names mapped at every depth, but for the names that a person has chosen. */
export type CamelKeys<T> = T extends readonly (infer Item)[]
  ? readonly CamelKeys<Item>[]
  : T extends object
    ? Compact<{ readonly [K in keyof T as K extends string ? (string extends K ? K : Camel<K>) : K]: CamelKeys<T[K]> }>
    : T;

/** Members that may be undefined become members that may be absent. */
export type Compact<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * `value` with every key in camelCase and without members that are undefined. The keys inside of a member that `named`
 * lists (`groups`: by id) are a person's own names: they stay, and only what they hold is mapped.
 */
export function camelKeys<T>(value: T, named: readonly string[] = []): CamelKeys<T> {
  return camelAny(value, named) as CamelKeys<T>;
}

function camelAny(value: unknown, named: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => camelAny(item, named));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([key, member]: [string, unknown]) => [
      camelKey(key),
      named.includes(key) ? mapValues(member as object, (one) => camelAny(one, named)) : camelAny(member, named),
    ]),
  );
}

function camelKey(key: string): string {
  return key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function mapValues(from: object, map: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value)]));
}

/** Without the members that are undefined. */
export function compact<T extends object>(from: T): Compact<T> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Compact<T>;
}
