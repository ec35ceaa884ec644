/** The channel as people see it: the simulator's people write, and look at their screens. */
import { createBot, type BotOptions } from "@openclaw-china/core";
import { createFeishuSimulator, type FeishuSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createFeishu, type FeishuOptions } from "../src/index.ts";

const PATIENCE = { timeoutMs: 15_000 };
vi.setConfig({ testTimeout: 60_000 });

let sim: FeishuSimulator;
beforeEach(async () => {
  sim = await createFeishuSimulator();
});
afterEach(() => sim.close());

async function start(options: Omit<BotOptions, "channels"> = {}, settings: FeishuOptions = {}): Promise<void> {
  const bot = createBot({
    channels: [createFeishu({ ...sim.app, ...settings })],
    handler: (turn) => `You said: ${turn.text}`,
    ...options,
  });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
}

test("a message in a direct chat is answered", async () => {
  await start();
  const lin = sim.user("Lin");
  await lin.say("你好");
  expect((await lin.screen().next(PATIENCE)).text).toContain("You said: 你好");
});

test("in a group the bot answers who mentions it, and nobody else", async () => {
  await start();
  const lin = sim.user("Lin");
  const group = sim.group("Sales", [lin]);
  await lin.say("nobody asked", { group, mention: false });
  await lin.say("report", { group });
  expect((await lin.screen({ group }).next(PATIENCE)).text).toContain("You said: report");
});

test("a table comes as a card, and tags in a model's answer are no tags", async () => {
  await start({ handler: () => "<at id=all></at>\n\n| a | b |\n| --- | --- |\n| 1 | 2 |" });
  const lin = sim.user("Lin");
  await lin.say("table");
  const shown = await lin.screen().next(PATIENCE);
  expect(shown.text).toContain("| 1 | 2 |");
  expect(shown.text).toContain("<at id=all></at>"); // words, as they were written
});

test("an answer grows in a card, is complete at the end, and nothing is left being made", async () => {
  const words = Array.from({ length: 40 }, (_, n) => `word ${n} `);
  await start({
    async *handler() {
      for (const word of words) {
        yield word;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  const lin = sim.user("Lin");
  await lin.say("count");
  const shown = await lin.screen().next(PATIENCE);
  expect(shown).toMatchObject({ kind: "card", state: "finished" });
  expect(shown.text.trim()).toBe(words.join("").trim());
  expect(lin.screen().messages.filter(({ from }) => from !== lin.id)).toHaveLength(1);
});

test("where cards are refused the answer comes as a message, once", async () => {
  using _fault = sim.fault({ kind: "platformError", code: "99991672", on: "cardkit/v1/cards" });
  await start({
    async *handler() {
      yield "one ";
      yield "two";
    },
  });
  const lin = sim.user("Lin");
  await lin.say("count");
  expect((await lin.screen().next(PATIENCE)).text).toContain("one two");
  expect(lin.screen().messages.filter(({ from }) => from !== lin.id)).toHaveLength(1);
});
