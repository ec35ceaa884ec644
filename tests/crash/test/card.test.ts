/**
 * The crash points of docs/reliability.md, by their numbers, where the answer is a card: the process is killed there, the
 * next one goes on with the same file, and people see one answer, whole and finished, whatever the platform does with a
 * card that is created twice.
 */
import { describe, expect, test } from "vitest";
import { type Fault, fakeClock, type SimulatedUser } from "@openclaw-china/testkit";
import { answerTo } from "../src/orders.ts";
import { until } from "./process.ts";
import { createWorld, joined, mutter, type Recorded, recover, unmarked, type World, written } from "./world.ts";

interface Point {
  readonly name: string;
  readonly killAt: string;
  readonly skip?: number;
  /** What Lin writes. */
  readonly text: string;
  readonly fault?: Fault;
  /** What the killed process leaves in the file. */
  readonly left: Recorded;
}

const lost = (on: string, executed: boolean): Fault => ({ kind: "noAnswer", executed, on });
const running = (...outbox: readonly string[]): Recorded => ({ inbox: [{ state: "running", attempt: 1 }], outbox });
const replying = (...outbox: readonly string[]): Recorded => ({ inbox: [{ state: "replying", attempt: 1 }], outbox });

const POINTS: readonly Point[] = [
  { name: "4: in the handler", killAt: "handler", text: "hello", left: running() },
  { name: "5: the card prepared, not shown", killAt: "put prepared", text: "stream this", left: running("prepared") },
  {
    name: "6: the call that shows the card lost on its way",
    killAt: "answer createAndDeliver",
    text: "stream this",
    fault: lost("createAndDeliver", false),
    left: running("prepared"),
  },
  {
    name: "6: the card shown, the platform's answer lost",
    killAt: "answer createAndDeliver",
    text: "stream this",
    fault: lost("createAndDeliver", true),
    left: running("prepared"),
  },
  {
    name: "6: the card shown, not recorded as such",
    killAt: "after open",
    text: "stream this",
    left: running("prepared"),
  },
  { name: "8: the final text recorded, no card yet", killAt: "put final", text: "hello", left: replying("final") },
  {
    name: "8: the final text recorded, the card shown",
    killAt: "before finish",
    text: "hello",
    left: replying("final"),
  },
  {
    name: "8: the last frame lost on its way",
    killAt: "answer streaming final",
    text: "hello",
    fault: lost("streaming", false),
    left: replying("final"),
  },
  {
    name: "8: the last frame shown, the platform's answer lost",
    killAt: "answer streaming final",
    text: "stream this",
    fault: lost("streaming", true),
    left: replying("final"),
  },
  {
    name: "8: between the last frame and the switch to finished",
    killAt: "request instances 3",
    text: "hello",
    left: replying("final"),
  },
  {
    name: "8: the card finished, nothing of it recorded",
    killAt: "after finish",
    text: "stream this",
    left: replying("final"),
  },
  {
    name: "11: all sent, not done",
    killAt: "put sent",
    text: "hello",
    fault: { kind: "delay", ms: 60_000, on: "emotion/recall" }, // else both are one commit
    left: replying("sent"),
  },
  {
    name: "12: a split answer, the text of the second card recorded",
    killAt: "put final",
    skip: 1,
    text: "long",
    left: running("sent", "final"),
  },
  {
    name: "12: a split answer that is streamed, the third card shown",
    killAt: "after open",
    skip: 2,
    text: "stream long",
    left: running("sent", "sent", "final"),
  },
  {
    name: "12: a split answer by a call of the handler, the last card finished",
    killAt: "after finish",
    skip: 3,
    text: "call long",
    left: running("sent", "sent", "sent", "final"),
  },
];

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
    test.each(POINTS)("point $name", async ({ killAt, skip = 0, text, fault, left }) => {
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
