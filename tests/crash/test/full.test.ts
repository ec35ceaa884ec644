/**
 * The state file is full (point 15 of docs/reliability.md; here by `max_page_count`): new messages are not acknowledged, the
 * log says why and what to do, the process lives, and nothing that was accepted is lost.
 */
import { describe, expect, test } from "vitest";
import type { SimulatedUser } from "@openclaw-china/testkit";
import { answerTo, type ErrorFacts } from "../src/orders.ts";
import { type BotProcess, until } from "./process.ts";
import { createWorld, joined, mutter, recover, type World, written } from "./world.ts";

const ROUTES = ["card", "webhook"] as const;
const ORDERS = { gated: true, maxPages: 120 };
const BIG = `mute ${"x".repeat(2_000)}`;

const FULL = {
  message: expect.stringMatching(/^the state file .* is full: /) as string,
  fix: {
    en: "Free space on the disk; nothing accepted is lost, new messages are refused until then.",
    zh: "请释放磁盘空间;已接收的消息不会丢失,在此之前不再接收新消息。",
  },
};
const REFUSED = /^the inbox could not take a message/;
/** Of a turn, or a reply, that cannot be written. */
const WAITS = /^a turn could not be brought to its end|^a reply waits until it can be recorded/;

function logged({ reports }: BotProcess, message: RegExp): readonly ErrorFacts[] {
  return reports.flatMap((one) => (one.kind === "log" && message.test(one.message) ? [one.facts] : []));
}

interface People {
  readonly heard: readonly SimulatedUser[];
  readonly refused: readonly SimulatedUser[];
}

/** Three people are heard, then the file is full, and two more are not heard. */
async function writeUntilFull(world: World, bot: BotProcess): Promise<People> {
  const { sim } = world;
  const heard = ["Lin", "Mei", "Bo"].map((name) => sim.user(name));
  const refused = ["Ann", "Tao"].map((name) => sim.user(name));
  await bot.ready;
  for (const user of heard) await user.say(BIG);
  await bot.stuff(0);
  for (const user of refused) mutter(user, BIG);
  await until(() => logged(bot, REFUSED).length === refused.length, "they are refused");
  return { heard, refused };
}

function expectAnswered(world: World, users: readonly SimulatedUser[]): void {
  for (const user of users) {
    const seen = written(world, user).map(({ state, text }) => `${state} ${text}`);
    expect(seen).toEqual([`finished ${answerTo(BIG)}`]);
  }
}

describe.concurrent.each(ROUTES)("point 15: the file is full, answers by %s", { timeout: 120_000 }, (route) => {
  test("offers are busy, the process lives; with room again it answers all, and the platform brings the rest", async () => {
    await using world = await createWorld({ route });
    const bot = world.start(ORDERS);
    const { heard, refused } = await writeUntilFull(world, bot);
    expect(logged(bot, REFUSED)).toEqual([FULL, FULL]);
    expect(world.sim.acks).toHaveLength(heard.length);
    expect(world.sim.connections()).toBe(1);
    await bot.quiet(heard.length);

    bot.openGate();
    await until(() => logged(bot, WAITS).length > 0, "a turn says what it waits for");
    expect(logged(bot, WAITS)[0]).toEqual(FULL);
    await bot.makeRoom();
    await world.sim.redeliver();
    await bot.quiet();
    expectAnswered(world, [...heard, ...refused]);
  });

  test("killed while it is full: the next answers all that was accepted, and the platform brings the rest", async () => {
    await using world = await createWorld({ route });
    const bot = world.start(ORDERS);
    const { heard, refused } = await writeUntilFull(world, bot);
    bot.openGate();
    await until(() => logged(bot, WAITS).length > 0, "a turn says what it waits for");
    bot.kill("SIGKILL");
    await bot.exited;

    const successor = await recover(world);
    expectAnswered(world, heard);
    expect(refused.flatMap((user) => written(world, user))).toEqual([]);
    await world.sim.redeliver();
    await successor.quiet();
    expectAnswered(world, [...heard, ...refused]);
  });

  test.each([
    { text: "mute long", spare: 0, says: 1 },
    { text: "slow long", spare: 0, says: 1 },
    { text: "call long", spare: 0, says: 1 },
    { text: "twice long", spare: 1, says: 3 }, // room for the claims: the handler runs again and again
  ])(
    "an answer that does not fit ($text): the turn waits, says why, and answers once when there is room",
    async ({ text, spare, says }) => {
      await using world = await createWorld({ route });
      const lin = world.sim.user("Lin");
      const bot = world.start(ORDERS);
      await bot.ready;
      await lin.say(text);
      await bot.stuff(spare);
      bot.openGate();
      await until(() => logged(bot, WAITS).length >= says, "it says what it waits for");
      for (const facts of logged(bot, WAITS)) expect(facts).toEqual(FULL);

      await bot.makeRoom();
      await bot.quiet();
      const shown = written(world, lin);
      expect(shown.map(({ state }) => state)).toEqual(shown.map(() => "finished"));
      expect(joined(shown)).toBe(text.startsWith("twice") ? `First of two. ${answerTo(text)}` : answerTo(text));
      expect((await world.recorded()).inbox.map(({ state }) => state)).toEqual(["done"]);
    },
  );
});

describe.concurrent("point 15: the file is full", { timeout: 120_000 }, () => {
  test("SIGTERM ends the process with code 0 all the same, and nothing is lost", async () => {
    await using world = await createWorld();
    const bot = world.start(ORDERS);
    const { heard, refused } = await writeUntilFull(world, bot);
    bot.kill("SIGTERM");
    expect(await bot.exited).toMatchObject({ code: 0, signal: null });

    const successor = await recover(world);
    expectAnswered(world, heard);
    await world.sim.redeliver();
    await successor.quiet();
    expectAnswered(world, refused);
  });
});
