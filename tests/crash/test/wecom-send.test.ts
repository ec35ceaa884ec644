/**
 * The crash points of docs/reliability.md, by their numbers, where WeCom takes an answer only as a message of its own: that
 * frame has no key, so `unknownReply` decides what follows when nobody knows whether it arrived. Cards with buttons go this
 * way always.
 */
import { describe, expect, test } from "vitest";
import type { Shown, SimulatedUser, WeComSimulator } from "@openclaw-china/testkit";
import { answerTo, type Orders } from "../src/orders.ts";
import { until } from "./process.ts";
import { createWeComWorld, isNotice, mutter, type Recorded, recover, type World, written } from "./world.ts";

type WeComWorld = World<WeComSimulator>;
type Policy = NonNullable<Orders["unknownReply"]>;

/** Where the process dies, and whether the platform has executed its frame then. `frame`: no acknowledgement has come. */
interface Gap {
  readonly name: string;
  readonly killAt: "put trying" | "frame" | "after send";
  readonly executed: boolean;
}

const GAPS: readonly Gap[] = [
  { name: "before the frame", killAt: "put trying", executed: false },
  { name: "the frame lost on its way", killAt: "frame", executed: false },
  { name: "the frame executed, its acknowledgement lost", killAt: "frame", executed: true },
  { name: "the frame acknowledged, and not recorded", killAt: "after send", executed: true },
];

const POLICIES: readonly {
  readonly unknownReply: Policy;
  readonly seen: (executed: boolean) => { readonly answers: number; readonly notices: number };
}[] = [
  { unknownReply: "notice", seen: (executed) => ({ answers: executed ? 1 : 0, notices: 1 }) },
  { unknownReply: "resend", seen: (executed) => ({ answers: executed ? 2 : 1, notices: 0 }) },
  { unknownReply: "silent", seen: (executed) => ({ answers: executed ? 1 : 0, notices: 0 }) },
];
const GAP_CASES = POLICIES.flatMap((policy) => GAPS.map((gap) => ({ ...policy, ...gap })));
const TRYING: Recorded = { inbox: [{ state: "replying", attempt: 1 }], outbox: ["trying"] };

/** Answers are not taken as such: each goes as a message of its own. */
async function createWorldWithoutAnswers(): Promise<WeComWorld> {
  const world = await createWeComWorld({ app: { streaming: "off" } });
  world.sim.fault({ kind: "platformError", code: "846605", on: "aibot_respond_msg" });
  return world;
}

/** Starts a process that dies in the gap. */
async function dieInGap(
  world: WeComWorld,
  { killAt, executed, orders = {} }: Pick<Gap, "killAt" | "executed"> & { readonly orders?: Partial<Orders> },
  meanwhile: () => void,
): Promise<void> {
  if (killAt !== "frame") return void (await world.die({ ...orders, killAt }, meanwhile));
  const victim = world.start(orders);
  await victim.ready;
  using _lost = world.sim.fault({ kind: "noAnswer", executed, on: "aibot_send_msg" });
  meanwhile();
  await until(() => world.sim.frames.some(({ cmd }) => cmd === "aibot_send_msg"), "the frame has arrived");
  victim.kill("SIGKILL");
  await victim.exited;
}

/** What Lin sees of a short answer; everything else is a failure of its own. */
function seen(world: WeComWorld, lin: SimulatedUser): { readonly answers: number; readonly notices: number } {
  const shown = written(world, lin);
  const answers = shown.filter((one) => one.text === answerTo("hello")).length;
  const notices = shown.filter(isNotice).length;
  expect(shown.map(({ state }) => state)).toEqual(shown.map(() => "finished"));
  expect(answers + notices).toBe(shown.length);
  return { answers, notices };
}

describe.concurrent("a message of WeCom without a key, killed at", { timeout: 120_000 }, () => {
  test("point 9: recorded, not tried: it is sent", async () => {
    await using world = await createWorldWithoutAnswers();
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "put pending" }, () => mutter(lin, "hello"));
    expect(await world.recorded()).toEqual({ ...TRYING, outbox: ["pending"] });

    await recover(world);
    expect(seen(world, lin)).toEqual({ answers: 1, notices: 0 });
  });

  test.each(GAP_CASES)("point 10: $name, policy $unknownReply", async ({ killAt, executed, unknownReply, ...of }) => {
    await using world = await createWorldWithoutAnswers();
    const lin = world.sim.user("Lin");
    await dieInGap(world, { killAt, executed, orders: { unknownReply } }, () => mutter(lin, "hello"));
    expect(await world.recorded()).toEqual(TRYING);
    expect(seen(world, lin)).toEqual({ answers: executed ? 1 : 0, notices: 0 });

    await recover(world, { unknownReply });
    expect(seen(world, lin)).toEqual(of.seen(executed));
  });

  test("point 12: the second of three sent, and not recorded: it is told once, the third follows", async () => {
    await using world = await createWorldWithoutAnswers();
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "after send", skip: 1 }, () => mutter(lin, "very long"));
    expect(await world.recorded()).toEqual({ ...TRYING, outbox: ["sent", "trying", "pending"] });

    await recover(world);
    const shown = written(world, lin);
    expect(shown.map((one) => (isNotice(one) ? "notice" : one.text.slice(0, 5)))).toEqual([
      "word-",
      "word-",
      "notice",
      "word-",
    ]);
    const pieces = shown.filter((one) => !isNotice(one)).map(({ text }) => text.trim());
    expect(pieces.join(" ")).toBe(answerTo("very long"));
  });
});

const isQuestion = ({ text }: Shown): boolean => text.startsWith("Deploy?");

function questions(world: WeComWorld, lin: SimulatedUser): readonly Shown[] {
  return written(world, lin).filter(isQuestion);
}

/** The card, once it is there. */
async function question(world: WeComWorld, lin: SimulatedUser): Promise<Shown> {
  await until(() => questions(world, lin).length > 0, "the question is shown");
  const [card] = questions(world, lin);
  if (card === undefined) throw new Error("there is no question");
  return card;
}

async function expectDecided(world: WeComWorld, lin: SimulatedUser): Promise<void> {
  await until(() => written(world, lin).some(({ text }) => text.includes(", said ")), "the answer is there");
  const shown = written(world, lin);
  expect(shown.filter((one) => !isQuestion(one)).map(({ text, state }) => `${text} ${state}`)).toEqual([
    `yes, said ${lin.id} finished`,
  ]);
  expect(shown.filter(isQuestion)).toHaveLength(1);
}

describe.concurrent("a question in a card of WeCom", { timeout: 120_000 }, () => {
  test("killed while it waits: a press that nobody heard is lost, the next one counts and is seen", async () => {
    await using world = await createWeComWorld({ app: { thinking: "off" } });
    const lin = world.sim.user("Lin");
    const victim = world.start();
    await victim.ready;
    mutter(lin, "ask");
    const card = await question(world, lin);
    await victim.quiet(1); // it waits for the press
    victim.kill("SIGKILL");
    await victim.exited;
    lin.press(card, "yes").catch(() => "nobody hears it");

    const successor = world.start();
    await successor.ready;
    await successor.quiet(1);
    await lin.press(card, "yes");
    await successor.quiet();
    await expectDecided(world, lin);
    expect(questions(world, lin)[0]?.buttons[0]?.label).toContain("✅ Yes");
  });

  test("recorded and not shown: it is shown once, and can be pressed", async () => {
    await using world = await createWeComWorld({ app: { thinking: "off" } });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "put pending" }, () => mutter(lin, "ask"));

    const successor = world.start();
    await successor.ready;
    const card = await question(world, lin);
    await successor.quiet(1);
    await lin.press(card, "yes");
    await successor.quiet();
    await expectDecided(world, lin);
  });

  test.each(GAPS)("point 10: $name: at most one card, and a notice that it may not have come", async (gap) => {
    await using world = await createWeComWorld({ app: { thinking: "off" } });
    const lin = world.sim.user("Lin");
    await dieInGap(world, gap, () => mutter(lin, "ask"));

    await recover(world);
    expect(questions(world, lin)).toHaveLength(gap.executed ? 1 : 0);
    expect(written(world, lin).filter(isNotice)).toHaveLength(1);
  });

  test.each([
    { name: "accepted, and not worked on", killAt: "after offer", skip: 1 },
    { name: "heard by the handler", killAt: "decided", skip: 0 },
  ])("killed when the press is $name: it counts once", async ({ killAt, skip }) => {
    await using world = await createWeComWorld({ app: { thinking: "off" } });
    const lin = world.sim.user("Lin");
    await world.die({ killAt, skip }, () => {
      mutter(lin, "ask");
      void question(world, lin).then(async (card) => {
        await until(
          () => world.sim.frames.some(({ cmd, errcode }) => cmd === "aibot_send_msg" && errcode === 0),
          "it was asked",
        );
        lin.press(card, "yes").catch(() => "nobody waits for it");
      });
    });
    await recover(world);
    await expectDecided(world, lin);
  });
});
