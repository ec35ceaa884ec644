/** The group robots of a config file, by name; each is made when it is first used, and counts the messages of all who send. */
import type { Robot } from "@openclaw-china/core";
import { configError } from "@openclaw-china/core/internal";
import type { RobotConfig } from "../platforms/platform.ts";
import { platformOf } from "../platforms/platforms.ts";

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

function robotOf(config: RobotConfig): Robot {
  const platform = platformOf(config.channel);
  if (platform === undefined) throw new Error(`the schema let a robot of "${config.channel}" pass`);
  return platform.robot.open(config);
}

function unknownRobot(name: string, known: readonly string[]): never {
  const list = known.join(", ");
  throw configError(`there is no robot "${name}" in the config file`, {
    en: known.length === 0 ? "Add it under robots." : `Add it under robots, or use one of those there: ${list}.`,
    zh: known.length === 0 ? "请在 robots 中添加。" : `请在 robots 中添加,或改用已有的:${list}。`,
  });
}
