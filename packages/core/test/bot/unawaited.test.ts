/** Replies nobody waited for: they belong to the turn all the same. */
import { describe, expect, test } from "vitest";
import { stages } from "../stage/stage.ts";

const { open } = stages();

describe("a reply", () => {
  test.each<[string, (reply: Promise<unknown>) => Promise<unknown> | undefined]>([
    ["nobody waited for", () => undefined],
    ["whose failure was swallowed", (reply) => reply.catch(() => "so be it")],
  ])("one %s survives a platform that is away for long; the handler is not run again", async (_name, waits) => {
    let runs = 0;
    const { say, idle, platform, clock } = await open({
      handler: async (turn) => {
        runs += 1;
        await waits(turn.reply("patience"));
      },
    });
    let away = true;
    platform.judge = (name) => (away && name === "send" ? { outcome: "not_sent" } : undefined);
    await say("x");
    await clock.advance(1_200_000); // longer than one attempt is patient
    expect(platform.texts()).toEqual([]);
    away = false;
    await idle(1_000);
    expect(platform.texts()).toEqual(["patience"]);
    expect(runs).toBe(1);
  });
});
