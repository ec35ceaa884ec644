/** What every `Store` promises: values by key, their time to live, compare-and-set, listing. */
import type { Entry, Store } from "@openclaw-china/core";
import { describe, expect, it } from "vitest";
import { sessions, type StateSubject } from "./session.ts";

/** Registers the tests for the store of a state. */
export function storeContract(subject: StateSubject): void {
  const known = new Set(subject.knownDefects);
  const test = (name: string, body: () => Promise<void>): void => {
    if (known.has(name)) it.fails(name, body);
    else it(name, body);
  };

  describe(`store of ${subject.name}`, () => {
    const open = sessions(subject);

    test("a value is what was put last", async () => {
      const { store } = (await open()).state;
      expect(await store.get("a")).toBeUndefined();
      await store.put("a", "1");
      await store.put("a", "2");
      expect(await store.get("a")).toEqual({ key: "a", value: "2" });
    });

    test("text of every kind comes back as it was", async () => {
      const { store } = (await open()).state;
      const text = `{"q":"'"} 中文 😀 \u2028 ${"x".repeat(100_000)}`;
      await store.put("键 😀 %_", text);
      expect((await store.get("键 😀 %_"))?.value).toBe(text);
    });

    test("a value ends with its time to live", async () => {
      const { state, advance } = await open();
      await state.store.put("a", "1", 1_000);
      expect((await state.store.get("a"))?.expiresAt).toBeTypeOf("number");
      await advance(999);
      expect((await state.store.get("a"))?.value).toBe("1");
      await advance(1);
      expect(await state.store.get("a")).toBeUndefined();
      expect(await keys(state.store, "")).toEqual([]);
    });

    test("put without a time to live takes the old one away", async () => {
      const { state, advance } = await open();
      await state.store.put("a", "1", 1_000);
      await state.store.put("a", "2");
      await advance(100_000);
      expect(await state.store.get("a")).toEqual({ key: "a", value: "2" });
    });

    test("putIfAbsent writes once, and again when the first has ended", async () => {
      const { state, advance } = await open();
      expect(await state.store.putIfAbsent("a", "1", 1_000)).toBe(true);
      expect(await state.store.putIfAbsent("a", "2", 1_000)).toBe(false);
      expect((await state.store.get("a"))?.value).toBe("1");
      await advance(1_000);
      expect(await state.store.putIfAbsent("a", "3", 1_000)).toBe(true);
      expect((await state.store.get("a"))?.value).toBe("3");
    });

    test("putIfAbsent yields to a value without a time to live", async () => {
      const { state, advance } = await open();
      await state.store.put("a", "1");
      await advance(100_000);
      expect(await state.store.putIfAbsent("a", "2", 1_000)).toBe(false);
    });

    test("of many that ask at once one wins", async () => {
      const { store } = (await open()).state;
      const won = await Promise.all(Array.from({ length: 50 }, (_, n) => store.putIfAbsent("a", String(n), 1_000)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.get("a"))?.value).toBe(String(won.indexOf(true)));
    });

    test("replaceIf replaces what it expects and nothing else", async () => {
      const { store } = (await open()).state;
      expect(await store.replaceIf("a", "1", "2")).toBe(false);
      await store.put("a", "1");
      expect(await store.replaceIf("a", "0", "2")).toBe(false);
      expect(await store.replaceIf("a", "1", "2")).toBe(true);
      expect((await store.get("a"))?.value).toBe("2");
      const won = await Promise.all(Array.from({ length: 20 }, (_, n) => store.replaceIf("a", "2", `n${n}`)));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    test("replaceIf with undefined deletes", async () => {
      const { store } = (await open()).state;
      await store.put("a", "1");
      expect(await store.replaceIf("a", "0", undefined)).toBe(false);
      expect(await store.replaceIf("a", "1", undefined)).toBe(true);
      expect(await store.get("a")).toBeUndefined();
    });

    test("replaceIf does not meet what has ended, and sets a new end", async () => {
      const { state, advance } = await open();
      await state.store.put("a", "1", 1_000);
      expect(await state.store.replaceIf("a", "1", "2", 5_000)).toBe(true);
      await advance(4_999);
      expect((await state.store.get("a"))?.value).toBe("2");
      await advance(1);
      expect(await state.store.replaceIf("a", "2", "3")).toBe(false);
    });

    test("list gives a prefix in order of key, up to the limit", async () => {
      const { store } = (await open()).state;
      for (const key of ["b:2", "a:1", "b:10", "c", "b", "b:1", "b%"]) await store.put(key, key);
      expect(await keys(store, "b:")).toEqual(["b:1", "b:10", "b:2"]);
      expect(await keys(store, "b:", 2)).toEqual(["b:1", "b:10"]);
      expect(await keys(store, "b:", 0)).toEqual([]);
      expect(await keys(store, "b%")).toEqual(["b%"]);
      expect(await keys(store, "")).toHaveLength(7);
    });

    test("list understands prefixes beyond the basic plane", async () => {
      const { store } = (await open()).state;
      for (const key of ["😀:1", "😀:2", "😁:1"]) await store.put(key, key);
      expect(await keys(store, "😀:")).toEqual(["😀:1", "😀:2"]);
    });
  });
}

async function keys(store: Store, prefix: string, limit = 1_000): Promise<string[]> {
  const found: Entry[] = [];
  for await (const entry of store.list(prefix, limit)) found.push(entry);
  return found.map(({ key }) => key);
}
