/** Testing one's own bot: the simulator speaks the platform's protocol, the bot under test is the real one. */
import { expect, test } from "vitest";
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator } from "@openclaw-china/testkit";

test("streams one answer, also when the platform delivers twice", async () => {
  await using sim = await createDingTalkSimulator();
  await using bot = createBot({
    channels: [createDingTalk(sim.app)],
    handler: async function* (turn) {
      yield "You said: ";
      yield turn.text;
    },
  });
  await bot.start();

  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  using _twice = sim.fault({ kind: "duplicate" });
  await lin.say("hello", { group: sales });

  const answer = await lin.screen({ group: sales }).next();
  expect(answer).toMatchObject({ kind: "card", state: "finished", text: "You said: hello" });
  expect(lin.screen({ group: sales }).messages.filter((shown) => shown.from !== lin.id)).toHaveLength(1);
});
