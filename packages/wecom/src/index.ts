/** WeCom (企业微信) as a channel of `@openclaw-china/core`. */

export { createWeCom } from "./channel.ts";
export { createWeComRobot } from "./robot.ts";
export type { WeComOptions } from "./options.ts";
export type { WeComRobotOptions } from "./robot.ts";
