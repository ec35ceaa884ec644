/**
 * The crash points of docs/reliability.md, by their numbers, where the answer is a card: the process is killed there, the
 * next one goes on with the same file, and people see one answer, whole and finished, whatever the platform does with a
 * card that is created twice.
 */
import { describe, expect, test } from "vitest";
import { fakeClock, type SimulatedUser } from "@openclaw-china/testkit";
import { answerTo } from "../src/orders.ts";
import { until } from "./process.ts";
import { CARD_POINTS, running } from "./points.ts";
import { createWorld, joined, mutter, recover, unmarked, type World, written } from "./world.ts";

/** One answer, whole and finished, nothing else, and nobody thinks any more. A long one takes four cards. */
async function expectOneAnswer(world: World, lin: SimulatedUser, text: string): Promise<void> {
  const shown = written(world, lin);
  expect(shown.map(({ kind, state }) => `${kind} ${state}`)).toEqual(
    Array.from({ length: text.includes("long") ? 4 : 1 }, () => "card finished"),
  );
  expect(joined(shown)).toBe(answerTo(text));
  await unmarked(world, lin);
}

describe.each([true, false])("cards; a second one with the same id is refused: %s", (repeatedCardIsRefused) => {
  const assume = { repeatedCardIsRefused };

  describe.concurrent("killed at", { timeout: 120_000 }, () => {
    test.each(CARD_POINTS)("point $name", async ({ killAt, skip = 0, text, fault, left }) => {
      await using world = await createWorld({ assume });
      const lin = world.sim.user("Lin");
      const inForce = fault === undefined ? undefined : world.sim.fault(fault);
      await world.die({ killAt, skip }, () => mutter(lin, text));
      inForce?.[Symbol.dispose]();
      expect(await world.recorded()).toEqual(left);

      const successor = await recover(world);
      await expectOneAnswer(world, lin, text);

      await world.sim.redeliver();
      await successor.quiet();
      await expectOneAnswer(world, lin, text);
    });

    test("point 6: the call that shows the card under way, and executed when the answer is long finished", async () => {
      const clock = fakeClock(Date.now());
      await using world = await createWorld({ assume, clock });
      const lin = world.sim.user("Lin");
      const delay = world.sim.fault({ kind: "delay", ms: 1_000, on: "createAndDeliver" });
      const victim = world.start();
      await victim.ready;
      mutter(lin, "stream this");
      await until(() => world.sim.calls.some(({ name }) => name.endsWith("createAndDeliver")), "the call has arrived");
      victim.kill("SIGKILL");
      await victim.exited;
      delay[Symbol.dispose]();

      await recover(world);
      await expectOneAnswer(world, lin, "stream this");
      await clock.advance(1_000);
      await expectOneAnswer(world, lin, "stream this");
    });

    test("point 7: between the updates of a card", async () => {
      await using world = await createWorld({ assume });
      const lin = world.sim.user("Lin");
      const victim = world.start({ gated: true });
      await victim.ready;
      mutter(lin, "slow");
      await until(
        () => written(world, lin).some((card) => card.text.trim() === "You said:"),
        "the first words are seen",
      );
      expect(written(world, lin)).toMatchObject([{ state: "growing" }]);
      victim.kill("SIGKILL");
      await victim.exited;
      expect(await world.recorded()).toEqual(running("open"));

      await recover(world);
      await expectOneAnswer(world, lin, "slow");
    });
  });
});
