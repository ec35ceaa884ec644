/** Streams: pieces are appended as they come, the newest text wins, and whatever happens nothing is left growing. */
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/index.ts";
import { message } from "../fixtures.ts";
import { type Stage, type StageOptions, stages } from "../stage/stage.ts";

const { open } = stages();
const growing = (options: StageOptions): Promise<Stage> => open({ channel: { streams: true }, ...options });
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Yields piece by piece, giving each a chance to be shown. */
const slowly = (...pieces: readonly string[]): Handler =>
  async function* () {
    for (const piece of pieces) {
      yield piece;
      await tick();
    }
  };

describe("a stream", () => {
  test("pieces are appended as they come, never compared or merged; the message grows in place", async () => {
    const { say, idle, platform } = await growing({ handler: slowly("ha", "ha", "", " ", "ha\n", "\n```", "ts") });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "haha ha\n\n```ts", state: "finished" }]);
    const { history = [] } = platform.posts[0] ?? {};
    expect(history.length).toBeGreaterThan(1);
    for (const shown of history) expect("haha ha\n\n```ts".startsWith(shown)).toBe(true);
  });

  test("where the chat cannot stream, the text comes at the end, once", async () => {
    const { say, idle, platform } = await open({ handler: slowly("a", "b", "c") });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "abc", kind: "markdown" }]);
  });

  test("where this one address cannot show a growing message, the text comes at the end, once", async () => {
    const { say, idle, platform } = await growing({ handler: slowly("a", "b", "c") });
    platform.fault("prepare", { outcome: "not_sent", code: "unsupported", verdict: { kind: "stop" } });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "abc", kind: "markdown" }]);
  });

  test("a text of its own goes by the way that can be repeated: the message that replaces itself", async () => {
    const { say, idle, platform } = await growing({ handler: () => "whole" });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "whole", kind: "stream", state: "finished" }]);
  });

  test("a slow platform delays no piece: the newest text wins", async () => {
    const { say, idle, platform } = await growing({ handler: slowly(..."abcdefgh") });
    const opening = platform.hold("open");
    await say("x");
    await opening.entered;
    for (let round = 0; round < 20; round += 1) await tick();
    opening.release();
    await idle();
    expect(platform.posts).toMatchObject([{ text: "abcdefgh", state: "finished" }]);
    expect(platform.calls.filter((call) => call.startsWith("update")).length).toBeLessThan(3);
  });

  test("an error in the middle ends the message with what there is, and then onError speaks", async () => {
    const { say, idle, platform } = await growing({
      handler: async function* () {
        yield "half of ";
        throw new Error("the model is down");
      },
      onError: (error) => ({ kind: "text", text: `sorry: ${(error as Error).message}` }),
    });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([
      { text: "half of ", state: "finished" },
      { text: "sorry: the model is down", state: "finished" },
    ]);
  });

  test("an error before the first word leaves no message but the apology", async () => {
    const { say, idle, platform } = await growing({
      handler: async function* () {
        await tick();
        yield "";
        throw new Error("the model is down");
      },
      onError: () => ({ kind: "text", text: "sorry" }),
    });
    await say("x");
    await idle();
    expect(platform.texts()).toEqual(["sorry"]);
  });

  test("longer than a message may be, it goes on in the next, each finished", async () => {
    const words = Array.from({ length: 60 }, (_, n) => `word${n} `);
    const { say, idle, platform } = await growing({
      channel: { streams: true, can: { text: { maxChars: 120 } } },
      handler: slowly(...words),
    });
    await say("x");
    await idle();
    expect(platform.posts.length).toBeGreaterThan(3);
    expect(platform.posts.every(({ state, text }) => state === "finished" && text.length <= 120)).toBe(true);
    expect(
      platform
        .texts()
        .map((text) => text.trim())
        .join(" "),
    ).toBe(words.join("").trim());
    expect(platform.violations).toEqual([]);
  });
});

describe("showing progress is best effort", () => {
  test("updates that fail do not touch the answer", async () => {
    const { say, idle, platform } = await growing({ handler: slowly("a", "b", "c") });
    platform.judge = (name) => (name === "update" ? { outcome: "refused" } : undefined);
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "abc", state: "finished", history: ["abc"] }]);
  });

  test("a channel whose update throws, which none should, does not lose the answer", async () => {
    const { say, idle, platform } = await open({
      handler: slowly("a", "b", "c"),
      channels: (on) => {
        const channel = on.channel({ streams: true });
        const broken: typeof channel = {
          ...channel,
          open(runtime) {
            const opened = channel.open(runtime);
            if (opened.stream === undefined) throw new Error("it streams");
            const { stream } = opened;
            const update = (): never => {
              throw new Error("a defect of the channel");
            };
            return {
              ...opened,
              stream: { ...stream, open: async (...args) => ({ ...(await stream.open(...args)), update }) },
            };
          },
        };
        return [broken];
      },
    });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "abc", state: "finished" }]);
  });

  test("a message that cannot be opened now is opened at the end", async () => {
    const { say, idle, platform } = await growing({ handler: slowly("a", "b", "c") });
    platform.judge = (name) => (name === "open" && platform.calls.length < 8 ? { outcome: "not_sent" } : undefined);
    await say("x");
    await idle(100);
    expect(platform.posts).toMatchObject([{ text: "abc", state: "finished", kind: "stream" }]);
  });

  test("a message the platform will not open: the text goes another way, once", async () => {
    const { say, idle, platform } = await growing({ handler: slowly("a", "b", "c") });
    platform.fault("open", { outcome: "refused" });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([{ text: "abc", kind: "markdown" }]);
  });

  test("a message the platform will not finish is ended, and the whole text follows", async () => {
    const { say, idle, platform } = await growing({ handler: slowly("a", "b", "c") });
    platform.fault("finish", { outcome: "refused" });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([
      { kind: "stream", state: "failed", text: expect.stringContaining("continued in the next message") },
      { kind: "markdown", text: "abc", state: "finished" },
    ]);
  });

  test("an unknown outcome of the last frame is repeated in place, not sent another way", async () => {
    for (const executed of [true, false]) {
      const { say, idle, platform } = await growing({ handler: slowly("a", "b", "c") });
      platform.fault("finish", { outcome: "unknown", executed }, { outcome: "unknown", executed });
      await say("x");
      await idle(100);
      expect(platform.posts).toMatchObject([{ text: "abc", state: "finished", kind: "stream" }]);
      expect(platform.violations).toEqual([]);
    }
  });
});

describe("pushing", () => {
  test("update with the whole text so far, then finish", async () => {
    const { say, idle, platform } = await growing({
      handler: async (turn) => {
        const writer = await turn.stream();
        for (const text of ["one", "one two", "something else"]) {
          writer.update(text);
          await tick();
        }
        return writer.finish("the end");
      },
    });
    await say("x");
    await idle();
    expect(platform.posts).toMatchObject([
      { text: "the end", state: "finished", history: ["one", "one two", "something else", "the end"] },
    ]);
  });

  test("fail ends what is on the screen with the reason, and shows it where nothing was", async () => {
    const { say, idle, platform } = await growing({
      handler: async (turn) => {
        const writer = await turn.stream();
        if (turn.text === "some") writer.update("half a text");
        await tick();
        await writer.fail("the tool is away");
      },
    });
    await say("some");
    await idle();
    await say("none");
    await idle();
    expect(platform.posts.map(({ state }) => state)).toEqual(["finished", "finished"]);
    expect(platform.texts()).toEqual(["half a text\n\n⚠️ the tool is away", "⚠️ the tool is away"]);
  });

  test("one that the handler left growing is finished with its text before the turn is over", async () => {
    for (const fails of [false, true]) {
      const { say, idle, platform } = await growing({
        handler: async (turn) => {
          const writer = await turn.stream();
          writer.update("half a text");
          await tick();
          if (fails) throw new Error("no more");
        },
        onError: () => undefined,
      });
      await say("x");
      await idle();
      expect(platform.posts).toMatchObject([
        { state: "finished", text: expect.stringMatching(/^half a text\n\n.*interrupted/s) },
      ]);
    }
  });

  test("may end as a card: the text that was shown is finished, the card follows", async () => {
    const { say, idle, platform } = await growing({
      handler: async (turn) => {
        const writer = await turn.stream();
        writer.update("choosing");
        await tick();
        await tick();
        return writer.finish({ kind: "card", title: "Choice" });
      },
    });
    await say("x");
    await idle();
    expect(platform.posts.map(({ kind, text, state }) => [kind, text, state])).toEqual([
      ["stream", "choosing", "finished"],
      ["card", "Choice", "finished"],
    ]);
  });

  test("the trace tells when it was opened and sent", async () => {
    const { offer, idle, trace } = await growing({ handler: slowly("a", "b") });
    const inbound = message({ text: "x" });
    await offer(inbound);
    await idle();
    const lines = await trace(inbound.id);
    expect(lines).toEqual(expect.arrayContaining(["reply open", "reply sent", "turn done"]));
  });
});
