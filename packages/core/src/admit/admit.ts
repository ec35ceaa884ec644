/** The first gate: pure, and before the write, so that what is refused costs nothing. */
import { isTooOld } from "../ingress/age.ts";
import type { AccessOptions } from "../model/capabilities.ts";
import type { Inbound } from "../model/inbound.ts";
import { checkAccess, type Refusal } from "./access.ts";

/** Undefined: admitted. Only people's messages and presses are subject to access; what the platform tells us is not. */
export function admit(
  inbound: Inbound,
  options: { readonly access: AccessOptions; readonly nowMs: number; readonly maxAgeMs: number },
): Refusal {
  if (isTooOld(inbound, options.nowMs, options.maxAgeMs)) {
    const ageMs = options.nowMs - (inbound.sentAt ?? options.nowMs);
    return { rule: "max_age_ms", detail: `sent ${Math.round(ageMs / 1000)} s ago` };
  }
  if (inbound.sender?.isSelf === true) return { rule: "self", detail: "the bot's own message" };
  if (inbound.kind === "message" || inbound.kind === "action") return checkAccess(options.access, inbound);
  return undefined;
}
