/** From a schema and a table of effects to one test per key: a key without an effect fails, and an effect without a key too. */
import { describe, expect, test } from "vitest";

/** Shows what a key does. */
export type Effect<S> = (stage: S) => Promise<void>;

/** By key, as `leavesOf` names them. */
export type Effects<S> = Readonly<Record<string, Effect<S>>>;

export interface EffectSuite<S extends AsyncDisposable> {
  readonly name: string;
  /** Every key that the schema knows. */
  readonly keys: readonly string[];
  /** The doc line of a key, in the name of its test. */
  readonly says: (key: string) => string | undefined;
  readonly effects: Effects<S>;
  readonly open: () => Promise<S>;
}

export function effectSuite<S extends AsyncDisposable>({ name, keys, says, effects, open }: EffectSuite<S>): void {
  describe(name, () => {
    test.each(keys.map((key) => [key, says(key) ?? ""] as const))("%s: %s", async (key) => {
      const effect = Object.hasOwn(effects, key) ? effects[key] : undefined;
      if (effect === undefined) return expect.unreachable(`${key} has no test: add what it does to the table`);
      await using stage = await open();
      await effect(stage);
    });

    test("the table tests no key that is gone", () => {
      expect(Object.keys(effects).filter((key) => !keys.includes(key))).toEqual([]);
    });
  });
}
