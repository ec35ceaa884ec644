/**
 * The crash points of docs/reliability.md in webhook mode, by their numbers. The platform posts, and posts again what was not
 * answered with 200. One world for a whole table: each process recovers what the one before has left, and dies at the next
 * point with the message of somebody else.
 */
import { describe, expect, test } from "vitest";
import type { SimulatedUser } from "@openclaw-china/testkit";
import { answerTo } from "../src/orders.ts";
import { CARD_POINTS, GAPS, PLAIN_POINTS, type Point } from "./points.ts";
import type { BotProcess } from "./process.ts";
import { createWorld, isNotice, joined, mutter, recover, unmarked, type World, written } from "./world.ts";

/** What a dead process leaves, and what people see in the end. */
interface Death extends Point {
  /** Statuses of the posts of its message, before and after: 502 stands for nobody who answers. */
  readonly posts?: readonly number[];
  /** What the person sees. Default one whole answer. */
  readonly seen?: (world: World, lin: SimulatedUser) => void;
}

const ANSWERED = 200;
const NOBODY = 502;

const ACCEPTANCE: readonly Death[] = [
  {
    name: "1: before the commit; it is posted again",
    killAt: "before offer",
    left: { inbox: [], outbox: [] },
    posts: [NOBODY, ANSWERED],
  },
  {
    name: "2: committed, not answered; what is posted again is a duplicate",
    killAt: "after offer",
    left: { inbox: [expect.objectContaining({}) as { state: string; attempt: number }], outbox: [] },
    posts: [NOBODY, ANSWERED],
  },
];

/** Each dies once at each point; afterwards everybody has been answered. */
async function dieAtEach(world: World, deaths: readonly Death[]): Promise<void> {
  let bot: BotProcess = await recover(world);
  for (const { name, killAt, skip = 0, text = "hello", fault, left, posts, seen = wholeAnswer(text) } of deaths) {
    const lin = world.sim.user(name);
    const before = world.posts.length;
    const inForce = fault === undefined ? undefined : world.sim.fault(fault);
    await bot.arm(killAt, skip);
    mutter(lin, text);
    expect(await bot.exited, name).toMatchObject({ signal: "SIGKILL", said: `killed at: ${killAt}\n` });
    inForce?.[Symbol.dispose]();
    expect(await world.recorded(true), name).toEqual(left);
    bot = await recover(world);
    await world.sim.redeliver();
    await bot.quiet();
    if (posts !== undefined) expect(statuses(world).slice(before), name).toEqual(posts);
    seen(world, lin);
    await unmarked(world, lin);
  }
  for (const { kind, status } of world.posts) expect([kind, [ANSWERED, NOBODY].includes(status)]).toEqual([kind, true]);
}

function statuses({ posts }: World): readonly number[] {
  return posts.map(({ status }) => status);
}

function wholeAnswer(text: string): NonNullable<Death["seen"]> {
  return (world, lin) => {
    const shown = written(world, lin);
    expect(shown.map(({ state }) => state)).toEqual(shown.map(() => "finished"));
    expect(joined(shown)).toBe(answerTo(text));
  };
}

/** Nobody knows whether it had arrived. */
function answersAndNotice(answers: number): NonNullable<Death["seen"]> {
  return (world, lin) => {
    const shown = written(world, lin);
    expect(shown.filter(isNotice)).toHaveLength(1);
    expect(shown.filter(({ text }) => text === answerTo("hello"))).toHaveLength(answers);
    expect(shown).toHaveLength(answers + 1);
  };
}

describe.concurrent("webhook mode, killed at each point", { timeout: 180_000 }, () => {
  test("1 to 12, the answer is a card", async () => {
    await using world = await createWorld({ isPosted: true });
    await dieAtEach(world, [...ACCEPTANCE, ...CARD_POINTS]);
    expect(world.sim.connections()).toBe(0);
  });

  test("1 to 12, the answer is a plain message", async () => {
    await using world = await createWorld({ isPosted: true, route: "webhook" });
    const gaps = GAPS.map((gap) => ({ ...gap, seen: answersAndNotice(gap.executed ? 1 : 0) }));
    await dieAtEach(world, [...ACCEPTANCE, ...PLAIN_POINTS, ...gaps]);
    expect(world.sim.connections()).toBe(0);
  });

  test("1: the platform does not post again: the person asks again", async () => {
    await using world = await createWorld({ isPosted: true, assume: { redeliversMessages: false } });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "before offer" }, () => mutter(lin, "hello"));
    const bot = await recover(world);
    expect(written(world, lin)).toEqual([]);
    await lin.say("hello?");
    await bot.quiet();
    wholeAnswer("hello?")(world, lin);
  });

  test("2 and 3: posted twice at once, two wait behind the turn that runs; all are answered once, in order", async () => {
    await using world = await createWorld({ isPosted: true });
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true });
    await bot.ready;
    {
      using _twice = world.sim.fault({ kind: "duplicate" });
      for (const text of ["mute", "second", "third"]) await lin.say(text);
    }
    bot.kill("SIGKILL");
    await bot.exited;
    const waiting = { state: "waiting", attempt: 0 };
    expect((await world.recorded()).inbox).toEqual([{ state: "running", attempt: 1 }, waiting, waiting]);
    await recover(world);
    const texts = written(world, lin).map(({ text, state }) => `${text} ${state}`);
    expect(texts).toEqual(["mute", "second", "third"].map((text) => `You said: ${text} finished`));
  });
});

describe.concurrent("webhook mode, stopped by SIGTERM", { timeout: 120_000 }, () => {
  test.each(["13: let end", "14: killed meanwhile"])("point %s: what comes meanwhile is posted again", async (how) => {
    await using world = await createWorld({ isPosted: true });
    const lin = world.sim.user("Lin");
    const bot = world.start({ gated: true });
    await bot.ready;
    await lin.say("mute");
    await lin.say("second");
    bot.kill("SIGTERM");
    await bot.report("stopping");
    const said = lin.say("third");
    if (how.startsWith("14")) bot.kill("SIGKILL");
    expect(await bot.exited).toMatchObject(how.startsWith("14") ? { signal: "SIGKILL" } : { code: 0, signal: null });
    expect(written(world, lin)).toEqual([]);
    const successor = world.start();
    await successor.ready;
    await world.sim.redeliver();
    await said;
    await successor.quiet();
    expect(statuses(world).filter((status) => status === ANSWERED)).toHaveLength(3);
    const texts = written(world, lin).map(({ text, state }) => `${text} ${state}`);
    expect(texts).toEqual(["mute", "second", "third"].map((text) => `You said: ${text} finished`));
    await unmarked(world, lin);
  });
});
