/** Cards with buttons on the simulator, from the question to the press and back, as people see them. */
import {
  type Answer,
  type Bot,
  type BotOptions,
  type Card,
  createBot,
  memoryState,
  type Turn,
} from "@openclaw-china/core";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  fakeClock,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { afterEach, expect, test } from "vitest";
import { createDingTalk, type DingTalkOptions } from "../src/index.ts";

const DEPLOY = {
  kind: "card",
  title: "Deploy v2?",
  image: { file: new URL("https://example.com/plan.png"), alt: "the plan" },
  text: "To **production**.",
  fields: [
    { name: "Asked by", value: "Lin" },
    { name: "Risk", value: "low @all" },
  ],
  inputs: [{ kind: "text", id: "why", label: "Reason" }],
  buttons: [
    { id: "approve", label: "Approve", style: "primary" },
    { id: "reject", label: "Reject", style: "danger" },
    { url: "https://example.com/plan", label: "Plan" },
  ],
} as const satisfies Card;

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function simulator(options: Parameters<typeof createDingTalkSimulator>[0] = {}): Promise<DingTalkSimulator> {
  const sim = await createDingTalkSimulator(options);
  opened.push(sim);
  return sim;
}

interface Talking extends Omit<Partial<BotOptions>, "channels"> {
  readonly register?: (bot: Bot) => void;
  readonly channel?: DingTalkOptions;
}

async function talking(sim: DingTalkSimulator, { register, channel, ...options }: Talking): Promise<Bot> {
  const bot = createBot({ state: memoryState(), ...options, channels: [createDingTalk({ ...sim.app, ...channel })] });
  opened.push({ [Symbol.asyncDispose]: () => bot.stop({ timeoutMs: 1_000 }) });
  register?.(bot);
  await bot.start();
  return bot;
}

const told = (answer: Answer<"approve" | "reject">): string =>
  answer.outcome === "timeout" ? "Nobody decided." : `${answer.button} by ${answer.by.name ?? answer.by.id}`;

/** Asks when it reads "deploy", and echoes all else. */
const asking =
  (options: (lin: Turn) => Parameters<Turn["ask"]>[1]) =>
  async (turn: Turn): Promise<string> =>
    turn.text === "deploy" ? told(await turn.ask(DEPLOY, options(turn))) : `You said: ${turn.text}`;

const buttonsOf = (user: SimulatedUser, group: { readonly id: string; readonly title: string }): readonly string[] =>
  user
    .screen({ group })
    .messages.find(({ kind, text }) => kind === "card" && text.includes("Deploy"))
    ?.buttons.map(({ id }) => id) ?? [];

test("an approval in a group: drawn in order, strangers refused, the choice seen by all at once", async () => {
  const sim = await simulator();
  const [lin, zhao, wang] = [sim.user("Lin"), sim.user("Zhao"), sim.user("Wang")];
  const group = sim.group("Sales", [lin, zhao, wang]);
  await talking(sim, { handler: asking(() => ({ from: [zhao.id] })) });
  await zhao.say("hello", { group });
  await zhao.screen({ group }).next();
  await lin.say("deploy", { group });
  const screen = lin.screen({ group });
  await screen.next();
  const card = await screen.next();
  expect(card.text).toBe(
    [
      "Deploy v2?",
      "![the plan](https://example.com/plan.png)",
      "",
      "To **production**.",
      "",
      "**Asked by**:Lin",
      "**Risk**:low @all",
      "",
      "✏️ **Reason**:请直接回复文字。 Please answer in words.",
    ].join("\n"),
  );
  expect(card.buttons.map(({ label }) => label)).toEqual(["Approve", "Reject", "Plan"]);

  await wang.press(card, "approve");
  const seenBy = (user: SimulatedUser): string =>
    user.screen({ group }).messages.find(({ id }) => id === card.id)?.text ?? "";
  expect(seenBy(wang)).toContain("⛔");
  expect(seenBy(lin)).toBe(card.text);
  expect(buttonsOf(lin, group)).toHaveLength(3);

  await zhao.press(card, "approve");
  for (const user of [lin, zhao]) expect(seenBy(user)).toContain("✅ Approve · Zhao");
  expect(buttonsOf(lin, group)).toEqual([]);
  expect((await screen.next()).text).toBe("approve by Zhao");

  await wang.press(card, "reject");
  expect(seenBy(wang)).toContain("✅ Approve · Zhao");
  await zhao.press(card, "reject");
  expect(seenBy(zhao)).toContain("✅ Approve · Zhao");
});

test("the conversation goes on while a card waits, and two presses at once are one", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  await talking(sim, { handler: asking(() => undefined) });
  await lin.say("deploy");
  const card = await lin.screen().next();
  await lin.say("anything new?");
  expect((await lin.screen().next()).text).toBe("You said: anything new?");
  await Promise.all([lin.press(card, "reject"), lin.press(card, "reject"), lin.press(card, "approve")]);
  const answer = await lin.screen().next();
  expect(["reject by Lin", "approve by Lin"]).toContain(answer.text);
  const label = answer.text.startsWith("reject") ? "Reject" : "Approve";
  expect(lin.screen().messages.find(({ id }) => id === card.id)).toMatchObject({ buttons: [] });
  expect(lin.screen().messages.find(({ id }) => id === card.id)?.text).toContain(`✅ ${label} · Lin`);
  await lin.say("still there?");
  expect((await lin.screen().next()).text).toBe("You said: still there?"); // one answer to the presses, not two
});

test("a press that was not acknowledged comes again and does nothing twice", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  await talking(sim, { handler: asking(() => undefined) });
  await lin.say("deploy");
  const card = await lin.screen().next();
  const twice = sim.fault({ kind: "duplicate" });
  await lin.press(card, "approve");
  twice[Symbol.dispose]();
  expect((await lin.screen().next()).text).toBe("approve by Lin");
  await lin.say("more");
  expect((await lin.screen().next()).text).toBe("You said: more");
});

test("nobody decides in time: the handler is told, and whoever comes too late is told as well", async () => {
  const clock = fakeClock(Date.now());
  const sim = await simulator();
  const lin = sim.user("Lin");
  const state = memoryState();
  const bot = await talking(sim, { clock, state, handler: asking(() => ({ timeoutMs: 3_600_000 })) });
  await lin.say("deploy");
  const card = await lin.screen().next();
  await expect.poll(() => bot.status().inbox.active).toBe(0);
  await clock.advance(3_600_000);
  const answered = lin.screen().next();
  expect((await answered).text).toBe("Nobody decided.");
  await lin.press(card, "approve");
  expect(lin.screen().messages.find(({ id }) => id === card.id)).toMatchObject({ buttons: [] });
  expect(lin.screen().messages.find(({ id }) => id === card.id)?.text).toContain("⌛");
  const left = async (): Promise<number> => {
    await clock.advance(1_000); // calls are paced by this clock, too
    return (await state.inbox.size()).active;
  };
  await expect.poll(left).toBe(0);
});

test("a press nobody waits for reaches agents as a message, in the direct chat it came from", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  const seen: string[] = [];
  await talking(sim, {
    handler(turn) {
      seen.push(turn.conversation.key);
      if (turn.message.action === undefined) return DEPLOY;
      return `${turn.text} ${JSON.stringify(turn.message.action)} ${turn.conversation.kind} ${turn.sender.name}`;
    },
  });
  await lin.say("menu");
  const card = await lin.screen().next();
  await lin.press(card, "approve", { n: "3" });
  expect((await lin.screen().next()).text).toBe('Approve {"button":"approve","values":{"n":"3"}} direct Lin');
  expect(new Set(seen).size).toBe(1);
  expect(lin.screen().messages.find(({ id }) => id === card.id)?.buttons).toHaveLength(3);
});

test('a press goes to on("action"), which edits the card', async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  await talking(sim, {
    register: (bot) =>
      bot.on("action", async (turn) => {
        if (turn.action.message !== undefined) await turn.edit(turn.action.message, `**${turn.text}** it is.`);
      }),
    handler: () => DEPLOY,
  });
  await lin.say("menu");
  const card = await lin.screen().next();
  await lin.press(card, "reject");
  const now = (): string => lin.screen().messages.find(({ id }) => id === card.id)?.text ?? "";
  await expect.poll(now).toBe("Deploy v2?\n**Reject** it is.");
  expect(lin.screen().messages.find(({ id }) => id === card.id)?.buttons).toEqual([]);
});

test("a card that is shown and not confirmed is the same card when it is repeated", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  const bot = await talking(sim, { handler: () => undefined });
  const to = { channel: "dingtalk", kind: "user", id: lin.id } as const;
  const lost = sim.fault({ kind: "noAnswer", executed: true, on: "createAndDeliver" });
  const first = await bot.send(to, DEPLOY, { key: "card-1" });
  lost[Symbol.dispose]();
  expect(await bot.send(to, DEPLOY, { key: "card-1" })).toMatchObject({ id: first.id });
  expect(lin.screen().messages).toHaveLength(1);
});

test("who has read a message: in direct chats by name and time, in groups by id, of cards too", async () => {
  const sim = await simulator();
  const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
  const group = sim.group("Sales", [lin, wang]);
  const bot = await talking(sim, { handler: () => "an answer in a card" });
  const user = (id: string) => ({ channel: "dingtalk", kind: "user", id }) as const;
  const [toLin, toWang] = await Promise.all([bot.send(user(lin.id), "news"), bot.send(user(wang.id), "news")]);
  expect(toLin?.id).toBe(toWang?.id); // one call for the two
  expect(await bot.readers(toLin)).toEqual([]);
  sim.read(wang);
  expect(await bot.readers(toLin)).toEqual([]);
  expect(await bot.readers(toWang)).toEqual([{ id: wang.id, name: "Wang", at: expect.any(Number) }]);

  const news = await bot.send({ channel: "dingtalk", kind: "group", id: group.id }, "x".repeat(10_000));
  expect(news.parts.length).toBeGreaterThan(1);
  const card = await bot.send({ channel: "dingtalk", kind: "group", id: group.id }, DEPLOY);
  sim.read(lin, { group });
  for (const message of [news, card]) expect(await bot.readers(message)).toEqual([{ id: lin.id }]);

  await lin.say("hello");
  expect((await lin.screen().next()).text).toBe("news");
  const { id } = await lin.screen().next();
  sim.read(lin);
  const grown = { channel: "dingtalk", account: "default", id, handle: { processQueryKey: `carrier-${id}` } };
  expect(await bot.readers(grown)).toMatchObject([{ id: lin.id }]);
});

test("who has read: page by page, and a clear no to what cannot be asked", async () => {
  const sim = await simulator();
  const people = Array.from({ length: 250 }, (_, n) => sim.user(`person ${n}`));
  const group = sim.group("All", people);
  const bot = await talking(sim, {});
  const to = { channel: "dingtalk", kind: "group", id: group.id } as const;
  const sent = await bot.send(to, "to all");
  for (const person of people) sim.read(person, { group });
  expect((await bot.readers(sent)).map(({ id }) => id)).toEqual(people.map(({ id }) => id));
  expect(sim.calls.filter(({ name }) => name === "robot/groupMessages/query")).toHaveLength(2);

  const bySession = { channel: "dingtalk", account: "default", id: "msg/1" };
  await expect(bot.readers(bySession)).rejects.toMatchObject({ code: "unsupported" });
  const error = await bot
    .readers({ ...sent, id: "pqk-gone", parts: [] } as typeof sent)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "platform_refused", outcome: "refused" });
  expect((error as Error).message).toContain("24 hours");
});

test("edited, recalled, reacted to: what the platform can, and a clear no to what it cannot", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  const group = sim.group("Sales", [lin]);
  const reacted: (readonly string[])[] = [];
  const bot = await talking(sim, {
    channel: { thinking: "off" },
    async handler(turn) {
      if (turn.text === "long ago") return "old";
      await turn.react("👀");
      reacted.push(sim.reactions(turn.id));
      await turn.react("👀", false);
      reacted.push(sim.reactions(turn.id));
      return undefined;
    },
  });
  const state = (id: string): string | undefined =>
    [...lin.screen().messages, ...lin.screen({ group }).messages].find((one) => one.id === id)?.state;

  for (const to of [
    { channel: "dingtalk", kind: "user", id: lin.id },
    { channel: "dingtalk", kind: "group", id: group.id },
  ] as const) {
    const text = await bot.send(to, "a text");
    const card = await bot.send(to, DEPLOY);
    await bot.edit(card, { ...DEPLOY, title: "Deploy v3?", buttons: [] });
    const messages = [...lin.screen().messages, ...lin.screen({ group }).messages];
    expect(messages.find(({ id }) => id === card.id)?.text).toContain("Deploy v3?");
    await bot.recall(text);
    await bot.recall({ channel: "dingtalk", account: "default", id: card.id }); // as a press names it
    expect([state(text.id), state(card.id)]).toEqual(["recalled", "recalled"]);
    await expect(bot.edit(text, "another text")).rejects.toMatchObject({ code: "unsupported" });
    await expect(bot.recall({ ...text, id: "pqk-unknown" })).rejects.toMatchObject({ code: "platform_refused" });
  }

  await lin.say("long ago");
  const grown = await lin.screen().next();
  expect(await bot.edit({ channel: "dingtalk", account: "default", id: grown.id }, "**new**")).toMatchObject({
    id: grown.id,
  });
  expect(lin.screen().messages.find(({ id }) => id === grown.id)).toMatchObject({ text: "**new**", state: "finished" });
  await expect(
    bot.edit({ channel: "dingtalk", account: "default", id: grown.id }, "x".repeat(2_801)),
  ).rejects.toMatchObject({
    code: "too_large",
  });

  await lin.say("hello");
  await expect.poll(() => reacted).toEqual([["👀"], []]);
});

test("a picture of one's own is uploaded once; what is no picture is described", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  const bot = await talking(sim, { handler: () => undefined });
  const to = { channel: "dingtalk", kind: "user", id: lin.id } as const;
  const png = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4])]);
  for (const file of [png, png, new Blob(["no picture"])]) {
    await bot.send(to, { kind: "card", title: "Plan", image: { file, alt: "the plan" } });
  }
  const uploads = sim.calls.filter(({ name }) => name.endsWith("media/upload"));
  expect(uploads).toHaveLength(1);
  const [first, second, third] = lin.screen().messages.map(({ text }) => text);
  expect(first).toMatch(/^Plan\n!\[the plan\]\(@.+\)$/);
  expect(second).toBe(first);
  expect(third).toBe("Plan\n🖼 *the plan*");
});

test("more than a card holds is refused before anything is sent", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  const bot = await talking(sim, { handler: () => undefined });
  const to = { channel: "dingtalk", kind: "user", id: lin.id } as const;
  const buttons = Array.from({ length: 7 }, (_, n) => ({ id: `b${n}`, label: `B${n}` }));
  for (const card of [
    { ...DEPLOY, buttons },
    { ...DEPLOY, text: "x".repeat(2_801) },
  ]) {
    await expect(bot.send(to, card)).rejects.toMatchObject({ code: "too_large", outcome: "not_sent" });
  }
  expect(sim.calls.filter(({ name }) => name.startsWith("card/"))).toEqual([]);
});

test("a card of somebody's own template goes as it is, and its buttons are heard", async () => {
  const sim = await simulator();
  sim.template("own.schema", "content");
  const lin = sim.user("Lin");
  const native = {
    dingtalk: { cardTemplateId: "own.schema", cardParamMap: { content: "ours", n: 3, flowStatus: "3" } },
  };
  await talking(sim, {
    handler: (turn) =>
      turn.message.action === undefined ? { kind: "card", title: "x", native } : `pressed ${turn.text}`,
  });
  await lin.say("menu");
  const card = await lin.screen().next();
  expect(card.text).toBe("ours");
  await lin.press(card, "go");
  expect((await lin.screen().next()).text).toBe("pressed go");
});

test("a template with other variables is filled by their names", async () => {
  const sim = await simulator();
  sim.template("mine.schema", "body");
  const lin = sim.user("Lin");
  await talking(sim, {
    channel: { buttonTemplate: { id: "mine.schema", text: "body", status: "line" } },
    handler: () => ({ kind: "card", title: "Deploy?", text: "To **production**.", buttons: DEPLOY.buttons }),
  });
  await lin.say("menu");
  await expect.poll(() => lin.screen().messages.find(({ kind }) => kind === "card")?.text).toBe("To **production**.");
});
