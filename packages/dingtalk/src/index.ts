/** DingTalk (钉钉) as a channel of `@openclaw-china/core`. */

export { createDingTalk } from "./channel.ts";
export { createDingTalkRobot } from "./robot.ts";
export type { DingTalkOptions } from "./options.ts";
export type { DingTalkRobotOptions } from "./robot.ts";
