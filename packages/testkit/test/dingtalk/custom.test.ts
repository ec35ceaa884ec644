/** Custom robots of the simulated groups: who may write, how often, and what people see. */
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  fakeClock,
  type FakeClock,
  type SimulatedGroup,
  type SimulatedRobot,
  type SimulatedUser,
} from "../../src/index.ts";
import { call, type Json } from "./client.ts";

let clock: FakeClock;
let sim: DingTalkSimulator;
let lin: SimulatedUser;
let ops: SimulatedGroup;
beforeEach(async () => {
  clock = fakeClock();
  sim = await createDingTalkSimulator({ clock });
  lin = sim.user("Lin");
  ops = sim.group("Ops", [lin]);
});
afterEach(() => sim.close());

function signed({ secret = "" }: SimulatedRobot, timestamp = clock.now()): string {
  const sign = createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");
  return `&timestamp=${timestamp}&sign=${encodeURIComponent(sign)}`;
}

async function write(robot: SimulatedRobot, body: unknown, query = signed(robot)): Promise<Json> {
  const path = `${robot.endpoints.oapi}/robot/send?access_token=${robot.accessToken}${query}`;
  const { status, json } = await call(sim.app, { path, body });
  expect(status).toBe(200);
  return json;
}

const text = (content: string): object => ({ msgtype: "text", text: { content } });
const OK = { errcode: 0, errmsg: "ok" };

describe("security settings", () => {
  test("a signature, good for an hour", async () => {
    const robot = sim.robot(ops);
    expect(robot.secret).toMatch(/^SEC\w{64}$/);
    expect(await write(robot, text("hello"))).toEqual(OK);
    expect(await write(robot, text("hello"), "")).toEqual({ errcode: 310_000, errmsg: "sign not match" });
    const old = signed(robot);
    await clock.advance(3_600_000);
    expect(await write(robot, text("hello"), old)).toEqual(OK);
    await clock.advance(1);
    expect(await write(robot, text("hello"), old)).toMatchObject({ errcode: 310_000 });
    expect(await write(robot, text("hello"), signed({ ...robot, secret: "SECwrong" }))).toMatchObject({
      errcode: 310_000,
    });
  });

  test("keywords: one of them in the message, and no signature", async () => {
    const robot = sim.robot(ops, { keywords: ["告警", "alert"] });
    expect(robot.secret).toBeUndefined();
    expect(await write(robot, text("an alert"), "")).toEqual(OK);
    expect(await write(robot, text("hello"), "")).toEqual({ errcode: 310_000, errmsg: "keywords not in content" });
  });

  test("addresses, and tokens that nobody has given", async () => {
    const barred = sim.robot(ops, { isAddressBarred: true });
    expect((await write(barred, text("hello")))["errmsg"]).toContain("not in whitelist");
    expect(await write({ ...barred, accessToken: "0".repeat(64) }, text("hello"))).toMatchObject({ errcode: 400_101 });
  });
});

test("what the group sees: text, markdown, action cards with links; each robot under its own id", async () => {
  const [one, two] = [sim.robot(ops), sim.robot(ops)];
  await write(one, text("hello"));
  await write(one, { msgtype: "markdown", markdown: { title: "t", text: "**bold**" } });
  const btns = [{ title: "Log", actionURL: "https://example.com/log" }];
  await write(two, { msgtype: "actionCard", actionCard: { title: "Release", text: "v2", btns } });
  const seen = lin.screen({ group: ops }).messages.map(({ from, kind, text: shown }) => [from, kind, shown]);
  expect(seen).toEqual([
    [one.id, "text", "hello"],
    [one.id, "markdown", "**bold**"],
    [two.id, "markdown", "Release\nv2"],
  ]);
  const card = await lin.screen({ group: ops, bot: two }).next();
  expect(card.buttons).toEqual([{ id: "https://example.com/log", label: "Log" }]);
  expect(await write(one, { msgtype: "file", file: {} })).toMatchObject({ errcode: 401_102 });
  expect(await write(one, text("x".repeat(20_000)))).toMatchObject({ errcode: 460_101 });
});

test("the 21st message of a minute mutes the robot for ten, and only that one", async () => {
  const [robot, other] = [sim.robot(ops), sim.robot(ops)];
  for (let n = 0; n < 20; n += 1) expect(await write(robot, text(`message ${n}`))).toEqual(OK);
  expect(await write(robot, text("one more"))).toMatchObject({ errcode: 130_101 });
  await clock.advance(599_999);
  expect(await write(robot, text("still muted"))).toMatchObject({ errcode: 130_101 });
  expect(await write(other, text("not muted"))).toEqual(OK);
  await clock.advance(1);
  expect(await write(robot, text("again"))).toEqual(OK);
});
