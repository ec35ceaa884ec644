/**
 * The process dies at every step of an answer, one after the other: after each write and around each call. The next one goes
 * on. People see one answer; one and a notice, or the notice alone, only where the death fell between the intent and its
 * outcome and the platform has no key.
 */
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/index.ts";
import { type ChannelSettings, fakePlatform, type Platform } from "../stage/platform.ts";
import { stages } from "../stage/stage.ts";

const { open } = stages();
/** Nobody can know what happened then. */
const RESIDUE = ["wrote trying", "before send", "after send"];
const LONG = Array.from({ length: 16 }, (_, n) => `Sentence number ${n}.`).join(" ");

interface Outcome {
  readonly platform: Platform;
  /** What it died at; undefined: it did not come so far. */
  readonly diedAt: string | undefined;
}

/** Dies at the n-th step; then the next process is awaited. */
async function dieAt(n: number, handler: Handler, channel: ChannelSettings): Promise<Outcome> {
  const platform = fakePlatform();
  let step = 0;
  let diedAt: string | undefined;
  const first = await open({ platform, handler, channel });
  platform.onStep = (name) => {
    if (name.endsWith("presence") || step++ !== n) return;
    diedAt = name;
    first.die();
  };
  await first.say("x");
  await first.until(async () => diedAt !== undefined || (await first.state.inbox.size()).active === 0);
  platform.onStep = undefined;
  if (diedAt === undefined) return { platform, diedAt };
  const second = await open({ ...(await first.crash()), handler, channel });
  await second.idle(1_000);
  return { platform, diedAt };
}

async function* slowly(text: string): AsyncGenerator<string> {
  for (const word of text.split(/(?<= )/)) {
    yield word;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const SCENES: [string, ChannelSettings, Handler, string][] = [
  ["a message", {}, () => "the answer", "the answer"],
  ["a message with a key at the platform", { repeatMs: 3_600_000 }, () => "the answer", "the answer"],
  ["a message that grows", { streams: true }, () => slowly("the whole answer"), "the whole answer"],
  ["a message of several pieces", { can: { text: { maxChars: 150 } } }, () => LONG, LONG],
  ["one that grows over several", { streams: true, can: { text: { maxChars: 150 } } }, () => slowly(LONG), LONG],
  [
    "replies and what is returned",
    { streams: true },
    async (turn) => {
      await turn.reply({ kind: "text", text: "one" });
      await turn.reply(slowly("two words"));
      return { kind: "card", title: "three" };
    },
    "one two words three",
  ],
];

describe("one answer, wherever the process dies", () => {
  test.each(SCENES)("%s", async (_name, channel, handler, answer) => {
    const died: string[] = [];
    for (let n = 0; ; n += 1) {
      const { platform, diedAt } = await dieAt(n, handler, channel);
      const where = `step ${n}: ${diedAt ?? "alive"}`;
      const isDoubtful = RESIDUE.includes(diedAt ?? "") && channel.repeatMs === undefined;
      const notices = platform.posts.filter(({ text }) => text.includes("may not have arrived"));
      const shown = platform.posts.filter((post) => !notices.includes(post));
      expect(platform.violations, where).toEqual([]);
      expect(
        shown.map(({ state }) => state),
        where,
      ).toEqual(shown.map(() => "finished"));
      const text = shown.map((post) => post.text.trim()).join(" ");
      if (!isDoubtful) expect([text, notices.length], where).toEqual([answer, 0]);
      else if (notices.length === 0) expect(text, where).toBe(answer);
      else expect(answer.replaceAll(" ", ""), where).toContain(shown.at(-1)?.text.replaceAll(" ", "") ?? "");
      expect(new Set(shown.map((post) => post.key)).size, where).toBe(shown.length);
      if (diedAt === undefined) break;
      died.push(diedAt);
    }
    expect(died.length).toBeGreaterThan(3); // it did die, here and there
  });
});
