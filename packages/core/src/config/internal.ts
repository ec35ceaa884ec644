/** Third door: what `config.ts` of the channels is made of. A build entry of its own, because it loads zod/mini. */
export { channelBlock, checkDistinct } from "./accounts.ts";
export type { Account, ChannelBlock, ConfigKey } from "./accounts.ts";
export { key } from "./block.ts";
export type { Keys } from "./block.ts";
export type { AccountRouting } from "./routing.ts";
export { address, choice, flag, id, object, text, textOf } from "./kinds.ts";
export type { Kind } from "./kinds.ts";
