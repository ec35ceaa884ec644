/** What a corporation has besides bots, as tests see it. */
export type { SimulatedApplication } from "./app-side.ts";
export type { SimulatedCallback } from "./callback-mode.ts";
export type { SimulatedCustomer, SimulatedKf } from "./kf-kinds.ts";
export type { CallbackCall } from "./posts.ts";
export type { SimulatedWeComRobot } from "./robot.ts";
