/** Every platform the gateway speaks, in the order of its documents. A new one is a line here and a file beside this one. */
import { DINGTALK } from "./dingtalk.ts";
import type { Platform } from "./platform.ts";
import { WECOM } from "./wecom.ts";

export const PLATFORMS: readonly [Platform, ...Platform[]] = [DINGTALK, WECOM];

/** By the key of its block. */
export function platformOf(id: string): Platform | undefined {
  return PLATFORMS.find((one) => one.id === id);
}
