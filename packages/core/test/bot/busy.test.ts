/** A message arrives while its conversation is being answered: queue, merge, interrupt, pass; and none is ever lost. */
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/index.ts";
import { inGroup, message, press } from "../fixtures.ts";
import { type Stage, type StageOptions, stages } from "../stage/stage.ts";

const { open, folder } = stages();

interface Doors {
  /** Handlers wait at the door of their text until it is opened. */
  readonly handler: Handler;
  /** Texts whose handlers have begun. */
  readonly begun: string[];
  readonly ended: string[];
  open(text: string): void;
}

function doors(): Doors {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const gate = (text: string): PromiseWithResolvers<void> => {
    const known = gates.get(text) ?? Promise.withResolvers<void>();
    gates.set(text, known);
    return known;
  };
  const begun: string[] = [];
  const ended: string[] = [];
  return {
    begun,
    ended,
    open: (text) => gate(text).resolve(),
    handler: async (turn) => {
      begun.push(turn.text);
      await Promise.race([
        gate(turn.text).promise,
        new Promise((resolve) => turn.signal.addEventListener("abort", resolve, { once: true })),
      ]);
      ended.push(turn.text);
      return turn.signal.aborted ? undefined : `answer to ${turn.text}`;
    },
  };
}

async function busy(options: StageOptions): Promise<{ readonly stage: Stage; readonly at: Doors }> {
  const at = doors();
  const stage = await open({ handler: at.handler, ...options });
  await stage.say("a");
  await stage.until(() => at.begun.length === 1);
  return { stage, at };
}

describe("queue", () => {
  test("what comes meanwhile waits, one turn at a time, in order of acceptance", async () => {
    const { stage, at } = await busy({});
    for (const text of ["b", "c", "d"]) await stage.say(text);
    await stage.clock.advance(0);
    expect(at.begun).toEqual(["a"]);
    for (const text of ["c", "d", "b", "a"]) at.open(text);
    await stage.idle();
    expect(at.begun).toEqual(["a", "b", "c", "d"]);
    expect(stage.platform.texts()).toEqual(["a", "b", "c", "d"].map((text) => `answer to ${text}`));
  });

  test("other conversations are not delayed by one that hangs, up to the number of lanes", async () => {
    const { stage, at } = await busy({ lanes: 3 });
    for (const id of ["g1", "g2", "g3"]) await stage.offer(inGroup(id, { text: id }));
    await stage.until(() => at.begun.length === 3);
    expect(at.begun).toEqual(["a", "g1", "g2"]);
    at.open("g2");
    await stage.until(() => at.begun.includes("g3"));
    expect(stage.platform.texts("group:g2")).toEqual(["answer to g2"]);
  });

  test("a direct chat and a group, two accounts, and threads of one group are lanes of their own", async () => {
    const at = doors();
    const stage = await open({
      handler: at.handler,
      channels: (on) => [on.channel(), on.channel({ account: "other" })],
    });
    const places = [
      message({ text: "direct" }),
      inGroup("g", { text: "group" }),
      inGroup("g", {
        text: "thread",
        conversation: { kind: "group", id: "g", threadId: "t", key: "test:default:g:t" },
      }),
      message({ text: "other account", account: "other" }),
    ];
    for (const place of places) await stage.offer(place);
    await stage.until(() => at.begun.length === places.length);
    for (const text of at.begun) at.open(text);
    await stage.idle();
    expect(at.ended).toHaveLength(places.length);
  });
});

describe("merge", () => {
  test("what comes meanwhile becomes one turn, texts and files in order, answered once", async () => {
    const { stage, at } = await busy({ whenBusy: "merge" });
    const files = [{ media: "image", handle: "1" }] as const;
    const parts = [message({ text: "b" }), message({ text: "c", attachments: files }), message({ text: "d" })];
    for (const part of parts) await stage.offer(part);
    at.open("a");
    at.open("b\nc\nd");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["answer to a", "answer to b\nc\nd"]);
    expect(await stage.trace(parts[1]?.id ?? "")).toEqual(["claim accepted", "turn merged"]);
  });

  test("a message taken back while it waits is not part of it", async () => {
    const { stage, at } = await busy({ whenBusy: "merge" });
    const parts = [message({ text: "b" }), message({ text: "c" })];
    for (const part of parts) await stage.offer(part);
    await stage.state.inbox.stop("test:default:c1", "recalled", { id: parts[0]?.id ?? "" });
    at.open("a");
    at.open("c");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["answer to a", "answer to c"]);
  });

  test("a burst that was claimed before a crash is the same burst after it", async () => {
    const at = doors();
    const first = await open({ folder: await folder(), handler: at.handler, whenBusy: "merge" });
    await first.say("a");
    await first.until(() => at.begun.length === 1);
    await first.say("b");
    await first.say("c");
    at.open("a");
    await first.until(() => at.begun.includes("b\nc"));
    const left = await first.crash();
    const second = await open({ ...left, handler: (turn) => `again ${turn.text}`, whenBusy: "merge", start: false });
    await second.bot.start();
    await second.say("d");
    await second.idle(100);
    expect(second.platform.texts()).toEqual(["answer to a", "again b\nc", "again d"]);
  });
});

describe("interrupt", () => {
  test("the newest replaces the one that runs, and those that wait", async () => {
    const { stage, at } = await busy({ whenBusy: "interrupt" });
    const between = message({ text: "b" });
    await Promise.all([stage.offer(between), stage.say("c")]);
    at.open("c");
    await stage.idle();
    expect(at.ended).toContain("a");
    expect(stage.platform.texts()).toEqual(["answer to c"]);
    const superseded = await stage.trace(between.id);
    expect(superseded.filter((line) => line === "turn superseded" || line === "turn called off")).toHaveLength(1);
  });

  test("what was already on the screen is finished with its text", async () => {
    const stage = await open({
      channel: { streams: true },
      whenBusy: "interrupt",
      handler: async function* (turn) {
        yield `answer to ${turn.text}`;
        if (turn.text === "a") await new Promise(() => undefined);
      },
    });
    await stage.say("a");
    await stage.until(() => stage.platform.texts().includes("answer to a"));
    await stage.say("b");
    await stage.idle();
    expect(stage.platform.posts).toMatchObject([
      { text: "answer to a", state: "finished" },
      { text: "answer to b", state: "finished" },
    ]);
  });

  test("a press does not interrupt, nor a message of another conversation", async () => {
    const { stage, at } = await busy({ whenBusy: "interrupt" });
    await stage.offer(press({ button: "x" }));
    await stage.offer(inGroup("g", { text: "other" }));
    await stage.clock.advance(0);
    expect(at.ended).toEqual([]);
    for (const text of ["a", "other", "x"]) at.open(text);
    await stage.idle();
    expect(stage.platform.texts()).toContain("answer to a");
  });
});

describe("pass", () => {
  test("each is handed on at once, in order", async () => {
    const { stage, at } = await busy({ whenBusy: "pass" });
    for (const text of ["b", "c"]) await stage.say(text);
    await stage.until(() => at.begun.length === 3);
    expect(at.begun).toEqual(["a", "b", "c"]);
    for (const text of ["c", "b", "a"]) at.open(text);
    await stage.idle();
    expect(stage.platform.texts().toSorted()).toEqual(["answer to a", "answer to b", "answer to c"]);
  });

  test("a stop word reaches what runs, the turns that came later too", async () => {
    const { stage, at } = await busy({ whenBusy: "pass" });
    await stage.say("b");
    await stage.until(() => at.begun.length === 2);
    await stage.say("/stop");
    await stage.idle();
    expect(at.ended.toSorted()).toEqual(["a", "b"]);
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Stopped")]);
  });
});

describe("no message of a busy chat is lost (vercel/chat #685, #928; getsentry/junior #33)", () => {
  test("one that comes while its conversation is being worked on is not marked as seen and then dropped", async () => {
    const { stage, at } = await busy({});
    const inbound = message({ text: "b" });
    expect(await stage.offer(inbound)).toBe("accepted");
    expect(await stage.offer(inbound)).toBe("duplicate");
    at.open("a");
    at.open("b");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["answer to a", "answer to b"]);
  });

  test("a handler that takes hours keeps its lane: nobody else begins meanwhile", async () => {
    const { stage, at } = await busy({ turnTimeoutMs: 86_400_000 });
    await stage.say("b");
    await stage.clock.advance(4 * 3_600_000);
    expect(at.begun).toEqual(["a"]);
    at.open("a");
    at.open("b");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["answer to a", "answer to b"]);
  });

  test("one that comes between the last look and the end of the turn is not stranded", async () => {
    for (let steps = 0; steps < 40; steps += 1) {
      const texts: string[] = [];
      const stage = await open({ handler: (turn) => void texts.push(turn.text) });
      await stage.say("a");
      for (let step = 0; step < steps; step += 1) await Promise.resolve(); // at every moment of the turn's end
      await stage.say("b");
      await stage.idle();
      expect(texts).toEqual(["a", "b"]);
    }
  });

  test("a burst from many sides: every message once, in order per conversation", async () => {
    const seen = new Map<string, number[]>();
    const stage = await open({
      lanes: 4,
      handler: async (turn) => {
        const own = seen.get(turn.conversation.id) ?? [];
        seen.set(turn.conversation.id, own);
        own.push(Number(turn.text));
        if (Number(turn.text) % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const offers = Array.from({ length: 300 }, (_, n) => inGroup(`g${n % 7}`, { text: String(n) }));
    await Promise.all([...offers, ...offers.slice(0, 100)].map((inbound) => stage.offer(inbound)));
    await stage.idle();
    expect([...seen.values()].flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    for (const own of seen.values()) expect(own).toEqual(own.toSorted((a, b) => a - b));
  });
});
