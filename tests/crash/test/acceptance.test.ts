/**
 * The crash points of docs/reliability.md, by their numbers, around the acceptance of a message: what is committed is
 * answered once, however often the platform delivers it; what is not is the platform's to deliver again.
 */
import { describe, expect, test } from "vitest";
import type { SimulatedUser } from "@openclaw-china/testkit";
import { createWorld, mutter, recover, unmarked, type World, written } from "./world.ts";

const waiting = { state: "waiting", attempt: 0 };
const ROUTES = ["card", "webhook"] as const;

async function expectAnswers(world: World, lin: SimulatedUser, texts: readonly string[]): Promise<void> {
  const shown = written(world, lin);
  expect(shown.map(({ text }) => text)).toEqual(texts.map((text) => `You said: ${text}`));
  expect(shown.map(({ state }) => state)).toEqual(texts.map(() => "finished"));
  await unmarked(world, lin);
}

describe.concurrent.each(ROUTES)("acceptance, answers by %s, killed at", { timeout: 120_000 }, (route) => {
  test("point 1: before the commit; the platform delivers again", async () => {
    await using world = await createWorld({ route, assume: { redeliversMessages: true } });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "before offer" }, () => mutter(lin, "hello"));
    expect(await world.recorded()).toEqual({ inbox: [], outbox: [] });
    expect(world.sim.acks).toEqual([]);

    const successor = await recover(world);
    await expectAnswers(world, lin, []);
    await world.sim.redeliver();
    await successor.quiet();
    await expectAnswers(world, lin, ["hello"]);
  });

  test("point 1: before the commit; the platform does not deliver again, and the person asks again", async () => {
    await using world = await createWorld({ route, assume: { redeliversMessages: false } });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "before offer" }, () => mutter(lin, "hello"));

    const successor = await recover(world);
    await expectAnswers(world, lin, []);
    await lin.say("hello?");
    await successor.quiet();
    await expectAnswers(world, lin, ["hello?"]);
  });

  test.each([true, false])("point 2: committed, not acknowledged; delivered again: %s", async (redeliversMessages) => {
    await using world = await createWorld({ route, assume: { redeliversMessages } });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "after offer" }, () => mutter(lin, "hello"));
    expect((await world.recorded()).inbox).toHaveLength(1);
    expect(world.sim.acks).toEqual([]);

    const successor = await recover(world);
    await expectAnswers(world, lin, ["hello"]);
    if (redeliversMessages) {
      await world.sim.redeliver(); // resolves when it is acknowledged
      expect(world.sim.acks).toHaveLength(1);
      await successor.quiet();
    }
    await expectAnswers(world, lin, ["hello"]);
  });

  test("point 2: the platform delivers twice at once, then again to the next process", async () => {
    await using world = await createWorld({ route });
    const lin = world.sim.user("Lin");
    const twice = world.sim.fault({ kind: "duplicate" });
    await world.die({ killAt: "after offer", skip: 1 }, () => mutter(lin, "hello"));
    twice[Symbol.dispose]();

    const successor = await recover(world);
    await world.sim.redeliver();
    await successor.quiet();
    await expectAnswers(world, lin, ["hello"]);
  });

  test("point 3: acknowledged, not claimed: two wait behind the turn that runs, and keep their order", async () => {
    await using world = await createWorld({ route });
    const lin = world.sim.user("Lin");
    const victim = world.start({ gated: true });
    await victim.ready;
    for (const text of ["mute", "second", "third"]) await lin.say(text);
    victim.kill("SIGKILL");
    await victim.exited;
    expect((await world.recorded()).inbox).toEqual([{ state: "running", attempt: 1 }, waiting, waiting]);

    await recover(world);
    await expectAnswers(world, lin, ["mute", "second", "third"]);
  });

  test("point 3: killed by the test in the moment of the acknowledgement", async () => {
    await using world = await createWorld({ route });
    const lin = world.sim.user("Lin");
    const victim = world.start({ gated: true });
    await victim.ready;
    await lin.say("mute");
    victim.kill("SIGKILL");
    await victim.exited;
    expect((await world.recorded()).inbox).toHaveLength(1);

    await recover(world);
    await expectAnswers(world, lin, ["mute"]);
  });
});
