/** Late messages: platforms redeliver for hours, and an answer to yesterday's question helps nobody. */
import type { Inbound } from "../model/inbound.ts";

/** True when the platform says when the inbound was sent, and that is longer ago than `maxAgeMs`. */
export function isTooOld(inbound: Inbound, nowMs: number, maxAgeMs: number): boolean {
  return inbound.sentAt !== undefined && nowMs - inbound.sentAt > maxAgeMs;
}
