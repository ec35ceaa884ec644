/** Long answers: each card is finished before it is too full to be drawn, and the text goes on in the next. */
import { createDingTalk } from "@openclaw-china/dingtalk";
import { expect, test } from "vitest";
import { stage } from "./edge/stage.ts";

/** Clients draw nothing of a finished card with more characters than these. */
const MAX_DRAWN_CHARS = 3_000;

const LINES = Array.from({ length: 700 }, (_, n) => `第${n}行`);
const WORDS = Array.from({ length: 1_500 }, (_, n) => `word${n}`);

test.each([
  ["many short lines, each of which grows by a line break", LINES, "\n"],
  ["one long paragraph", WORDS, " "],
] as const)("%s, streamed: several cards, none blank, nothing lost and nothing twice", async (_, pieces, between) => {
  const { sim, clock, start, drive } = await stage();
  await start({
    channels: [createDingTalk({ ...sim.app, thinking: "off" })],
    async *handler(turn) {
      for (let at = 0; at < pieces.length; at += 50) {
        yield pieces.slice(at, at + 50).join(between) + between;
        await clock.sleep(500, turn.signal);
      }
    },
  });
  const lin = sim.user("Lin");
  await lin.say("tell me everything");
  const cards = () => lin.screen().messages.filter(({ from }) => from !== lin.id);
  const said = (): readonly string[] => cards().flatMap(({ text }) => text.split(/\s+/).filter((word) => word !== ""));
  const isOver = (): boolean => cards().every(({ state }) => state === "finished") && said().at(-1) === pieces.at(-1);
  await drive(isOver, "it is answered to the end");
  expect(said()).toEqual(pieces);
  expect(cards().length).toBeGreaterThan(1);
  for (const { kind, text } of cards()) {
    expect(kind).toBe("card");
    expect(text).not.toBe("");
    expect(text.length).toBeLessThanOrEqual(MAX_DRAWN_CHARS);
  }
});

test("answered at once: the same", async () => {
  const { sim, start, drive } = await stage();
  await start({ channels: [createDingTalk({ ...sim.app, thinking: "off" })], handler: () => LINES.join("\n") });
  const lin = sim.user("Lin");
  await lin.say("tell me everything");
  const cards = () => lin.screen().messages.filter(({ from }) => from !== lin.id);
  await drive(() => cards().length > 1 && cards().every(({ state }) => state === "finished"), "it is answered");
  await drive(
    () =>
      cards()
        .at(-1)
        ?.text.endsWith(LINES.at(-1) ?? "") === true,
    "it has its end",
  );
  expect(cards().flatMap(({ text }) => text.split("\n").filter((line) => line !== ""))).toEqual(LINES);
});
