/** Every key of a group's robot does what its doc line says, on the platforms whose robots are not in the table of the file. */
import { createFeishuSimulator, createWeComSimulator, type Shown } from "@openclaw-china/testkit";
import { expect, test } from "vitest";
import * as z from "zod";
import { parseConfigFile } from "../../src/config/file.ts";
import { FEISHU } from "../../src/platforms/feishu.ts";
import type { Platform } from "../../src/platforms/platform.ts";
import { WECOM } from "../../src/platforms/wecom.ts";
import { openRobots } from "../../src/sending/robots.ts";
import { leavesOf } from "./leaves.ts";
import { type Effects, effectSuite } from "./table.ts";

/** A group with a robot that the file knows as `ops`. */
interface RobotStage extends AsyncDisposable {
  /** Sends by that robot, and what the group's newest message is then. */
  send(text: string, keys?: object, settings?: object): Promise<string>;
  calls(): readonly string[];
}

async function sendBy(config: object, text: string): Promise<void> {
  const { robots: configs } = parseConfigFile({ channels: {}, robots: { ops: config } });
  const robots = openRobots(configs);
  try {
    await robots.robot("ops").send({ kind: "text", text });
  } finally {
    await robots.close();
  }
}

const newest = (messages: readonly Shown[], id: string): string =>
  messages.findLast(({ from }) => from === id)?.text ?? "";

async function wecomStage(): Promise<RobotStage> {
  const sim = await createWeComSimulator();
  const lin = sim.user("Lin");
  const group = sim.group("Team", [lin]);
  const { id, key, endpoints } = sim.robot(group);
  return {
    async send(text, keys = {}) {
      await sendBy({ channel: "wecom", key, endpoints, ...keys }, text);
      return newest(lin.screen({ group }).messages, id);
    },
    calls: () => sim.calls.map(({ name }) => name),
    [Symbol.asyncDispose]: () => sim.close(),
  };
}

async function feishuStage(): Promise<RobotStage> {
  const sim = await createFeishuSimulator();
  const lin = sim.user("Lin");
  const group = sim.group("Team", [lin]);
  return {
    async send(text, keys = {}, settings = {}) {
      const { id, ...given } = sim.robot(group, settings);
      await sendBy({ channel: "feishu", ...given, ...keys }, text);
      return newest(lin.screen({ group, bot: { id } }).messages, id);
    },
    calls: () => sim.calls.map(({ name }) => name),
    [Symbol.asyncDispose]: () => sim.close(),
  };
}

const NOWHERE = { endpoints: { api: "nowhere" } };

const WECOM_ROBOT: Effects<RobotStage> = {
  async key(stage) {
    expect(await stage.send("disk full")).toBe("disk full");
    await expect(stage.send("never seen", { key: "unknown" })).rejects.toMatchObject({ code: "credentials_rejected" });
  },
  async "endpoints.api"(stage) {
    await stage.send("there");
    expect(stage.calls()).toHaveLength(1);
    await expect(stage.send("never seen", NOWHERE)).rejects.toThrow(/robots\.ops\.endpoints\.api/);
  },
};

const FEISHU_ROBOT: Effects<RobotStage> = {
  async token(stage) {
    expect(await stage.send("disk full")).toBe("disk full");
    await expect(stage.send("never seen", { token: "unknown" })).rejects.toMatchObject({
      code: "credentials_rejected",
    });
  },
  async secret(stage) {
    const signed = { isSigned: true };
    expect(await stage.send("signed", {}, signed)).toBe("signed");
    for (const secret of ["wrong", undefined]) {
      await expect(stage.send("never seen", { secret }, signed)).rejects.toMatchObject({ platform: { code: "19021" } });
    }
  },
  async keyword(stage) {
    const guarded = { keywords: ["alert"] };
    expect(await stage.send("disk full", { keyword: "alert" }, guarded)).toMatch(/^disk full\s+alert$/);
    await expect(stage.send("never seen", {}, guarded)).rejects.toMatchObject({ platform: { code: "19024" } });
  },
  async domain(stage) {
    expect(await stage.send("both have robots", { domain: "lark" })).toBe("both have robots"); // endpoints goes before it
    await expect(stage.send("never seen", { domain: "slack" })).rejects.toThrow(/robots\.ops\.domain/);
  },
  async "endpoints.api"(stage) {
    await stage.send("there");
    expect(stage.calls()).toEqual(["bot/hook"]);
    await expect(stage.send("never seen", NOWHERE)).rejects.toThrow(/robots\.ops\.endpoints\.api/);
  },
};

/** Blocks of keys are no keys with an effect; `endpoints` is said, and `endpoints.api` does it. */
const keysOf = ({ robot }: Platform): readonly string[] =>
  robot.keys.map(({ key }) => key).filter((key) => !robot.keys.some((one) => one.key.startsWith(`${key}.`)));
const saysOf =
  ({ robot }: Platform) =>
  (key: string): string | undefined =>
    robot.keys.find((one) => one.key === key)?.en;

effectSuite({
  name: "robots of WeCom",
  keys: keysOf(WECOM),
  says: saysOf(WECOM),
  effects: WECOM_ROBOT,
  open: wecomStage,
});
effectSuite({
  name: "robots of Feishu",
  keys: keysOf(FEISHU),
  says: saysOf(FEISHU),
  effects: FEISHU_ROBOT,
  open: feishuStage,
});

test.each([WECOM, FEISHU])("the schema of $id's robots and their doc lines know the same keys", (platform) => {
  const shared = new Set(["channel", "proxy"]); // in the table of the file
  const { schema } = platform.robot;
  const known = leavesOf(z.toJSONSchema(schema, { io: "input" })).filter((key) => !shared.has(key));
  expect(known.toSorted()).toEqual([...keysOf(platform)].toSorted());
});
