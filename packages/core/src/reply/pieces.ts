/** A message as the pieces a platform takes. Pure. */
import type { Outbound } from "../model/outbound.ts";
import { split, type SplitLimits } from "./split.ts";

/** Text is split, and notifies people with its first piece only; everything else goes in one. */
export function splitOutbound(outbound: Outbound, limits: SplitLimits): readonly Outbound[] {
  if (outbound.kind !== "text" && outbound.kind !== "markdown") return [outbound];
  const { mentions, ...bare } = outbound;
  return split(outbound.text, limits).map((text, index) =>
    index === 0 && mentions !== undefined ? { ...bare, text, mentions } : { ...bare, text },
  );
}
