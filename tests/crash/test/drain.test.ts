/** Points 13 and 14 of docs/reliability.md: SIGTERM while turns run, and SIGKILL while that is under way. */
import { describe, expect, test } from "vitest";
import type { SimulatedUser } from "@openclaw-china/testkit";
import { type BotProcess, until } from "./process.ts";
import { createWorld, mutter, recover, unmarked, type World, written } from "./world.ts";

const INTERRUPTED = "已中断 · interrupted";
/** Long enough that it does not end by itself before the test ends it. */
const LONG_MS = 100_000;

/** A card whose first words are seen, and whose rest does not come. */
async function growingCard(world: World, lin: SimulatedUser, bot: BotProcess): Promise<void> {
  await bot.ready;
  mutter(lin, "slow");
  await until(() => written(world, lin).some(({ text }) => text.trim() === "You said:"), "the first words are seen");
  await unmarked(world, lin);
}

async function stopping(world: World, bot: BotProcess): Promise<void> {
  bot.kill("SIGTERM");
  await bot.report("stopping");
  await until(() => world.sim.connections() === 0, "the connection is closed");
}

describe.concurrent("stopped by SIGTERM", { timeout: 120_000 }, () => {
  test("point 13: a turn that ends within the grace is finished, and the exit code is 0", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true, graceMs: LONG_MS });
    await growingCard(world, lin, bot);
    await stopping(world, bot);
    bot.openGate();
    expect(await bot.exited).toMatchObject({ code: 0, signal: null });
    expect(written(world, lin)).toMatchObject([{ text: "You said: slow", state: "finished" }]);
    expect((await world.recorded()).inbox).toEqual([{ state: "done", attempt: 1 }]);

    await recover(world);
    expect(written(world, lin)).toHaveLength(1);
  });

  test("point 13: after the grace an open card is finished with what there is, and stays so", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true });
    await growingCard(world, lin, bot);
    await stopping(world, bot);
    expect(await bot.exited).toMatchObject({ code: 0, signal: null });
    const [card, ...others] = written(world, lin);
    expect(others).toEqual([]);
    expect(card).toMatchObject({ state: "finished" });
    expect(card?.text).toMatch(new RegExp(`^You said:\\s+\\*\\(${INTERRUPTED}\\)\\*$`));

    await recover(world);
    expect(written(world, lin)).toEqual([card]);
    await unmarked(world, lin);
  });

  test.each(["card", "webhook"] as const)(
    "point 13: what has shown nothing, what waits and what comes during the stop is answered by the next (%s)",
    async (route) => {
      await using world = await createWorld({ route });
      const lin = world.sim.user("Lin");
      const bot = world.start({ gated: true });
      await bot.ready;
      await lin.say("mute");
      await lin.say("second");
      await stopping(world, bot);
      mutter(lin, "third");
      expect(await bot.exited).toMatchObject({ code: 0, signal: null });
      expect(written(world, lin)).toEqual([]);
      expect((await world.recorded()).inbox.map(({ state }) => state)).toEqual(["running", "waiting"]);

      const successor = world.start();
      await successor.ready;
      await until(() => world.sim.acks.length === 3, "the third is acknowledged");
      await successor.quiet();
      const texts = written(world, lin).map(({ text, state }) => `${text} ${state}`);
      expect(texts).toEqual(["mute", "second", "third"].map((text) => `You said: ${text} finished`));
      await unmarked(world, lin);
    },
  );

  test("point 13: no turn begins once the stop has begun", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true, graceMs: LONG_MS });
    await bot.ready;
    await lin.say("mute");
    await lin.say("second");
    await stopping(world, bot);
    bot.openGate();
    expect(await bot.exited).toMatchObject({ code: 0 });
    expect(written(world, lin).map(({ text }) => text)).toEqual(["You said: mute"]);
    expect((await world.recorded()).inbox.map(({ state }) => state)).toEqual(["done", "waiting"]);

    await recover(world);
    expect(written(world, lin).map(({ text }) => text)).toEqual(["You said: mute", "You said: second"]);
  });

  test("point 14: SIGKILL while it drains: the next rewrites the same card", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true, graceMs: LONG_MS });
    await growingCard(world, lin, bot);
    await stopping(world, bot);
    bot.kill("SIGKILL");
    expect(await bot.exited).toMatchObject({ signal: "SIGKILL" });
    expect(await world.recorded()).toEqual({ inbox: [{ state: "running", attempt: 1 }], outbox: ["open"] });

    await recover(world);
    expect(written(world, lin)).toMatchObject([{ text: "You said: slow", state: "finished" }]);
    await unmarked(world, lin);
  });

  test.each(["put final", "answer streaming final", "after finish"])(
    "point 14: killed at %s while the card is interrupted: the next repeats the same text, once",
    async (killAt) => {
      await using world = await createWorld();
      const lin = world.sim.user("Lin");
      const bot = world.start({ gated: true, killAt });
      await growingCard(world, lin, bot);
      bot.kill("SIGTERM");
      expect(await bot.exited).toMatchObject({ signal: "SIGKILL" });
      expect(await world.recorded()).toEqual({ inbox: [{ state: "replying", attempt: 1 }], outbox: ["final"] });

      await recover(world);
      const shown = written(world, lin);
      expect(shown).toMatchObject([{ state: "finished" }]);
      expect(shown[0]?.text.split(INTERRUPTED)).toHaveLength(2);
      await unmarked(world, lin);
    },
  );

  test("point 14: SIGKILL while a plain message drains: the next answers once", async () => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true, graceMs: LONG_MS });
    await bot.ready;
    await lin.say("slow");
    await stopping(world, bot);
    bot.kill("SIGKILL");
    await bot.exited;

    await recover(world);
    expect(written(world, lin)).toMatchObject([{ text: "You said: slow", state: "finished" }]);
  });
});
