/**
 * A question in a card outlives its process: killed before, while and after somebody presses, people see one card and one
 * answer, and what was chosen is what the handler hears.
 */
import { describe, expect, test } from "vitest";
import type { Fault, Shown, SimulatedUser } from "@openclaw-china/testkit";
import { until } from "./process.ts";
import { createWorld, mutter, recover, type World, written } from "./world.ts";

const isQuestion = ({ text }: Shown): boolean => text.startsWith("Deploy?");

function questions(world: World, lin: SimulatedUser): readonly Shown[] {
  return written(world, lin).filter(isQuestion);
}

/** The card, once it is there. */
async function question(world: World, lin: SimulatedUser): Promise<Shown> {
  await until(() => questions(world, lin).length > 0, "the question is shown");
  const [card] = questions(world, lin);
  if (card === undefined) throw new Error("there is no question");
  return card;
}

async function expectDecided(world: World, lin: SimulatedUser): Promise<void> {
  await until(() => written(world, lin).some(({ text }) => text.includes(", said ")), "the answer is there");
  await until(() => questions(world, lin).every(({ buttons }) => buttons.length === 0), "the buttons are gone");
  const shown = written(world, lin);
  expect(shown.filter((one) => !isQuestion(one)).map(({ text, state }) => `${text} ${state}`)).toEqual([
    `yes, said ${lin.id} finished`,
  ]);
  expect(shown.filter(isQuestion)).toHaveLength(1);
  expect(shown.find(isQuestion)?.text).toContain("✅ Yes");
}

describe("a question", { timeout: 120_000 }, () => {
  test("killed while it waits, pressed while nobody is there: the next process hears the press", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const victim = world.start();
    await victim.ready;
    mutter(lin, "ask");
    const card = await question(world, lin);
    await victim.quiet(1); // it waits for the press
    victim.kill("SIGKILL");
    await victim.exited;
    lin.press(card, "yes").catch(() => "nobody waits for it");

    const successor = await recover(world);
    await expectDecided(world, lin);
    await world.sim.redeliver();
    await lin.press(card, "no");
    await successor.quiet();
    await expectDecided(world, lin);
  });

  const lost = (executed: boolean): Fault => ({ kind: "noAnswer", executed, on: "createAndDeliver" });
  const points: readonly { readonly name: string; readonly killAt: string; readonly fault?: Fault }[] = [
    { name: "recorded and not shown", killAt: "put pending" },
    { name: "the call that shows it lost on its way", killAt: "answer createAndDeliver", fault: lost(false) },
    { name: "shown, the platform's answer lost", killAt: "answer createAndDeliver", fault: lost(true) },
    { name: "shown, not recorded as such", killAt: "after send" },
  ];
  const both = [true, false].flatMap((repeatedCardIsRefused) =>
    points.map((one) => ({ ...one, repeatedCardIsRefused })),
  );
  test.each(both)(
    "killed when it is $name: it is shown once, and can be pressed (a second card with its id is refused: $repeatedCardIsRefused)",
    async ({ killAt, fault, repeatedCardIsRefused }) => {
      await using world = await createWorld({ assume: { repeatedCardIsRefused } });
      const lin = world.sim.user("Lin");
      const inForce = fault === undefined ? undefined : world.sim.fault(fault);
      await world.die({ killAt }, () => mutter(lin, "ask"));
      inForce?.[Symbol.dispose]();

      const successor = world.start();
      await successor.ready;
      const card = await question(world, lin);
      await successor.quiet(1);
      await lin.press(card, "yes");
      await successor.quiet();
      await expectDecided(world, lin);
    },
  );

  test.each([
    { name: "accepted, and nobody acknowledged it", killAt: "after offer", skip: 1 },
    { name: "heard by the handler", killAt: "decided", skip: 0 },
  ])("killed when the press is $name: it counts once", async ({ killAt, skip }) => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    await world.die({ killAt, skip }, () => {
      mutter(lin, "ask");
      void question(world, lin).then(async (card) => {
        await until(() => world.sim.calls.some(({ name }) => name.endsWith("createAndDeliver")), "it was asked");
        lin.press(card, "yes").catch(() => "nobody waits for it");
      });
    });
    const successor = await recover(world);
    await world.sim.redeliver();
    await successor.quiet();
    await expectDecided(world, lin);
  });
});
