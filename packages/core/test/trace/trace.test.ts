/** The trace: one line per hop, handed to the state once a second, read by id or by key, bounded, and nobody waits for it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeClock } from "@openclaw-china/testkit";
import { afterEach, describe, expect, test } from "vitest";
import type { State, TraceLine, Traces } from "../../src/index.ts";
import { silentLogger } from "../../src/log.ts";
import { memoryStateAt } from "../../src/state/memory.ts";
import { sqliteStateAt } from "../../src/state/sqlite.ts";
import { createTracer, memoryTraces } from "../../src/trace/trace.ts";

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

interface Recorded {
  readonly batches: { readonly key: string; readonly line: TraceLine }[][];
  readonly traces: Traces;
  failing: boolean;
}

function recorded(): Recorded {
  const kept = memoryTraces();
  const it: Recorded = {
    batches: [],
    failing: false,
    traces: {
      append(rows) {
        if (it.failing) return Promise.reject(new Error("the disk is away"));
        it.batches.push([...rows]);
        return kept.append(rows);
      },
      read: kept.read,
    },
  };
  return it;
}

function tracing(of: Recorded = recorded()) {
  const clock = fakeClock();
  const warnings: string[] = [];
  const log = { ...silentLogger(), warn: (_facts: object, message: string) => void warnings.push(message) };
  const tracer = createTracer({ traces: of.traces, clock, log });
  return { ...of, of, clock, warnings, tracer };
}

describe("a tracer", () => {
  test("hands over what gathered, about once a second, in one batch", async () => {
    const { tracer, clock, batches } = tracing();
    tracer.add("chat:a:1", "claim", "accepted");
    await clock.advance(500);
    tracer.add("chat:a:1", "turn", "started", "attempt 1");
    expect(batches).toEqual([]);
    await clock.advance(600);
    expect(batches.map((rows) => rows.map(({ line }) => line.hop))).toEqual([["claim", "turn"]]);
    await clock.advance(5_000);
    expect(clock.sleeping()).toBe(0);
    tracer.add("chat:a:2", "claim", "accepted");
    await clock.advance(1_000);
    expect(batches).toHaveLength(2);
  });

  test("read sees what was just added, with its time", async () => {
    const { tracer, clock } = tracing();
    tracer.add("chat:a:1", "claim", "accepted");
    await clock.advance(10);
    tracer.add("chat:a:1", "turn", "done");
    const lines = await tracer.read("1");
    expect(lines).toEqual([
      { at: clock.now() - 10, hop: "claim", outcome: "accepted" },
      { at: clock.now(), hop: "turn", outcome: "done" },
    ]);
  });

  test("details pass the redactor", async () => {
    const { tracer } = tracing();
    tracer.add("chat:a:1", "reply", "retry", "POST https://example.com/send?access_token=abcdefgh failed");
    expect((await tracer.read("1"))[0]?.detail).toBe("POST https://example.com/send?access_token=*** failed");
  });

  test("a state that is away loses lines, says so once per batch, and nothing else suffers", async () => {
    const { tracer, clock, warnings, of } = tracing();
    of.failing = true;
    tracer.add("chat:a:1", "claim", "accepted");
    tracer.add("chat:a:1", "turn", "started");
    await clock.advance(1_000);
    expect(warnings).toEqual(["trace lines could not be written; they are lost"]);
    of.failing = false;
    tracer.add("chat:a:1", "turn", "done");
    expect((await tracer.read("1")).map(({ outcome }) => outcome)).toEqual(["done"]);
  });

  test("what waits is bounded: of very many the newest stay", async () => {
    const { tracer } = tracing();
    for (let n = 0; n < 60_000; n += 1) tracer.add("chat:a:1", "hop", String(n));
    const lines = await tracer.read("1");
    expect(lines.length).toBeLessThanOrEqual(50_000);
    expect(lines.at(-1)?.outcome).toBe("59999");
  });

  test("watchers see each line as it comes, until they leave", () => {
    const { tracer } = tracing();
    const seen: string[] = [];
    const leave = tracer.watch((key, line) => void seen.push(`${key} ${line.outcome}`));
    tracer.add("chat:a:1", "claim", "accepted");
    leave();
    tracer.add("chat:a:1", "turn", "done");
    expect(seen).toEqual(["chat:a:1 accepted"]);
  });

  test("close writes what waits and leaves no timer; what is added later keeps none alive", async () => {
    const { tracer, clock, batches } = tracing();
    tracer.add("chat:a:1", "claim", "accepted");
    await tracer.close();
    expect(batches).toHaveLength(1);
    tracer.add("chat:a:1", "turn", "done");
    await clock.advance(0);
    expect(clock.sleeping()).toBe(0);
  });
});

const drivers: [string, () => Promise<State>][] = [
  ["in memory", () => Promise.resolve(memoryStateAt(fakeClock()))],
  [
    "in a file",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "trace-"));
      const state = sqliteStateAt({ file: join(folder, "bot.db") }, fakeClock());
      cleanUp.push(
        () => state.close(),
        () => rm(folder, { recursive: true }),
      );
      return state;
    },
  ],
];

describe.each(drivers)("traces %s", (_name, openState) => {
  const row = (key: string, at: number, outcome: string): { key: string; line: TraceLine } => ({
    key,
    line: { at, hop: "hop", outcome },
  });
  const outcomes = async ({ traces }: State, id: string): Promise<readonly string[]> =>
    ((await traces?.read(id)) ?? []).map(({ key, line }) => `${key} ${line.outcome}`);

  test("by id and by key, in order; ids may hold colons, and the end of an id is not an id", async () => {
    const state = await openState();
    await state.traces?.append([
      row("chat:a:m:1", 1, "one"),
      row("chat:a:1", 2, "two"),
      row("chat:a:m:1", 3, "three"),
      row("chat:a:21", 4, "four"),
    ]);
    expect(await outcomes(state, "m:1")).toEqual(["chat:a:m:1 one", "chat:a:m:1 three"]);
    expect(await outcomes(state, "chat:a:m:1")).toEqual(["chat:a:m:1 one", "chat:a:m:1 three"]);
    expect(await outcomes(state, "1")).toEqual(["chat:a:1 two"]);
    expect(await outcomes(state, "unknown")).toEqual([]);
  });

  test("of all accounts that saw the id, in order of time", async () => {
    const state = await openState();
    await state.traces?.append([row("chat:a:1", 1, "one"), row("chat:b:1", 2, "two")]);
    await state.traces?.append([row("chat:a:1", 3, "three")]);
    expect(await outcomes(state, "1")).toEqual(["chat:a:1 one", "chat:b:1 two", "chat:a:1 three"]);
    expect(await outcomes(state, "chat:b:1")).toEqual(["chat:b:1 two"]);
  });
});

describe("a file is bounded", () => {
  test("lines of more than seven days ago go", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trace-"));
    const clock = fakeClock();
    const state = sqliteStateAt({ file: join(folder, "bot.db") }, clock);
    cleanUp.push(
      () => state.close(),
      () => rm(folder, { recursive: true }),
    );
    const line = (): TraceLine => ({ at: clock.now(), hop: "claim", outcome: "accepted" });
    await state.traces?.append([{ key: "chat:a:old", line: line() }]);
    await clock.advance(6 * 86_400_000);
    await state.traces?.append([{ key: "chat:a:new", line: line() }]);
    expect(await state.traces?.read("old")).toHaveLength(1);
    await clock.advance(86_400_000);
    for (let minutes = 0; minutes < 60 && (await state.traces?.read("old"))?.length !== 0; minutes += 1) {
      await clock.advance(60_000); // looked through once a minute
    }
    expect(await state.traces?.read("old")).toEqual([]);
    expect(await state.traces?.read("new")).toHaveLength(1);
  });
});

describe("memory is bounded", () => {
  test("of many messages the newest stay", async () => {
    const traces = memoryTraces(100);
    for (let n = 0; n < 250; n += 1) {
      await traces.append([{ key: `chat:a:${n}`, line: { at: n, hop: "claim", outcome: "accepted" } }]);
    }
    const kept = await Promise.all(Array.from({ length: 250 }, (_, n) => traces.read(String(n))));
    const ids = kept.flat().map(({ line }) => line.at);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => 250 - ids.length + n));
    expect(ids.length).toBeGreaterThanOrEqual(100);
    expect(ids.length).toBeLessThanOrEqual(110);
  });
});
