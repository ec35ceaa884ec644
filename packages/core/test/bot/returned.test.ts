/** What is returned is replied; a string is markdown; nothing is said twice, and nothing where there is nothing to say. */
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/index.ts";
import { message } from "../fixtures.ts";
import { stages } from "../stage/stage.ts";

const { open } = stages();

async function* pieces(...all: readonly string[]): AsyncGenerator<string> {
  yield* all;
}

describe("what is returned is replied", () => {
  test.each<[string, Handler, readonly string[]]>([
    ["a string", () => "one", ["one"]],
    ["a promise of one", () => Promise.resolve("two"), ["two"]],
    [
      "an async generator",
      async function* () {
        yield "th";
        yield "ree";
      },
      ["three"],
    ],
    ["a stream", () => pieces("a", "b", "", "c"), ["abc"]],
    ["text", () => ({ kind: "text", text: "letters" }), ["letters"]],
    ["a card", () => ({ kind: "card", title: "Title", buttons: [{ id: "ok", label: "OK" }] }), ["Title [OK]"]],
    ["a file", () => ({ kind: "media", file: new File(["x"], "a.txt"), name: "b.txt" }), ["(b.txt)"]],
    ["what reply resolved with is not sent again", (turn) => turn.reply("once"), ["once"]],
    [
      "replies first, then what is returned",
      async (turn) => {
        await turn.reply("first");
        return "second";
      },
      ["first", "second"],
    ],
    ["nothing", () => undefined, []],
  ])("%s", async (_name, handler, texts) => {
    const { say, idle, platform } = await open({ handler });
    await say("x");
    await idle();
    expect(platform.texts()).toEqual(texts);
  });

  test("a string and a stream are markdown; text stays text; the channel gets both as they are written", async () => {
    const { offer, idle, platform } = await open({
      handler: (turn) => (turn.text === "text" ? { kind: "text", text: "<@u2> *a*" } : "<@u2> *a*"),
    });
    await offer(message({ text: "markdown" }));
    await idle();
    await offer(message({ text: "text" }));
    await idle();
    expect(platform.posts.map((post) => post.message)).toEqual([
      { kind: "markdown", text: "<@u2> *a*" },
      { kind: "text", text: "<@u2> *a*" },
    ]);
  });

  test("who shall be notified goes to the channel as ids, with the first piece of a text that had to be split", async () => {
    const { say, idle, platform } = await open({
      channel: { can: { text: { maxChars: 60 } } },
      handler: () => ({ kind: "markdown", text: `${"word ".repeat(16)}end`, mentions: ["u2", "u3"] }),
    });
    await say("x");
    await idle();
    expect(platform.posts.length).toBeGreaterThan(1);
    expect(platform.posts.map(({ message: sent }) => (sent?.kind === "markdown" ? sent.mentions : "?"))).toEqual([
      ["u2", "u3"],
      ...platform.posts.slice(1).map(() => undefined),
    ]);
  });

  test.each<[string, Handler]>([
    ["an empty string", () => ""],
    ["white space", () => " \n"],
    ["an empty text", () => ({ kind: "text", text: "" })],
    ["a stream that yields nothing", () => pieces()],
    ["a stream of empty pieces", () => pieces("", "")],
  ])("%s sends nothing and says so in the trace; the thinking sign goes", async (_name, handler) => {
    for (const streams of [false, true]) {
      const { offer, idle, platform, trace } = await open({ handler, channel: { streams } });
      const inbound = message({ text: "x" });
      await offer(inbound);
      await idle();
      expect(platform.posts).toEqual([]);
      expect(platform.calls).toEqual(["presence user:u1 working", "presence user:u1 done"]);
      expect(await trace(inbound.id)).toEqual(expect.arrayContaining(["reply empty", "turn done"]));
    }
  });

  test("a text too long for one message comes in pieces, in order, as one reply", async () => {
    const text = Array.from({ length: 40 }, (_, n) => `Sentence number ${n}.`).join(" ");
    const { say, idle, platform } = await open({
      channel: { can: { text: { maxChars: 200 } } },
      handler: async (turn) => {
        const sent = await turn.reply(text);
        return `${sent.id} and ${sent.parts.length} more`;
      },
    });
    await say("x");
    await idle();
    const texts = platform.texts();
    expect(texts.slice(0, -1).join(" ")).toBe(text);
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(200);
    expect(texts.at(-1)).toBe(`p1 and ${texts.length - 2} more`);
  });
});

describe("the thinking sign", () => {
  const presences = (calls: readonly string[]): readonly string[] =>
    calls.map((call) => (call.startsWith("presence") ? (call.split(" ").at(-1) ?? "") : (call.split(" ")[0] ?? "")));

  test("is up while the handler works, and goes when the first words come", async () => {
    const { say, idle, platform } = await open({ handler: () => "words" });
    await say("x");
    await idle();
    expect(presences(platform.calls)).toEqual(["working", "send", "done"]);
  });

  test("goes when a handler fails, even where the apology is suppressed", async () => {
    const { say, idle, platform } = await open({
      handler: () => Promise.reject(new Error("no")),
      onError: () => undefined,
    });
    await say("x");
    await idle();
    expect(presences(platform.calls)).toEqual(["working", "done"]);
  });

  test("a platform that cannot show it, or hangs in it, delays no answer and no next message", async () => {
    const { say, idle, platform, clock } = await open({ handler: (turn) => turn.text });
    platform.fault("presence", { outcome: "refused" });
    await say("one");
    await idle();
    platform.hold("presence");
    await say("two");
    await say("three");
    await clock.advance(0);
    expect(platform.texts()).toEqual(["one", "two"]);
    await idle(500);
    expect(platform.texts()).toEqual(["one", "two", "three"]);
  });

  test("a channel without one is not asked for it", async () => {
    const { say, idle, platform } = await open({ channel: { without: ["presence"] }, handler: () => "words" });
    await say("x");
    await idle();
    expect(presences(platform.calls)).toEqual(["send"]);
  });
});

describe("what a turn knows", () => {
  test("message, sender, conversation, address, key and attempt", async () => {
    const seen: unknown[] = [];
    const { offer, idle } = await open({
      handler: (turn) => {
        const { kind, id, key, channel, account, text, address, attempt, agent } = turn;
        seen.push({ kind, id, key, channel, account, text, address, attempt, agent, message: turn.message.id });
      },
    });
    const conversation = { kind: "group", id: "g", key: "test:default:g:t", threadId: "t" } as const;
    await offer(message({ id: "m-1", text: "hi", conversation }));
    await idle();
    expect(seen).toEqual([
      {
        kind: "message",
        id: "m-1",
        key: "test:default:m-1",
        channel: "test",
        account: "default",
        text: "hi",
        address: { channel: "test", account: "default", kind: "group", id: "g", threadId: "t" },
        attempt: 1,
        agent: undefined,
        message: "m-1",
      },
    ]);
  });

  test("what the platform knows beyond the message is added once; its failure leaves the message as it came", async () => {
    let calls = 0;
    const { say, idle, platform } = await open({
      channel: {
        enrich: (inbound) => {
          calls += 1;
          if (calls > 1) return Promise.reject(new Error("no quote today"));
          return Promise.resolve({ ...inbound, quote: { text: "quoted", attachments: [] } });
        },
      },
      handler: (turn) => `${turn.text}: ${turn.message.quote?.text ?? "nothing"}`,
    });
    await say("one");
    await idle();
    await say("two");
    await idle();
    expect(platform.texts()).toEqual(["one: quoted", "two: nothing"]);
  });
});
