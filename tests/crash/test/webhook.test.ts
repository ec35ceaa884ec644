/**
 * The crash points of docs/reliability.md, by their numbers, where the answer is a plain message: the session webhook has no
 * key to repeat it by. Exactly one answer, except where the process is killed between handing the request over and recording
 * what became of it: there `unknownReply` decides, and both sides of that gap are hit.
 */
import { describe, expect, test } from "vitest";
import { fakeClock, type SimulatedUser } from "@openclaw-china/testkit";
import { answerTo, type Orders } from "../src/orders.ts";
import { GAPS, lost, PLAIN_POINTS } from "./points.ts";
import { until } from "./process.ts";
import { createWorld, isNotice, joined, mutter, recover, unmarked, type World, written } from "./world.ts";

/** Answers and notices seen, by policy, after a kill in the gap. */
const POLICIES: readonly {
  readonly unknownReply: NonNullable<Orders["unknownReply"]>;
  readonly seen: (executed: boolean) => { readonly answers: number; readonly notices: number };
}[] = [
  { unknownReply: "notice", seen: (executed) => ({ answers: executed ? 1 : 0, notices: 1 }) },
  { unknownReply: "resend", seen: (executed) => ({ answers: executed ? 2 : 1, notices: 0 }) },
  { unknownReply: "silent", seen: (executed) => ({ answers: executed ? 1 : 0, notices: 0 }) },
];

const GAP_CASES = POLICIES.flatMap((policy) => GAPS.map((gap) => ({ ...policy, ...gap })));

/** What Lin sees of a short answer; everything else is a failure of its own. */
function seen(world: World, lin: SimulatedUser, text: string): { readonly answers: number; readonly notices: number } {
  const shown = written(world, lin);
  const answers = shown.filter((one) => one.text === answerTo(text)).length;
  const notices = shown.filter(isNotice).length;
  expect(shown.map(({ state }) => state)).toEqual(shown.map(() => "finished"));
  expect(answers + notices).toBe(shown.length);
  return { answers, notices };
}

describe.concurrent("plain messages, killed at", { timeout: 120_000 }, () => {
  test.each(PLAIN_POINTS)("point $name", async ({ killAt, skip = 0, text = "hello", fault, left }) => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    const inForce = fault === undefined ? undefined : world.sim.fault(fault);
    await world.die({ killAt, skip }, () => mutter(lin, text));
    inForce?.[Symbol.dispose]();
    expect(await world.recorded()).toEqual(left);

    const successor = await recover(world);
    await world.sim.redeliver();
    await successor.quiet();
    expect(written(world, lin)).toHaveLength(text === "long" ? 3 : 1);
    expect(joined(written(world, lin))).toBe(answerTo(text));
    await unmarked(world, lin);
  });

  test.each(GAP_CASES)(
    "point 10: $name, policy $unknownReply",
    async ({ killAt, fault, left, unknownReply, executed, seen: expected }) => {
      await using world = await createWorld({ route: "webhook" });
      const lin = world.sim.user("Lin");
      const inForce = fault === undefined ? undefined : world.sim.fault(fault);
      await world.die({ killAt, unknownReply }, () => mutter(lin, "hello"));
      inForce?.[Symbol.dispose]();
      expect(await world.recorded()).toEqual(left);
      expect(seen(world, lin, "hello")).toEqual({ answers: executed ? 1 : 0, notices: 0 });

      const successor = await recover(world, { unknownReply });
      await world.sim.redeliver();
      await successor.quiet();
      expect(seen(world, lin, "hello")).toEqual(expected(executed));
      await unmarked(world, lin);
    },
  );

  test.each([true, false])("point 10: the platform's answer lost, nobody killed, executed: %s", async (executed) => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    const bot = world.start();
    await bot.ready;
    const fault = world.sim.fault(lost("sendBySession", executed));
    await lin.say("hello");
    await until(() => world.sim.calls.some(({ name }) => name.endsWith("sendBySession")), "the call has arrived");
    fault[Symbol.dispose]();
    await bot.quiet();
    expect(seen(world, lin, "hello")).toEqual({ answers: executed ? 1 : 0, notices: 1 });
  });

  test("point 10: the call under way, and executed long after the notice", async () => {
    const clock = fakeClock(Date.now());
    await using world = await createWorld({ route: "webhook", clock });
    const lin = world.sim.user("Lin");
    const delay = world.sim.fault({ kind: "delay", ms: 1_000, on: "sendBySession" });
    const victim = world.start();
    await victim.ready;
    mutter(lin, "hello");
    await until(() => world.sim.calls.some(({ name }) => name.endsWith("sendBySession")), "the call has arrived");
    victim.kill("SIGKILL");
    await victim.exited;
    delay[Symbol.dispose]();

    await recover(world);
    expect(seen(world, lin, "hello")).toEqual({ answers: 0, notices: 1 });
    await clock.advance(1_000);
    expect(seen(world, lin, "hello")).toEqual({ answers: 1, notices: 1 });
  });

  test("point 10: by the robot interface, since the session webhook has expired", async () => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    using _expired = world.sim.fault({ kind: "platformError", code: "300001", on: "sendBySession" });
    await world.die({ killAt: "answer batchSend" }, () => mutter(lin, "hello"));
    expect(seen(world, lin, "hello")).toEqual({ answers: 1, notices: 0 });

    await recover(world);
    expect(seen(world, lin, "hello")).toEqual({ answers: 1, notices: 1 });
  });

  test("point 10: the notice itself is under way: its own fate may stay unknown, and nobody is told twice", async () => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "after send" }, () => mutter(lin, "hello"));
    await world.die({ killAt: "after send" }, () => undefined);
    expect(await world.recorded()).toMatchObject({ outbox: ["unknown", "trying"] });

    await recover(world);
    expect(seen(world, lin, "hello")).toEqual({ answers: 1, notices: 1 });
  });
});

describe.concurrent("plain messages, a split answer killed at", { timeout: 120_000 }, () => {
  test.each([
    { text: "long", stage: "replying" },
    { text: "call long", stage: "running" },
  ])("point 12: the second of three under way ($text)", async ({ text, stage }) => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "put trying", skip: 1 }, () => mutter(lin, text));
    expect(await world.recorded()).toEqual({
      inbox: [{ state: stage, attempt: 1 }],
      outbox: ["sent", "trying", "pending"],
    });

    await recover(world);
    expectPieces(written(world, lin), ["first", "notice", "third"]);
  });

  test("point 12: the second of three sent, and not recorded", async () => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "after send", skip: 1 }, () => mutter(lin, "long"));

    await recover(world);
    expectPieces(written(world, lin), ["first", "second", "notice", "third"]);
  });

  test("point 12: the second of three sent and not recorded, policy resend", async () => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    await world.die({ killAt: "after send", skip: 1, unknownReply: "resend" }, () => mutter(lin, "long"));

    await recover(world, { unknownReply: "resend" });
    expectPieces(written(world, lin), ["first", "second", "second", "third"]);
  });
});

/** The pieces of a long answer on the screen, by what they begin with. */
function expectPieces(shown: readonly { readonly text: string }[], names: readonly string[]): void {
  const nameOf = (text: string): string => {
    if (isNotice({ text })) return "notice";
    if (text.startsWith("word-0-of")) return "first";
    return text.trimEnd().endsWith("word-899-of") ? "third" : "second";
  };
  expect(shown.map(({ text }) => nameOf(text))).toEqual(names);
}
