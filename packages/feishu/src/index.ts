/** Feishu (飞书) and Lark as a channel of `@openclaw-china/core`. */

export { createFeishu } from "./channel.ts";
export type { FeishuOptions } from "./options.ts";
export { createFeishuRobot } from "./robot.ts";
export type { FeishuRobotOptions } from "./robot.ts";
