/** The group robots of a config file, by name; each is made when it is first used, and counts the messages of all who send. */
import type { Robot } from "@openclaw-china/core";
import { configError } from "@openclaw-china/core/internal";
import { createDingTalkRobot } from "@openclaw-china/dingtalk";
import type { RobotConfig } from "../config/file.ts";

export interface Robots {
  /** Throws `config_invalid` for a name that the file does not have. */
  robot(name: string): Robot;
  /** What waits is sent before. */
  close(): Promise<void>;
}

/** Throws `config_invalid` for settings that cannot be right. */
export function openRobots(configs: Readonly<Record<string, RobotConfig>>): Robots {
  const robots = new Map(Object.entries(configs).map(([name, one]) => [name, robotOf(one)]));
  return {
    robot: (name) => robots.get(name) ?? unknownRobot(name, [...robots.keys()]),
    async close() {
      await Promise.all([...robots.values()].map((robot) => robot.close()));
    },
  };
}

function robotOf({ access_token: accessToken, secret, keyword, endpoints, proxy }: RobotConfig): Robot {
  return createDingTalkRobot({
    accessToken,
    ...(secret === undefined ? {} : { secret }),
    ...(keyword === undefined ? {} : { keyword }),
    ...(endpoints?.oapi === undefined ? {} : { endpoints: { oapi: endpoints.oapi } }),
    ...(proxy === undefined ? {} : { proxy }),
  });
}

function unknownRobot(name: string, known: readonly string[]): never {
  const list = known.join(", ");
  throw configError(`there is no robot "${name}" in the config file`, {
    en: known.length === 0 ? "Add it under robots." : `Add it under robots, or use one of those there: ${list}.`,
    zh: known.length === 0 ? "请在 robots 中添加。" : `请在 robots 中添加,或改用已有的:${list}。`,
  });
}
