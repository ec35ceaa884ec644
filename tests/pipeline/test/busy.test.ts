/** A full inbox: not acknowledged, delivered again, and answered when there is room. */
import type { InboxEntry } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { expect, test } from "vitest";
import { createWorld } from "./world.ts";

/** Messages that wait for a bot which does not run here. */
function strangers(count: number): readonly InboxEntry[] {
  return Array.from({ length: count }, (_, n) => ({
    version: 1,
    key: `other:default:m${n}`,
    queue: "other:default",
    lane: "other:default:c1",
    inbound: {
      kind: "message",
      id: `m${n}`,
      channel: "other",
      account: "default",
      receivedAt: 0,
      raw: {},
      conversation: { kind: "direct", id: "c1", key: "other:default:c1" },
      sender: { id: "u1", isBot: false },
      text: "waits",
      mentions: [],
      mentionsSelf: true,
      mentionsAll: false,
      attachments: [],
    },
  }));
}

test("a message that finds the inbox full is not acknowledged; delivered again it is answered once there is room", async () => {
  await using world = await createWorld();
  const { sim } = world;
  const state = world.state("memory");
  const waiting = strangers(20_000);
  await Promise.all(waiting.map((entry) => state.inbox.offer(entry)));
  const bot = world.bot({
    channels: [createDingTalk({ ...sim.app, streaming: "off", thinking: "off" })],
    state,
    handler: (turn) => `answer to ${turn.text}`,
  });
  await bot.start();
  const lin = sim.user("Lin");
  let acknowledged = false;
  const saying = lin.say("hello").then(() => {
    acknowledged = true;
  });
  const busy = async (): Promise<number> => {
    const lines = await Promise.all(lin.screen().messages.map(({ id }) => bot.trace(id)));
    return lines.flat().filter(({ outcome }) => outcome === "busy").length;
  };
  await world.until(async () => (await busy()) === 1, "it is refused for now");
  expect(acknowledged).toBe(false);
  await world.until(async () => (await busy()) === 2, "it comes again, and is refused again");
  expect(acknowledged).toBe(false);

  await state.inbox.stop("other:default:c1", "recalled", { id: "m7" });
  await sim.redeliver();
  await saying;
  await world.until(() => world.written(lin).length > 0, "it is answered");
  await world.stop(bot, 1_000);
  expect(world.written(lin)).toEqual(["answer to hello"]);
});
