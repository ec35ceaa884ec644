/** Cards with buttons and inputs on the simulator, from the question to the press and back, as people see them. */
import {
  type Answer,
  type Bot,
  type BotOptions,
  type Card,
  createBot,
  memoryState,
  type State,
  type Turn,
} from "@openclaw-china/core";
import { createFeishuSimulator, type FeishuSimulator, type Shown, type SimulatedUser } from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createFeishu } from "../src/index.ts";
import { drawCard, pressUpdate } from "../src/outbound/card-params.ts";

const PATIENCE = { timeoutMs: 15_000 };
vi.setConfig({ testTimeout: 60_000 });

const DEPLOY = {
  kind: "card",
  title: "Deploy v2?",
  image: { file: new URL("https://127.0.0.1:9/plan.png"), alt: "the plan" },
  text: "To **production** <at id=all></at>.",
  fields: [
    { name: "Asked by", value: "Lin" },
    { name: "Risk", value: "low" },
  ],
  buttons: [
    { id: "approve", label: "Approve", style: "primary" },
    { id: "reject", label: "Reject", style: "danger" },
    { url: "https://example.com/plan", label: "Plan" },
  ],
} as const satisfies Card;

const FORM = {
  kind: "card",
  title: "Book a room",
  inputs: [
    { kind: "text", id: "why", label: "Reason", placeholder: "in a few words" },
    { kind: "select", id: "room", label: "Room", options: [{ id: "r1", label: "Red" }] },
    { kind: "select", id: "days", label: "Days", multiple: true, options: [{ id: "mon", label: "Monday" }] },
  ],
  buttons: [{ id: "book", label: "Book", style: "primary" }],
} as const satisfies Card;

let sim: FeishuSimulator;
beforeEach(async () => {
  sim = await createFeishuSimulator();
});
afterEach(() => sim.close());

let state: State;
async function start(
  options: Omit<Partial<BotOptions>, "channels">,
  register: (bot: Bot) => void = () => {},
): Promise<Bot> {
  state = memoryState();
  const bot = createBot({ state, ...options, channels: [createFeishu(sim.app)] });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  register(bot);
  await bot.start();
  return bot;
}

/** A card is seen a moment before what the platform said of it is kept; people take longer to press. */
async function kept(card: Shown, index: "ask" | "card" = "ask"): Promise<Shown> {
  await vi.waitFor(async () => expect(await state.store.get(`${index}:feishu:default:${card.id}`)).toBeDefined(), {
    timeout: 15_000,
  });
  return card;
}

const told = (answer: Answer<"approve" | "reject">): string =>
  answer.outcome === "timeout" ? "Nobody decided." : `${answer.button} by ${answer.by.name ?? answer.by.id}`;

/** Asks when it reads "deploy", and echoes all else. */
const asking =
  (options: () => Parameters<Turn["ask"]>[1]) =>
  async (turn: Turn): Promise<string> =>
    turn.text.includes("deploy") ? told(await turn.ask(DEPLOY, options())) : `You said: ${turn.text}`;

function textSeen(user: SimulatedUser, id: string, where: Parameters<SimulatedUser["screen"]>[0] = {}): string {
  return user.screen(where).messages.find((message) => message.id === id)?.text ?? "";
}

test("an approval in a group: drawn in order, strangers refused, the choice seen by all at once", async () => {
  const [lin, zhao] = [sim.user("Lin"), sim.user("Zhao")];
  const group = sim.group("Sales", [lin, zhao]);
  await start({ handler: asking(() => ({ from: [zhao.id] })) });
  await lin.say("deploy", { group });
  const screen = lin.screen({ group });
  const card = await kept(await screen.next(PATIENCE));
  expect(card.text).toBe(
    [
      "Deploy v2?",
      "[🖼 the plan](https://127.0.0.1:9/plan.png)",
      "To **production** <at id=all></at>.",
      "**Asked by**:Lin\n**Risk**:low",
    ].join("\n"),
  );
  expect(card.buttons.map(({ label }) => label)).toEqual(["Approve", "Reject", "Plan"]);

  await lin.press(card, "approve");
  expect(sim.toasts).toEqual([
    { userId: lin.id, type: "warning", content: expect.stringContaining("waits for somebody else") },
  ]);
  expect(textSeen(lin, card.id, { group })).toBe(card.text);

  await zhao.press(card, "approve");
  for (const user of [lin, zhao]) expect(textSeen(user, card.id, { group })).toContain("✅ Approve · ");
  expect(screen.messages.find(({ id }) => id === card.id)?.buttons).toEqual([]);
  expect((await screen.next(PATIENCE)).text).toContain("approve by ");

  await lin.press(card, "reject");
  expect(textSeen(lin, card.id, { group })).toContain("✅ Approve · ");
});

test("a form: what was filled in comes with the press", async () => {
  await start({
    async handler(turn) {
      const answer = await turn.ask(FORM);
      return answer.outcome === "timeout" ? "late" : `${answer.button} ${JSON.stringify(answer.values)}`;
    },
  });
  const lin = sim.user("Lin");
  await lin.say("room");
  const card = await kept(await lin.screen().next(PATIENCE));
  await lin.press(card, "book", { why: "talk", room: "r1", days: "mon,tue" });
  const { text } = await lin.screen().next(PATIENCE);
  expect(text.replaceAll("\\", "")).toContain('book {"why":"talk","room":"r1","days":["mon","tue"]}');
  expect(textSeen(lin, card.id)).toContain("✅ Book");
});

test("in a thread the card and what follows the press stay in it", async () => {
  const lin = sim.user("Lin");
  const group = sim.group("Sales", [lin]);
  await start({ handler: asking(() => undefined) });
  await lin.say("hello", { group });
  const hello = await lin.screen({ group }).next(PATIENCE);
  await lin.say("deploy", { group, thread: hello });
  const card = await kept(await lin.screen({ group }).next(PATIENCE));
  await lin.press(card, "reject");
  const answer = await lin.screen({ group }).next(PATIENCE);
  expect(answer.text).toContain("reject by ");
  const threads = [card, answer].map(({ id }) => sim.message(id)?.threadId);
  expect(threads[0]).toMatch(/^omt_/);
  expect(threads[1]).toBe(threads[0]);
});

test('a press goes to on("action"), which edits the card', async () => {
  const bot = await start({ handler: () => DEPLOY }, (made) => {
    made.on("action", async (turn) => {
      if (turn.action.message !== undefined) await turn.edit(turn.action.message, `**${turn.text}** it is.`);
    });
  });
  const lin = sim.user("Lin");
  await lin.say("show");
  const card = await kept(await lin.screen().next(PATIENCE), "card");
  await lin.press(card, "approve");
  await vi.waitFor(() => expect(textSeen(lin, card.id)).toContain("it is."), { timeout: 15_000 });
  expect(textSeen(lin, card.id)).toContain("Deploy v2?"); // the title stays
  expect(lin.screen().messages.find(({ id }) => id === card.id)?.buttons).toEqual([]);

  const ref = { channel: "feishu", account: "default", id: card.id };
  await bot.edit(ref, { ...DEPLOY, title: "Deploy v3?" });
  expect(textSeen(lin, card.id)).toContain("Deploy v3?");
  await bot.recall(ref);
  expect(lin.screen().messages.find(({ id }) => id === card.id)?.state).toBe("recalled");
});

describe("what is drawn", () => {
  test("two of one name are two, and what a press says is the button's id", () => {
    const card = { ...FORM, buttons: [{ id: "why", label: "Why" }] } as const;
    const drawn = JSON.stringify(drawCard(card, undefined).shown);
    expect(drawn).toContain('"name":"why_button"');
    expect(drawn).toContain('"value":{"button":"why"}');
  });

  test("a picture by its key, a native card as it is", () => {
    expect(JSON.stringify(drawCard(DEPLOY, "img_1").shown)).toContain('"img_key":"img_1"');
    const native = { schema: "2.0", body: { elements: [] } };
    expect(drawCard({ ...DEPLOY, native: { feishu: native } }, undefined)).toEqual({ shown: native });
    expect(() => drawCard({ ...DEPLOY, native: { feishu: "none" } }, undefined)).toThrow(/native\.feishu/);
  });

  test("too much is refused before anything is sent", () => {
    const buttons = Array.from({ length: 7 }, (_, n) => ({ id: `b${n}`, label: "x" }));
    expect(() => drawCard({ ...DEPLOY, buttons }, undefined)).toThrow(expect.objectContaining({ outcome: "not_sent" }));
    expect(() => drawCard({ ...DEPLOY, text: "字".repeat(10_000) }, undefined)).toThrow(/at most 29000 bytes/);
  });

  test("a card that waits for nobody is said to be over", () => {
    const { over } = drawCard(DEPLOY, undefined);
    const pressed = { outcome: "already", label: undefined, by: undefined } as const;
    expect(JSON.stringify(pressUpdate(pressed, over))).toContain("⌛");
    expect(pressUpdate({ outcome: "unclaimed" }, over)).toEqual({});
    expect(pressUpdate(pressed, undefined)).toMatchObject({ toast: { type: "info" } });
  });
});
