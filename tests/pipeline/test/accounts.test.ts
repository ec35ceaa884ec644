/** Accounts in one process do not touch each other: connections, tokens, duplicates, lanes, errors. */
import { createDingTalk } from "@openclaw-china/dingtalk";
import type { SimulatedBot } from "@openclaw-china/testkit";
import { expect, test } from "vitest";
import { createWorld, type World } from "./world.ts";

async function twoAccounts(world: World): Promise<{ readonly sales: SimulatedBot; readonly support: SimulatedBot }> {
  return { sales: world.sim.bot("Sales"), support: world.sim.bot("Support") };
}

const channel = (account: string, { app }: SimulatedBot) =>
  createDingTalk({ ...app, account, streaming: "off", thinking: "off" });

test("one group message that mentions two bots comes to both under the same id: both answer, once each", async () => {
  await using world = await createWorld();
  const { sales, support } = await twoAccounts(world);
  const lin = world.sim.user("Lin");
  const group = world.sim.group("Both", [lin]);
  const ids: string[] = [];
  const bot = world.bot({
    channels: [channel("sales", sales), channel("support", support)],
    state: world.state("file"),
    handler: (turn) => {
      ids.push(turn.id);
      return `${turn.account} answers ${turn.text}`;
    },
  });
  await bot.start();
  const twice = world.sim.fault({ kind: "duplicate" });
  await lin.say("hello", { group, mention: [sales, support] });
  twice[Symbol.dispose]();
  const written = (of: SimulatedBot): readonly string[] => world.written(lin, { group, bot: of });
  await world.until(() => written(sales).length + written(support).length >= 2, "both answer");
  await world.stop(bot, 1_000);
  expect(written(sales)).toEqual(["sales answers hello"]);
  expect(written(support)).toEqual(["support answers hello"]);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test("each account has its own connection and lanes: one hangs and loses its connection, the other serves", async () => {
  await using world = await createWorld();
  const { sales, support } = await twoAccounts(world);
  const lin = world.sim.user("Lin");
  const bot = world.bot({
    channels: [channel("sales", sales), channel("support", support)],
    state: world.state("memory"),
    handler: (turn) => (turn.account === "sales" ? new Promise(() => undefined) : `answer to ${turn.text}`),
  });
  await bot.start();
  expect([world.sim.connections(sales), world.sim.connections(support)]).toEqual([1, 1]);
  await lin.say("one", { bot: sales });
  await lin.say("two", { bot: support });
  await world.until(() => world.written(lin, { bot: support }).length === 1, "support answers");
  world.sim.disconnect(sales);
  await lin.say("three", { bot: support });
  await world.until(() => world.written(lin, { bot: support }).length === 2, "support answers again");
  expect(world.written(lin, { bot: support })).toEqual(["answer to two", "answer to three"]);
  expect(world.written(lin, { bot: sales })).toEqual([]);
});

test("two bots in one process, each with an account, share nothing", async () => {
  await using world = await createWorld();
  const { sales, support } = await twoAccounts(world);
  const lin = world.sim.user("Lin");
  const group = world.sim.group("Both", [lin]);
  const bots = [sales, support].map((of) =>
    world.bot({
      channels: [channel("default", of)],
      state: world.state("memory"),
      handler: (turn) => `${of.name} answers ${turn.text}`,
    }),
  );
  for (const bot of bots) await bot.start();
  await lin.say("hello", { group, mention: [sales, support] });
  const written = (of: SimulatedBot): readonly string[] => world.written(lin, { group, bot: of });
  await world.until(() => written(sales).length + written(support).length >= 2, "both answer");
  expect([...written(sales), ...written(support)]).toEqual(["Sales answers hello", "Support answers hello"]);
  await world.stop(bots[0] as (typeof bots)[number], 0);
  expect([world.sim.connections(sales), world.sim.connections(support)]).toEqual([0, 1]);
});
