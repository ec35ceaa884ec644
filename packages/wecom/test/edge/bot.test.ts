/** A bot and its platform, end to end over the long connection. */
import { createBot } from "@openclaw-china/core";
import { createWeCom } from "@openclaw-china/wecom";
import { createWeComSimulator, type WeComSimulator } from "@openclaw-china/testkit";
import { expect, onTestFinished, test } from "vitest";

async function simulator(): Promise<WeComSimulator> {
  const sim = await createWeComSimulator();
  onTestFinished(() => sim.close());
  return sim;
}

test("a question in a direct chat is answered by one message that grows, and nothing is left thinking", async () => {
  const sim = await simulator();
  const bot = createBot({
    channels: [createWeCom(sim.app)],
    async *handler(turn) {
      yield "You said ";
      yield turn.text;
    },
  });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
  const lin = sim.user("Lin");
  await lin.say("hello");
  const shown = await lin.screen().next();
  expect(shown).toMatchObject({ text: "You said hello", state: "finished", from: sim.botId });
  await until(() => sim.spinning().length === 0 && bot.status().inbox.active === 0, "the turn is over");
  expect(lin.screen().messages.filter(({ from }) => from === sim.botId)).toHaveLength(1);
  expect(sim.spinning()).toEqual([]);
  expect(sim.frames.some(({ isOverlapping }) => isOverlapping)).toBe(false);
});

test("a group is answered in the group", async () => {
  const sim = await simulator();
  const bot = createBot({ channels: [createWeCom(sim.app)], handler: (turn) => `${turn.text}!` });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
  const lin = sim.user("Lin");
  const group = sim.group("team", [lin]);
  await lin.say("hi", { group });
  expect(await lin.screen({ group }).next()).toMatchObject({ text: "hi!", state: "finished" });
});

test("a handler that answers nothing leaves nothing thinking", async () => {
  const sim = await simulator();
  const bot = createBot({ channels: [createWeCom(sim.app)], handler: () => undefined });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
  const lin = sim.user("Lin");
  await lin.say("hello");
  await lin.screen().next();
  await until(() => sim.spinning().length === 0, "nothing thinks");
});

test("who opens the chat is welcomed, and a card says who pressed it", async () => {
  const sim = await simulator();
  const bot = createBot({
    channels: [createWeCom({ ...sim.app, welcome: "你好" })],
    async handler(turn) {
      const answer = await turn.ask({ kind: "card", title: "Go?", buttons: [{ id: "yes", label: "Yes" }] });
      return answer.outcome === "pressed" ? `pressed ${answer.button}` : "nobody";
    },
  });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
  const lin = sim.user("Lin");
  await lin.enter();
  expect(await lin.screen().next()).toMatchObject({ text: "你好" });
  await lin.say("ask me");
  const isCard = (one: { readonly kind: string }): boolean => one.kind === "card";
  const seen = (): readonly string[] => lin.screen().messages.map(({ text }) => text);
  await until(() => lin.screen().messages.some(isCard), "the card is shown");
  const card = lin.screen().messages.find(isCard);
  if (card !== undefined) await lin.press(card, "yes");
  await until(() => seen().includes("pressed yes"), "the press is answered");
  expect(lin.screen().messages.find(isCard)?.buttons[0]?.label).toContain("Yes");
  expect(sim.spinning()).toEqual([]);
});

/** Waits for real input and output, never for time. */
async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
