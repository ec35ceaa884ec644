/** A group's custom bot on the simulator. */
import { createFeishuSimulator, type FeishuSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createFeishuRobot, type FeishuRobotOptions } from "../src/index.ts";
import { robotBody } from "../src/outbound/robot-body.ts";

let sim: FeishuSimulator;
beforeEach(async () => {
  sim = await createFeishuSimulator();
});
afterEach(() => sim.close());

function robotOf(options: FeishuRobotOptions) {
  const robot = createFeishuRobot(options);
  onTestFinished(() => robot.close());
  return robot;
}

test("signed, with a keyword: texts, markdown and cards with links are seen in the group", async () => {
  const lin = sim.user("Lin");
  const group = sim.group("Ops", [lin]);
  const { id, ...given } = sim.robot(group, { isSigned: true, keywords: ["alarm"] });
  const robot = robotOf({ ...given, keyword: "alarm" });
  await robot.send({ kind: "text", text: "a < b" });
  await robot.send("**disk** full");
  await robot.send({ kind: "card", title: "Plan", buttons: [{ url: "https://example.com", label: "Open" }] });
  const screen = lin.screen({ group, bot: { id } });
  const texts = [await screen.next(), await screen.next(), await screen.next()].map(({ text }) => text);
  expect(texts[0]).toContain("a < b");
  expect(texts[1]).toContain("disk");
  expect(texts[2]).toContain("Plan");
  for (const text of texts) expect(text).toContain("alarm");
});

test.each([
  [{ isSigned: true }, { secret: "wrong" }],
  [{ keywords: ["alarm"] }, {}],
  [{ isAddressBarred: true }, {}],
])("refused with what to do: %j", async (settings, more) => {
  const group = sim.group("Ops", [sim.user("Lin")]);
  const { id: _, ...given } = sim.robot(group, settings);
  await expect(robotOf({ ...given, ...more }).send("hello")).rejects.toMatchObject({
    outcome: "refused",
    fix: { en: expect.stringMatching(/\w/), zh: expect.stringMatching(/[一-鿿]/) },
  });
});

test("what it cannot do is refused before anything is sent", async () => {
  const robot = robotOf({ token: "00000000-0000-0000-0000-000000000000" });
  const card = { kind: "card", title: "x", buttons: [{ id: "a", label: "A" }] } as const;
  await expect(robot.send(card)).rejects.toMatchObject({ code: "unsupported" });
  await expect(robotOf({ token: undefined }).send("x")).rejects.toMatchObject({ code: "secret_missing" });
  expect(() => createFeishuRobot({ token: "https://open.feishu.cn/open-apis/bot/v2/hook/a" })).toThrow(/whole address/);
  expect(() => robotBody({ kind: "text", text: "字".repeat(10_000) }, undefined)).toThrow(/at most 20000/);
});
