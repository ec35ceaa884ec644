/** A message that kills its process every time: it is given up after five attempts, and harms nobody else. */
import { describe, expect, test } from "vitest";
import { createWorld, mutter, recover, unmarked, written } from "./world.ts";

const ATTEMPTS = 5;
const SORRY = "抱歉,出了点问题,请稍后再试。 Sorry, that did not work. Please try again.";

describe.concurrent.each(["card", "webhook"] as const)("poison, answers by %s", { timeout: 120_000 }, (route) => {
  test("is given up, told once, and its conversation goes on; another is answered in every life of the process", async () => {
    await using world = await createWorld({ route });
    const lin = world.sim.user("Lin");
    const mei = world.sim.user("Mei");
    const asked: string[] = [];
    for (let life = 1; life <= ATTEMPTS; life += 1) {
      const victim = world.start({ killAt: "poison", gated: true });
      await victim.ready;
      if (life === 1) for (const text of ["poison later", "after it"]) await lin.say(text);
      asked.push(`life ${life}`);
      await mei.say(`life ${life}`);
      await victim.quiet(2);
      expect(written(world, mei).map(({ text }) => text)).toEqual(asked.map((text) => `You said: ${text}`));
      victim.openGate();
      expect(await victim.exited).toMatchObject({ signal: "SIGKILL" });
      const [poison, next] = (await world.recorded()).inbox;
      expect(poison).toEqual({ state: "running", attempt: life });
      expect(next).toEqual({ state: "waiting", attempt: 0 });
    }
    const survivor = await recover(world, { killAt: "poison" });
    expect(written(world, lin).map(({ text }) => text)).toEqual([SORRY, "You said: after it"]);
    expect(written(world, mei).map(({ text }) => text)).toEqual(asked.map((text) => `You said: ${text}`));
    expect((await world.recorded()).inbox.map(({ state }) => state).toSorted()).toEqual(
      ["failed", ...asked.map(() => "done"), "done"].toSorted(),
    );
    await unmarked(world, lin);

    await lin.say("and now");
    await survivor.quiet();
    expect(
      written(world, lin)
        .map(({ text }) => text)
        .at(-1),
    ).toBe("You said: and now");
    survivor.kill("SIGTERM");
    expect(await survivor.exited).toMatchObject({ code: 0 });
    const last = await recover(world);
    await last.quiet();
    expect(written(world, lin)).toHaveLength(3);
  });
});

describe.concurrent("poison beside others", { timeout: 120_000 }, () => {
  test("turns that were running each time the process died are not given up with it", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const others = ["Mei", "Bo", "Ann"].map((name) => world.sim.user(name));
    const first = world.start({ killAt: "poison", gated: true });
    await first.ready;
    for (const other of others) await other.say("mute");
    mutter(lin, "poison at once");
    await first.exited;
    let lives = 1;
    for (let dead = true; dead && lives <= 2 * ATTEMPTS; lives += 1) {
      const next = world.start({ killAt: "poison" });
      dead = await Promise.race([next.exited.then(() => true), next.quiet().then(() => false)]);
    }
    expect(lives).toBeLessThanOrEqual(ATTEMPTS + 1);
    expect(written(world, lin).map(({ text }) => text)).toEqual([SORRY]);
    for (const other of others) {
      expect(written(world, other).map(({ text, state }) => `${text} ${state}`)).toEqual(["You said: mute finished"]);
    }
  });
});
