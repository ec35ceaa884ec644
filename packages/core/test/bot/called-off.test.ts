/** Turns that are called off: by a stop word, a recall, a newer message, the time limit, or the end of the bot. */
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/index.ts";
import { inGroup, message, recall } from "../fixtures.ts";
import { type Stage, type StageOptions, stages } from "../stage/stage.ts";

const { open } = stages();
const growing = (options: StageOptions): Promise<Stage> => open({ channel: { streams: true }, ...options });

/** Says `…` and then nothing more until it is called off. */
const talking: Handler = async function* (turn) {
  yield `answer to ${turn.text}`;
  await new Promise((resolve) => turn.signal.addEventListener("abort", resolve, { once: true }));
  yield " and more";
};
/** The same, and deaf. */
const deaf: Handler = async function* (turn) {
  yield `answer to ${turn.text}`;
  await new Promise(() => undefined);
};

const shows = (stage: Stage, text: string): Promise<void> =>
  stage.until(() => stage.platform.posts.some((post) => post.text.includes(text)));

describe("a stop word", () => {
  test.each([
    ["/stop", talking],
    ["停止", talking],
    [" /STOP ", deaf],
  ])("%s finishes the message with the text so far, and says that it has stopped", async (word, handler) => {
    const stage = await growing({ handler });
    const inbound = message({ text: "a" });
    await stage.offer(inbound);
    await shows(stage, "answer to a");
    await stage.say(word);
    await stage.idle(100);
    expect(stage.platform.posts).toMatchObject([
      { text: "answer to a", state: "finished" },
      { text: expect.stringContaining("Stopped"), state: "finished" },
    ]);
    expect(await stage.trace(inbound.id)).toEqual(expect.arrayContaining(["turn called off", "turn done"]));
  });

  test("aborts the signal of a handler that returns, with the reason; its failure after that is not apologised for", async () => {
    const reasons: unknown[] = [];
    const started = Promise.withResolvers<void>();
    const stage = await open({
      handler: async (turn) => {
        started.resolve();
        await new Promise((_, reject) =>
          turn.signal.addEventListener("abort", () => {
            reasons.push(turn.signal.reason);
            reject(new Error("called off"));
          }),
        );
      },
    });
    await stage.say("a");
    await started.promise;
    await stage.say("/stop");
    await stage.idle(100);
    expect(reasons).toEqual(["stopped"]);
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Stopped")]);
  });

  test("a handler that goes on regardless is left behind, and what it says later is refused", async () => {
    const later = Promise.withResolvers<unknown>();
    const go = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const stage = await open({
      handler: async (turn) => {
        if (turn.text !== "a") return `answer to ${turn.text}`;
        started.resolve();
        await go.promise;
        await turn.reply("too late").catch((error: unknown) => later.resolve(error));
        return "much too late";
      },
    });
    await stage.say("a");
    await started.promise;
    await stage.say("b");
    await stage.say("/stop");
    await stage.idle(500);
    go.resolve();
    expect(await later.promise).toMatchObject({ code: "aborted" });
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Stopped"), "answer to b"]);
  });

  test("in a group only from the person whose message is running", async () => {
    const stage = await growing({ handler: talking });
    await stage.offer(inGroup("g", { text: "a" }));
    await shows(stage, "answer to a");
    await stage.offer(inGroup("g", { text: "/stop", sender: { id: "u2", isBot: false } }));
    await stage.until(() => stage.platform.texts("group:g").length === 2);
    expect(stage.platform.posts).toMatchObject([
      { state: "growing" },
      { text: expect.stringContaining("Nothing is running") },
    ]);
    await stage.offer(inGroup("g", { text: "/stop" }));
    await stage.idle(100);
    expect(stage.platform.posts.map(({ state }) => state)).toEqual(["finished", "finished", "finished"]);
    expect(stage.platform.posts[2]?.text).toContain("Stopped");
  });

  test("stops the turn that runs; what waits is answered", async () => {
    const stage = await growing({
      handler: (turn, next) => (turn.text === "a" ? talking(turn, next) : `answer to ${turn.text}`),
    });
    await stage.say("a");
    await shows(stage, "answer to a");
    await stage.say("b");
    await stage.say("/stop");
    await stage.idle(100);
    expect(stage.platform.texts()).toContain("answer to b");
    expect(stage.platform.posts.every(({ state }) => state === "finished")).toBe(true);
  });

  test("the same one delivered twice is answered once", async () => {
    const stage = await open({ handler: talking });
    const word = message({ text: "/stop" });
    expect(await stage.offer(word)).toBe("accepted");
    expect(await stage.offer(word)).toBe("duplicate");
    await stage.idle();
    expect(stage.platform.texts()).toHaveLength(1);
  });

  test("other words by option, and none", async () => {
    const stage = await growing({ handler: talking, stopWords: ["Halt"] });
    await stage.say("a");
    await shows(stage, "answer to a");
    await stage.say("halt");
    await stage.idle(100);
    expect(stage.platform.texts().at(-1)).toContain("Stopped");
    const deafStage = await open({ handler: (turn) => turn.text, stopWords: [] });
    await deafStage.say("/stop");
    await deafStage.idle();
    expect(deafStage.platform.texts()).toEqual(["/stop"]);
  });
});

describe("a recall", () => {
  test("of the message that runs ends its turn with the text so far", async () => {
    const stage = await growing({ handler: talking });
    const inbound = message({ text: "a" });
    await stage.offer(inbound);
    await shows(stage, "answer to a");
    await stage.offer(recall(inbound));
    await stage.idle(100);
    expect(stage.platform.posts).toMatchObject([{ text: "answer to a", state: "finished" }]);
    expect(await stage.trace(inbound.id)).toContain("turn recalled");
  });

  test("of a message that waits: it is not answered; the others are", async () => {
    const go = Promise.withResolvers<void>();
    const seen: string[] = [];
    const stage = await open({
      handler: async (turn) => {
        seen.push(turn.text);
        if (turn.text === "a") await go.promise;
        return `answer to ${turn.text}`;
      },
    });
    await stage.say("a");
    const waiting = message({ text: "b" });
    await stage.offer(waiting);
    await stage.say("c");
    await stage.offer(recall(waiting));
    go.resolve();
    await stage.idle();
    expect(seen).toEqual(["a", "c"]);
    expect(await stage.trace(waiting.id)).toEqual(["claim accepted", "turn recalled"]);
  });

  test('of a message that was answered, or never seen, changes nothing, and reaches on("recall")', async () => {
    const heard: string[] = [];
    const stage = await open({
      handler: (turn) => `answer to ${turn.text}`,
      register: (bot) => bot.on("recall", (turn) => void heard.push(turn.recall.messageId)),
    });
    const inbound = message({ text: "a" });
    await stage.offer(inbound);
    await stage.idle();
    await stage.offer(recall(inbound));
    await stage.offer(recall(message({ text: "never seen", id: "unseen" })));
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["answer to a"]);
    expect(heard.toSorted()).toEqual([inbound.id, "unseen"].toSorted());
  });
});

describe("the time limit", () => {
  test("aborts with code timeout; the message is finished with the text so far, and the person is told", async () => {
    const errors: unknown[] = [];
    const stage = await growing({
      handler: deaf,
      turnTimeoutMs: 60_000,
      onError: (error) => {
        errors.push(error);
        return { kind: "text", text: "that took too long" };
      },
    });
    await stage.say("a");
    await stage.clock.advance(59_000);
    expect(stage.platform.posts).toMatchObject([{ state: "growing" }]);
    await stage.clock.advance(2_000);
    await stage.idle(100);
    expect(stage.platform.posts).toMatchObject([
      { text: "answer to a", state: "finished" },
      { text: "that took too long", state: "finished" },
    ]);
    expect(errors).toEqual([expect.objectContaining({ code: "timeout" })]);
  });

  test("a handler that hangs in a promise is left behind; the lane goes on", async () => {
    const stage = await open({
      handler: (turn) => (turn.text === "a" ? new Promise(() => undefined) : `answer to ${turn.text}`),
      turnTimeoutMs: 60_000,
      onError: (error) => `failed: ${(error as { code?: string }).code ?? ""}`,
    });
    await stage.say("a");
    await stage.say("b");
    await stage.clock.advance(59_000);
    expect(stage.platform.texts()).toEqual([]);
    await stage.idle(1_000);
    expect(stage.platform.texts()).toEqual(["failed: timeout", "answer to b"]);
  });

  test("counts from the turn's beginning, not from its arrival", async () => {
    const go = Promise.withResolvers<void>();
    const stage = await open({
      handler: async (turn) => {
        if (turn.text === "a") await go.promise;
        return `answer to ${turn.text}`;
      },
      turnTimeoutMs: 60_000,
    });
    await stage.say("a");
    await stage.clock.advance(30_000);
    await stage.say("b");
    await stage.clock.advance(29_000);
    go.resolve();
    await stage.idle();
    await stage.clock.advance(60_000);
    expect(stage.platform.texts()).toEqual(["answer to a", "answer to b"]);
  });
});

describe("the end of the bot", () => {
  test("a stream that is on the screen is finished as interrupted, and recorded as the answer", async () => {
    const stage = await growing({ handler: deaf });
    await stage.say("a");
    await shows(stage, "answer to a");
    const stopping = stage.bot.stop({ timeoutMs: 1_000 });
    await stage.clock.advance(2_000);
    await stopping;
    expect(stage.platform.posts).toMatchObject([
      { state: "finished", text: expect.stringMatching(/^answer to a\n\n.*interrupted/s) },
    ]);
  });

  test("a turn that has shown nothing is not answered now; the next process does", async () => {
    const { open: openStage } = { open };
    const first = await openStage({ handler: () => new Promise(() => undefined) });
    await first.say("a");
    await first.clock.advance(0);
    const stopping = first.bot.stop({ timeoutMs: 1_000 });
    await first.clock.advance(10_000);
    await stopping;
    expect(first.platform.texts()).toEqual([]);
  });
});
