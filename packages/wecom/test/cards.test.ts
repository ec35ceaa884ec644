/** Cards end to end over the long connection: asked, pressed by the wrong and the right person, decided on the screen. */
import { type Bot, type Card, createBot, type Handler } from "@openclaw-china/core";
import { createWeComSimulator, type WeComSimulator } from "@openclaw-china/testkit";
import { expect, onTestFinished, test } from "vitest";
import { createWeCom } from "../src/index.ts";

const yes = { id: "yes", label: "批准", style: "primary" } as const;
const no = { id: "no", label: "拒绝" } as const;

async function open(handler: Handler): Promise<{ readonly sim: WeComSimulator; readonly bot: Bot }> {
  const sim = await createWeComSimulator();
  onTestFinished(() => sim.close());
  const bot = createBot({ channels: [createWeCom({ ...sim.app, thinking: "off" })], handler });
  onTestFinished(() => bot.stop({ timeoutMs: 1_000 }));
  await bot.start();
  return { sim, bot };
}

test("who was asked decides; somebody else is told, and changes nothing", async () => {
  const card: Card = { kind: "card", title: "部署 v2?", text: "版本 **2**", buttons: [yes, no] };
  const { sim } = await open(async (turn) => {
    const answer = await turn.ask(card);
    return answer.outcome === "pressed" ? `选择了 ${answer.button}` : "没有回答";
  });
  const [lin, zhao] = [sim.user("Lin"), sim.user("Zhao")];
  const group = sim.group("发布", [lin, zhao]);
  const screen = lin.screen({ group });
  await lin.say("部署", { group });
  const shown = await screen.next();
  expect(shown.text).toContain("部署 v2?");
  expect(shown.text).toContain("版本 2");
  expect(shown.buttons.map(({ label }) => label)).toEqual(["批准", "拒绝"]);
  await zhao.press(shown, "yes");
  expect(screen.messages.find(({ id }) => id === shown.id)?.buttons).toHaveLength(2);
  await lin.press(shown, "yes");
  expect((await screen.next()).text).toBe("选择了 yes");
  const labels = (): readonly string[] =>
    screen.messages.find(({ id }) => id === shown.id)?.buttons.map(({ label }) => label) ?? [];
  await expect.poll(labels, { timeout: 10_000 }).toEqual([expect.stringMatching(/^✅ 批准 · /)]);
});

test("what was chosen above the buttons comes along", async () => {
  const city = {
    kind: "select",
    id: "city",
    label: "城市",
    options: [
      { id: "sh", label: "上海" },
      { id: "bj", label: "北京" },
    ],
  } as const;
  const { sim } = await open(async (turn) => {
    const answer = await turn.ask({ kind: "card", title: "去哪里?", inputs: [city], buttons: [yes, no] });
    return answer.outcome === "pressed" ? JSON.stringify(answer.values) : "没有回答";
  });
  const lin = sim.user("Lin");
  await lin.say("出发");
  const shown = await lin.screen().next();
  await lin.press(shown, "yes", { city: "bj" });
  expect((await lin.screen().next()).text).toContain('"city":"bj"');
});

test("a long text stands in front of its card, whole", async () => {
  const text = `很长的说明。${"一二三四五六七八九十".repeat(20)}。完`;
  const { sim } = await open((turn) =>
    turn.text === "?" ? { kind: "card", title: "看完再决定", text, buttons: [yes] } : undefined,
  );
  const lin = sim.user("Lin");
  await lin.say("?");
  const lead = await lin.screen().next();
  expect(lead.text).toContain(text);
  const card = await lin.screen().next();
  expect(card.kind).toBe("card");
  expect(card.text).toContain("看完再决定");
});

test("files, by chunks over the connection; what is no voice of WeCom's goes as a file with a line under it", async () => {
  const { sim } = await open((turn) => ({
    kind: "media",
    file:
      turn.text === "大"
        ? new File([new Uint8Array(1_200_000).fill(7)], "数据.bin")
        : new File(["ID3 a song"], "歌.mp3"),
    ...(turn.text === "大" ? {} : { media: "voice" as const }),
  }));
  const lin = sim.user("Lin");
  await lin.say("大");
  expect(await lin.screen().next()).toMatchObject({ kind: "media", file: { name: "数据.bin", size: 1_200_000 } });
  expect(sim.frames.length).toBeGreaterThan(6);
  await lin.say("歌");
  expect(await lin.screen().next()).toMatchObject({ kind: "media", file: { name: "歌.mp3" } });
  expect((await lin.screen().next()).text).toContain("amr");
});
