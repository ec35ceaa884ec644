/**
 * The crash points of docs/reliability.md, by their numbers, where the answer grows over WeCom's long connection: the process
 * is killed there, the next one goes on with the same file, and people see one answer, whole and finished. Its frames cannot
 * be told from the killed process's: both name the same growing message.
 */
import { describe, expect, test } from "vitest";
import type { SentFrame, SimulatedUser, WeComSimulator } from "@openclaw-china/testkit";
import { answerTo, type Orders } from "../src/orders.ts";
import { until } from "./process.ts";
import { createWeComWorld, joined, mutter, type Recorded, recover, type World, written } from "./world.ts";

type WeComWorld = World<WeComSimulator>;

interface Point {
  readonly name: string;
  readonly killAt: string;
  readonly skip?: number;
  /** What Lin writes. */
  readonly text: string;
  /** What the killed process leaves in the file. */
  readonly left: Recorded;
}

const waiting = { state: "waiting", attempt: 0 };
const running = (...outbox: readonly string[]): Recorded => ({ inbox: [{ state: "running", attempt: 1 }], outbox });
const replying = (...outbox: readonly string[]): Recorded => ({ inbox: [{ state: "replying", attempt: 1 }], outbox });

const POINTS: readonly Point[] = [
  { name: "2: committed, not begun", killAt: "after offer", text: "hello", left: { inbox: [waiting], outbox: [] } },
  { name: "4: in the handler", killAt: "handler", text: "hello", left: running() },
  {
    name: "5: the message prepared, not shown",
    killAt: "put prepared",
    text: "stream this",
    left: running("prepared"),
  },
  { name: "6: taken up, no frame of it sent", killAt: "after open", text: "stream this", left: running("prepared") },
  {
    name: "8: the final text recorded, nothing shown yet",
    killAt: "put final",
    text: "hello",
    left: replying("final"),
  },
  { name: "8: the final text recorded, being shown", killAt: "before finish", text: "hello", left: replying("final") },
  { name: "8: finished, nothing of it recorded", killAt: "after finish", text: "stream this", left: replying("final") },
  {
    name: "12: a split answer, the text of the second message recorded",
    killAt: "put final",
    skip: 1,
    text: "very long",
    left: running("sent", "final"),
  },
  {
    name: "12: a split answer that is streamed, the second message finished",
    killAt: "after finish",
    skip: 1,
    text: "stream very long",
    left: running("sent", "final"),
  },
  {
    name: "12: a split answer by a call of the handler, the last message finished",
    killAt: "after finish",
    skip: 2,
    text: "call very long",
    left: running("sent", "sent", "final"),
  },
];

/** One answer, whole and finished, nothing else, and nothing thinks any more. A very long one takes three messages. */
async function expectOneAnswer(world: WeComWorld, lin: SimulatedUser, text: string): Promise<void> {
  await until(() => world.sim.spinning().length === 0, "nothing thinks any more");
  const shown = written(world, lin);
  expect(shown.map(({ kind, state }) => `${kind} ${state}`)).toEqual(
    Array.from({ length: text.includes("very") ? 3 : 1 }, () => "markdown finished"),
  );
  expect(joined(shown)).toBe(answerTo(text));
  expect(world.sim.frames.filter(({ cmd }) => cmd === "aibot_send_msg")).toEqual([]);
}

/** Kills the process as soon as the platform has such a frame. */
async function dieWithFrame(
  world: WeComWorld,
  how: { readonly orders?: Partial<Orders>; readonly isIt: (frame: SentFrame) => boolean },
  meanwhile: () => void,
): Promise<void> {
  const victim = world.start(how.orders);
  await victim.ready;
  meanwhile();
  await until(() => world.sim.frames.some(how.isIt), "the frame has arrived");
  victim.kill("SIGKILL");
  await victim.exited;
}

type StreamBody = { readonly content?: string; readonly finish?: boolean } | undefined;
const streamOf = ({ body }: SentFrame): StreamBody => body["stream"] as StreamBody;
const isLast = (frame: SentFrame): boolean => streamOf(frame)?.finish === true;
const isFirst = (frame: SentFrame): boolean => streamOf(frame)?.finish === false && streamOf(frame)?.content !== "";

describe.concurrent("an answer over WeCom's long connection, killed at", { timeout: 120_000 }, () => {
  test("point 1: before the commit: nobody repeats it, and the person asks again", async () => {
    await using world = await createWeComWorld();
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "before offer" }, () => mutter(lin, "hello"));
    expect(await world.recorded()).toEqual({ inbox: [], outbox: [] });

    const successor = await recover(world);
    expect(written(world, lin)).toEqual([]);
    await lin.say("hello?");
    await until(() => written(world, lin).length > 0, "it is answered");
    await successor.quiet();
    await expectOneAnswer(world, lin, "hello?");
  });

  test("point 2: it comes twice at once, and again to the next process", async () => {
    await using world = await createWeComWorld();
    const lin = world.sim.user("Lin");
    const twice = world.sim.fault({ kind: "duplicate" });
    await world.die({ killAt: "after offer" }, () => mutter(lin, "hello"));
    twice[Symbol.dispose]();

    await recover(world);
    await expectOneAnswer(world, lin, "hello");
  });

  test("point 3: two wait behind the turn that runs, and keep their order", async () => {
    await using world = await createWeComWorld();
    const lin = world.sim.user("Lin");
    const victim = world.start({ gated: true });
    await victim.ready;
    for (const text of ["mute", "second", "third"]) await lin.say(text);
    await victim.quiet(3);
    victim.kill("SIGKILL");
    await victim.exited;
    expect((await world.recorded()).inbox).toEqual([{ state: "running", attempt: 1 }, waiting, waiting]);

    await recover(world);
    expect(written(world, lin).map(({ text, state }) => `${text} ${state}`)).toEqual(
      ["mute", "second", "third"].map((text) => `You said: ${text} finished`),
    );
    expect(world.sim.spinning()).toEqual([]);
  });

  test.each(POINTS)("point $name", async ({ killAt, skip = 0, text, left }) => {
    await using world = await createWeComWorld();
    const lin = world.sim.user("Lin");
    await world.die({ killAt, skip }, () => mutter(lin, text));
    expect(await world.recorded()).toEqual(left);

    await recover(world);
    await expectOneAnswer(world, lin, text);
  });

  test.each([true, false])("point 6: the first frame under way, shown: %s", async (executed) => {
    await using world = await createWeComWorld({ app: { thinking: "off" } });
    const lin = world.sim.user("Lin");
    const lost = world.sim.fault({ kind: "noAnswer", executed, on: "aibot_respond_msg" });
    await dieWithFrame(world, { orders: { gated: true }, isIt: isFirst }, () => mutter(lin, "slow"));
    lost[Symbol.dispose]();
    expect(written(world, lin).map(({ state }) => state)).toEqual(executed ? ["growing"] : []);
    expect((await world.recorded()).inbox).toEqual([{ state: "running", attempt: 1 }]);

    await recover(world);
    await expectOneAnswer(world, lin, "slow");
  });

  test.each(["reaction", "off"] as const)("point 7: between the frames (thinking: %s)", async (thinking) => {
    await using world = await createWeComWorld({ app: { thinking } });
    const lin = world.sim.user("Lin");
    const victim = world.start({ gated: true });
    await victim.ready;
    mutter(lin, "slow");
    await until(() => written(world, lin).some(({ text }) => text.trim() === "You said:"), "the first words are seen");
    victim.kill("SIGKILL");
    await victim.exited;
    expect(written(world, lin)).toMatchObject([{ state: "growing" }]);

    await recover(world);
    await expectOneAnswer(world, lin, "slow");
  });

  test.each([true, false])("point 8: the last frame under way, shown: %s", async (executed) => {
    await using world = await createWeComWorld({ app: { thinking: "off" } });
    const lin = world.sim.user("Lin");
    const lost = world.sim.fault({ kind: "noAnswer", executed, on: "aibot_respond_msg" });
    await dieWithFrame(world, { isIt: isLast }, () => mutter(lin, "hello"));
    lost[Symbol.dispose]();
    expect(await world.recorded()).toEqual(replying("final"));
    expect(written(world, lin)).toHaveLength(executed ? 1 : 0);

    await recover(world);
    await expectOneAnswer(world, lin, "hello");
  });

  test("point 11: everything sent: nothing new is said", async () => {
    await using world = await createWeComWorld();
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "put sent" }, () => mutter(lin, "hello"));
    expect(written(world, lin)).toHaveLength(1);

    await recover(world);
    await expectOneAnswer(world, lin, "hello");
  });

  test("point 13: stopped by SIGTERM while it grows: it ends with what there is, and says so", async () => {
    await using world = await createWeComWorld();
    const lin = world.sim.user("Lin");
    const first = world.start({ gated: true });
    await first.ready;
    mutter(lin, "slow");
    await until(() => written(world, lin).some(({ text }) => text.trim() === "You said:"), "the first words are seen");
    first.kill("SIGTERM");
    expect(await first.exited).toMatchObject({ code: 0 });

    await recover(world);
    expect(written(world, lin).map(({ state }) => state)).toEqual(["finished"]);
    expect(written(world, lin)[0]?.text).toContain("interrupted");
    expect(world.sim.spinning()).toEqual([]);
  });
});

describe.concurrent(
  "where a message cannot be answered over a later connection, killed at",
  { timeout: 120_000 },
  () => {
    const assume = { reqIdsOutliveConnections: false };
    /** What was shown before stays as it was; behind it the whole answer, once. */
    function expectWholeAtTheEnd(world: WeComWorld, lin: SimulatedUser, text: string): void {
      const shown = written(world, lin);
      expect(shown.at(-1)).toMatchObject({ text: answerTo(text), state: "finished" });
      expect(shown.slice(0, -1).every((one) => one.state === "growing")).toBe(true);
      expect(world.sim.frames.filter(({ cmd, errcode }) => cmd === "aibot_send_msg" && errcode === 0)).toHaveLength(1);
    }

    test.each([
      { name: "4: in the handler", killAt: "handler", text: "hello" },
      { name: "5: the message prepared", killAt: "put prepared", text: "stream this" },
      { name: "8: the final text recorded", killAt: "put final", text: "hello" },
    ])("point $name: the whole answer comes as a message of its own", async ({ killAt, text }) => {
      await using world = await createWeComWorld({ assume, app: { thinking: "off" } });
      const lin = world.sim.user("Lin");
      await world.die({ killAt }, () => mutter(lin, text));

      await recover(world);
      expectWholeAtTheEnd(world, lin, text);
      expect(written(world, lin)).toHaveLength(1);
    });

    test("point 7: between the frames: a fragment stays, and the whole answer comes behind it", async () => {
      await using world = await createWeComWorld({ assume });
      const lin = world.sim.user("Lin");
      const victim = world.start({ gated: true });
      await victim.ready;
      mutter(lin, "slow");
      await until(
        () => written(world, lin).some(({ text }) => text.trim() === "You said:"),
        "the first words are seen",
      );
      victim.kill("SIGKILL");
      await victim.exited;

      await recover(world);
      expectWholeAtTheEnd(world, lin, "slow");
      expect(written(world, lin)).toHaveLength(2);
    });
  },
);
