/** Where a card can stand. Pure. */
import type { Address, DeliveryOptions } from "@openclaw-china/core";
import type { ReplyTo } from "../inbound/normalise.ts";

/** The platform's name of a place. Undefined for a person outside the organisation, who cannot be shown a card. */
export function spaceOf(to: Address, options: Pick<DeliveryOptions, "replyTo">): string | undefined {
  if (to.kind === "group") return `dtv1.card//IM_GROUP.${to.id}`;
  const reply = options.replyTo as ReplyTo | undefined;
  if (reply === undefined) return to.id.startsWith("$:") ? undefined : `dtv1.card//IM_ROBOT.${to.id}`;
  return reply.staffId === undefined ? undefined : `dtv1.card//IM_ROBOT.${reply.staffId}`;
}
