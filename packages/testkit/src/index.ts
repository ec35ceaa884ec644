/** Wire-level simulators of chat platforms, faults on demand, and a clock that moves when told to. */
export { fakeClock, type FakeClock } from "./clock.ts";
export { type LogLine, recorder, type Recorder } from "./recorder.ts";
export type {
  Fault,
  Place,
  Screen,
  Shown,
  SimulatedCall,
  SimulatedGroup,
  SimulatedUser,
  Simulator,
  SimulatorOptions,
} from "./simulator.ts";
export {
  createDingTalkSimulator,
  type DingTalkApp,
  type DingTalkSimulator,
  type DingTalkSimulatorOptions,
  type SimulatedBot,
} from "./dingtalk/simulator.ts";
export type { Ack, Push } from "./dingtalk/gateway.ts";
export type { Quota } from "./dingtalk/quotas.ts";
export type { RobotSettings, SimulatedRobot } from "./dingtalk/custom.ts";
export type { SimulatedWebhook, WebhookCall, WebhookSettings } from "./dingtalk/webhook.ts";
export {
  createWeComSimulator,
  type SimulatedWeComBot,
  type WeComApp,
  type WeComCallbackSettings,
  type WeComSimulator,
  type WeComSimulatorOptions,
} from "./wecom/simulator.ts";
export type { Feedback, WeComUser } from "./wecom/people.ts";
export type { SentFrame } from "./wecom/gateway.ts";
export type {
  CallbackCall,
  SimulatedApplication,
  SimulatedCallback,
  SimulatedCustomer,
  SimulatedKf,
  SimulatedWeComRobot,
} from "./wecom/kinds.ts";
