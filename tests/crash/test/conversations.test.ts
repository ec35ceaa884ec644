/** Many conversations at once, and the process killed twice at a moment drawn by a seed: each message is answered once, in order. */
import { describe, expect, test } from "vitest";
import type { DingTalkOptions } from "@openclaw-china/dingtalk";
import type { Place, SimulatedUser } from "@openclaw-china/testkit";
import type { Orders } from "../src/orders.ts";
import type { BotProcess } from "./process.ts";
import { createWorld, isNotice, type World, type WorldOptions, written } from "./world.ts";

const CONVERSATIONS = 20;
const MESSAGES = 3;
/** What is said and what is answered are two changes a message at least: both kills fall within them. */
const LAST_KILL = CONVERSATIONS * MESSAGES - 10;

interface Conversation {
  readonly user: SimulatedUser;
  readonly where: Place;
  readonly texts: readonly string[];
}

/** Half of them in direct chats, half in groups. */
function conversations({ sim }: World): readonly Conversation[] {
  return Array.from({ length: CONVERSATIONS }, (_, n) => {
    const user = sim.user(`Person ${n}`);
    const where = n % 2 === 0 ? {} : { group: sim.group(`Group ${n}`, [user]) };
    return { user, where, texts: Array.from({ length: MESSAGES }, (_, k) => `stream ${n}-${k}`) };
  });
}

/** A number from `least` to `most`, the same for the same seed. */
function draw(seed: number, least: number, most: number): number {
  const mixed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) ^ 0x297a2d39;
  return least + ((mixed >>> 0) % (most - least + 1));
}

/** Kills the process at the n-th change of any screen from now on. */
async function killAtChange({ sim }: World, bot: BotProcess, n: number): Promise<void> {
  let changes = 0;
  using _watching = sim.watch(() => {
    changes += 1;
    if (changes === n) bot.kill("SIGKILL");
  });
  expect(await bot.exited).toMatchObject({ signal: "SIGKILL" });
}

/** Everybody writes as fast as they are acknowledged, while two processes are killed; resolves when all is answered. */
async function tell(world: World, talks: readonly Conversation[], { seed, orders }: Run): Promise<void> {
  const first = world.start(orders);
  await first.ready;
  const allSaid = Promise.all(
    talks.map(async ({ user, where, texts }) => {
      for (const text of texts) await user.say(text, where);
    }),
  );
  await killAtChange(world, first, draw(seed, 20, LAST_KILL));
  const second = world.start(orders);
  const killed = killAtChange(world, second, draw(seed + 1, 20, LAST_KILL));
  second.ready.then(() => world.sim.redeliver()).catch(() => "killed, perhaps before it was ready");
  await killed;
  const third = world.start(orders);
  await third.ready;
  await Promise.all([allSaid, world.sim.redeliver()]);
  await third.quiet();
}

interface Run {
  readonly seed: number;
  readonly orders: Partial<Orders>;
}

async function createTalks(options: WorldOptions): Promise<{ world: World; talks: readonly Conversation[] }> {
  const world = await createWorld(options);
  return { world, talks: conversations(world) };
}

describe.concurrent("twenty conversations, killed twice", { timeout: 180_000 }, () => {
  test("points 1 to 8 at random, cards: exactly one answer to each, in order", async () => {
    const { world: made, talks } = await createTalks({ route: "card" });
    await using world = made;
    world.sim.template("own.schema", "content");
    const app: DingTalkOptions = { ...world.sim.app, cardTemplate: { id: "own.schema", streamingKey: "content" } };
    await tell(world, talks, { seed: 2, orders: { platform: { id: "dingtalk", app } } });
    for (const { user, where, texts } of talks) {
      const shown = written(world, user, where).map(({ kind, state, text }) => `${kind} ${state} ${text}`);
      expect(shown).toEqual(texts.map((text) => `card finished You said: ${text}`));
    }
  });

  test.each([3, 4])("points 1 to 4 and 9 to 11 at random, plain messages, seed %i", async (seed) => {
    const { world: made, talks } = await createTalks({ route: "webhook" });
    await using world = made;
    await tell(world, talks, { seed, orders: {} });
    for (const { user, where, texts } of talks) {
      const shown = written(world, user, where);
      const answers = shown.filter((one) => !isNotice(one)).map(({ text }) => text);
      const notices = shown.length - answers.length;
      const expected = texts.map((text) => `You said: ${text}`);
      expect(expected.filter((text) => answers.includes(text))).toEqual(answers); // each at most once, in order
      expect(answers.length + notices).toBeGreaterThanOrEqual(MESSAGES);
      expect(notices).toBeLessThanOrEqual(2); // one turn of a conversation runs at a time, and two processes were killed
    }
  });
});
