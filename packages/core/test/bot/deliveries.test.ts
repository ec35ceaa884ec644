/** Deliveries are numbered within a turn, or named: what an earlier attempt has delivered is not delivered again. */
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/index.ts";
import { fakePlatform, type Platform } from "../stage/platform.ts";
import { type StageOptions, stages } from "../stage/stage.ts";

const { open, folder } = stages();

interface Process {
  /** The process dies here. */
  readonly dies: () => Promise<never>;
  /** Something of this text is on the screen. */
  readonly shows: (text: string) => Promise<void>;
}

/** Runs a handler in a process that dies when it says so, then in the next one. Resolves when that one is done. */
async function twice(
  handler: (process: Process) => Handler,
  settings: Omit<StageOptions, "handler"> = {},
): Promise<Platform> {
  const dying = Promise.withResolvers<void>();
  const { platform = fakePlatform() } = settings;
  const shows = async (text: string): Promise<void> => {
    while (!platform.texts().some((shown) => shown.includes(text)))
      await new Promise((resolve) => setImmediate(resolve));
  };
  const dies = (): Promise<never> => {
    dying.resolve();
    return new Promise(() => undefined);
  };
  const first = await open({ ...settings, platform, handler: handler({ dies, shows }) });
  await first.say("x");
  await dying.promise;
  const survivor = { dies: () => Promise.reject(new Error("it dies once")), shows };
  const second = await open({ ...settings, ...(await first.crash()), handler: handler(survivor) });
  await second.idle(1_000);
  return platform;
}

/** A text that grows, and then does something else than end. */
async function* growing(text: string, then: () => Promise<unknown>): AsyncGenerator<string> {
  yield text;
  await then();
}

describe("attempt 2", () => {
  test("runs the handler from its start with the same key; the n-th reply that was delivered resolves with its old result", async () => {
    const seen: unknown[] = [];
    const platform = await twice(({ dies }) => async (turn) => {
      const sent = await turn.reply(`one of attempt ${turn.attempt}`);
      seen.push([turn.attempt, turn.key, sent.id]);
      if (turn.attempt === 1) await dies();
      return `two of attempt ${turn.attempt}`;
    });
    expect(platform.texts()).toEqual(["one of attempt 1", "two of attempt 2"]);
    const key = (seen[0] as readonly unknown[])[1];
    expect(seen).toEqual([
      [1, key, "p1"],
      [2, key, "p1"],
    ]);
  });

  test("a named reply is known by its name, whatever comes before it", async () => {
    const platform = await twice(({ dies }) => async (turn) => {
      if (turn.attempt === 2) await turn.reply("only this time", { key: "extra" });
      await turn.reply(`summary ${turn.attempt}`, { key: "summary" });
      if (turn.attempt === 1) await dies();
    });
    expect(platform.texts()).toEqual(["summary 1", "only this time"]);
  });

  test("named replies do not shift the numbers of the others", async () => {
    const platform = await twice(({ dies }) => async (turn) => {
      if (turn.attempt === 1) await turn.reply("progress", { key: "progress" });
      await turn.reply(`result ${turn.attempt}`);
      if (turn.attempt === 1) await dies();
    });
    expect(platform.texts()).toEqual(["progress", "result 1"]);
  });
});

describe("attempt 2, after text that grew", () => {
  test("what was left growing is finished in place with the new text", async () => {
    const platform = await twice(
      ({ dies, shows }) =>
        async function* (turn) {
          yield `attempt ${turn.attempt}`;
          await shows(`attempt ${turn.attempt}`);
          if (turn.attempt === 1) await dies();
          yield ", whole";
        },
      { channel: { streams: true } },
    );
    expect(platform.posts).toMatchObject([{ text: "attempt 2, whole", state: "finished" }]);
    expect(platform.posts[0]?.history).toContain("attempt 1");
  });

  test("what was left growing and is not touched again is finished as interrupted", async () => {
    const platform = await twice(
      ({ dies, shows }) =>
        async (turn) => {
          if (turn.attempt > 1) return turn.reply("instead", { key: "other" });
          const writer = await turn.stream();
          writer.update("half a");
          await shows("half a");
          return dies();
        },
      { channel: { streams: true } },
    );
    expect(platform.posts.map(({ state }) => state)).toEqual(["finished", "finished"]);
    expect(platform.texts()).toEqual([expect.stringContaining("interrupted"), "instead"]);
  });

  test("a pushed message that was finished stays as it is, whatever the second attempt pushes", async () => {
    const platform = await twice(
      ({ dies }) =>
        async (turn) => {
          const writer = await turn.stream();
          writer.update(`half ${turn.attempt}`);
          await writer.finish(`whole ${turn.attempt}`);
          if (turn.attempt === 1) await dies();
          return { kind: "text", text: "after" };
        },
      { channel: { streams: true } },
    );
    expect(platform.violations).toEqual([]);
    expect(platform.texts()).toEqual(["whole 1", "after"]);
  });
});

describe("attempt 2, after an answer of several messages", () => {
  test("of a long answer the pieces that were finished stay; the rest goes on behind them", async () => {
    const sentence = (n: number): string => `This is sentence ${n}. `;
    const platform = await twice(
      ({ dies, shows }) =>
        async function* (turn) {
          for (let n = 1; n <= 20; n += 1) {
            yield sentence(n);
            await shows(`sentence ${n}.`);
            if (turn.attempt === 1 && n === 8) await dies();
          }
        },
      { channel: { streams: true, can: { text: { maxChars: 100 } } } },
    );
    const { posts, violations } = platform;
    expect(violations).toEqual([]);
    expect(posts.every(({ state }) => state === "finished")).toBe(true);
    const whole = Array.from({ length: 20 }, (_, index) => sentence(index + 1)).join("");
    expect(posts.map(({ text }) => text.trim()).join(" ")).toBe(whole.trim());
  });

  test("a shorter text of the second attempt does not rewrite a piece that was finished", async () => {
    const platform = await twice(
      ({ dies, shows }) =>
        async function* (turn) {
          if (turn.attempt === 2) {
            yield "short";
            return;
          }
          yield `${"word ".repeat(30)}end`;
          await shows("end");
          await dies();
        },
      { channel: { streams: true, can: { text: { maxChars: 100 } } } },
    );
    expect(platform.violations).toEqual([]);
    expect(platform.posts[0]?.text.startsWith("word word")).toBe(true);
    expect(platform.posts.every(({ state }) => state === "finished")).toBe(true);
  });
});

describe("attempt 2, with content of another kind", () => {
  test("text that grew is finished in place too when it comes in one piece the second time, or as plain text", async () => {
    for (const second of ["whole", { kind: "text", text: "whole" }] as const) {
      const platform = await twice(
        ({ dies, shows }) =>
          (turn) =>
            turn.attempt > 1 ? second : growing("half", () => shows("half").then(dies)),
        { channel: { streams: true } },
      );
      expect(platform.posts).toMatchObject([{ text: "whole", state: "finished", kind: "stream" }]);
    }
  });

  test("text that grew and becomes a card is ended; the card follows, once over all attempts", async () => {
    const platform = await twice(
      ({ dies, shows }) =>
        async (turn) => {
          if (turn.attempt === 1) return growing("half", () => shows("half").then(dies));
          return { kind: "card", title: "Card" };
        },
      { channel: { streams: true } },
    );
    expect(platform.posts.map(({ state, kind }) => `${kind} ${state}`)).toEqual(["stream finished", "card finished"]);
  });

  test("a pushed message that ended as a card is not sent again", async () => {
    const platform = await twice(
      ({ dies }) =>
        async (turn) => {
          const writer = await turn.stream();
          const sent = await writer.finish({ kind: "card", title: `Card ${turn.attempt}` });
          if (turn.attempt === 1) await dies();
          return sent;
        },
      { channel: { streams: true } },
    );
    expect(platform.texts()).toEqual(["Card 1"]);
  });

  test("when the handler was done, it is not run again: only what it said is delivered", async () => {
    const runs: number[] = [];
    const first = await open({
      folder: await folder(),
      handler: (turn) => {
        runs.push(turn.attempt);
        return `said in ${turn.attempt}`;
      },
    });
    first.platform.fault("send", { outcome: "not_sent" });
    await first.say("x");
    await first.until(() => first.platform.calls.some((call) => call.startsWith("send")));
    const left = await first.crash();
    const { platform } = first;
    const second = await open({ ...left, handler: () => "said again" });
    await second.idle(1_000);
    expect(runs).toEqual([1]);
    expect(platform.texts()).toEqual(["said in 1"]);
  });
});

describe("within one attempt", () => {
  test("the same name twice is one delivery, also at once", async () => {
    const { say, idle, platform } = await open({
      handler: async (turn) => {
        const [a, b] = await Promise.all([turn.reply("a", { key: "k" }), turn.reply("b", { key: "k" })]);
        const c = await turn.reply("c", { key: "k" });
        return `${a.id} ${b.id} ${c.id}`;
      },
    });
    await say("x");
    await idle();
    expect(platform.texts()).toEqual(["a", "p1 p1 p1"]);
  });

  test("replies nobody waited for are delivered before the turn is over, in order", async () => {
    const { say, idle, platform } = await open({
      handler: (turn) => {
        for (const text of ["a", "b", "c"]) void turn.reply(text);
      },
    });
    await say("x");
    await idle();
    expect(platform.texts()).toEqual(["a", "b", "c"]);
  });

  test("after the turn is over a reply is refused, by code", async () => {
    let late: ((text: string) => Promise<unknown>) | undefined;
    const { say, idle, platform } = await open({
      handler: (turn) => {
        late = (text) => turn.reply(text);
      },
    });
    await say("x");
    await idle();
    await expect(late?.("too late")).rejects.toMatchObject({ code: "aborted" });
    expect(platform.texts()).toEqual([]);
  });
});
