/** What an agent remembers: bounded in number and size, by conversation and agent, each exchange once. */
import { memoryState, type Store } from "@openclaw-china/core";
import { memoryStateAt } from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { beforeEach, expect, test } from "vitest";
import { createMemory, type Said } from "../../src/agents/memory.ts";

const exchange = (n: number, size = 1): readonly Said[] => [
  { role: "user", content: `question ${n}`.padEnd(size, ".") },
  { role: "assistant", content: `answer ${n}`.padEnd(size, ".") },
];

let store: Store;
beforeEach(() => {
  ({ store } = memoryState());
});

test("the newest messages, as many as it may", async () => {
  const memory = createMemory({ store, agent: "main", maxMessages: 4 });
  let said: readonly Said[] = [];
  for (let n = 1; n <= 5; n += 1) {
    said = [...(await memory.recall("chat")), ...exchange(n)];
    await memory.keep("chat", said);
  }
  expect(await memory.recall("chat")).toEqual([...exchange(4), ...exchange(5)]);
});

test("it begins with a question, also where the number is odd", async () => {
  const memory = createMemory({ store, agent: "main", maxMessages: 3 });
  await memory.keep("chat", [...exchange(1), ...exchange(2)]);
  expect(await memory.recall("chat")).toEqual(exchange(2));
});

test("at most 32,000 characters together, and of one message", async () => {
  const memory = createMemory({ store, agent: "main", maxMessages: 20 });
  await memory.keep("chat", [...exchange(1, 9_000), ...exchange(2, 9_000), ...exchange(3, 9_000)]);
  expect((await memory.recall("chat")).map(({ content }) => content.split(".")[0])).toEqual(["question 3", "answer 3"]);
  await memory.keep("long", [...exchange(1, 100_000)]);
  const kept = await memory.recall("long");
  expect(kept.reduce((chars, { content }) => chars + content.length, 0)).toBeLessThanOrEqual(32_000);
});

test("0: nothing is written", async () => {
  const memory = createMemory({ store, agent: "main", maxMessages: 0 });
  await memory.keep("chat", exchange(1));
  expect(await memory.recall("chat")).toEqual([]);
  for await (const entry of store.list("", 10)) expect.unreachable(entry.key);
});

test("agents and conversations do not see each other's", async () => {
  const main = createMemory({ store, agent: "main", maxMessages: 20 });
  const other = createMemory({ store, agent: "other", maxMessages: 20 });
  await main.keep("chat", exchange(1));
  expect(await other.recall("chat")).toEqual([]);
  expect(await main.recall("another chat")).toEqual([]);
});

test("a turn that runs again after a crash does not find its own answer", async () => {
  const memory = createMemory({ store, agent: "main", maxMessages: 20 });
  await memory.keep("chat", [...exchange(1), ...exchange(2)], "turn-2");
  expect(await memory.recall("chat", "turn-2")).toEqual(exchange(1));
  expect(await memory.recall("chat", "turn-3")).toEqual([...exchange(1), ...exchange(2)]);
});

test("it is forgotten after seven days", async () => {
  const clock = fakeClock();
  const memory = createMemory({ store: memoryStateAt(clock).store, agent: "main", maxMessages: 20 });
  await memory.keep("chat", exchange(1));
  await clock.advance(6 * 86_400_000);
  expect(await memory.recall("chat")).toHaveLength(2);
  await clock.advance(2 * 86_400_000);
  expect(await memory.recall("chat")).toEqual([]);
});
