/** Second door, for sibling packages (channels, gateway, OpenClaw wiring). No promise is made here. */

// model
export { formatAddress } from "./model/address.ts";
export type { InboundOf } from "./model/inbound.ts";

// errors, time, log
export { abortedError, channelError, closedError, configError } from "./errors.ts";
export type { ErrorFacts } from "./errors.ts";
export { systemClock } from "./clock.ts";
export { redact, silentLogger } from "./log.ts";
