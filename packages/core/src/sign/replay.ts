/**
 * Limits what a captured signature is good for, where a signature covers the time of a request and not its body. Honestly:
 * - The same message again is let through; the inbox knows it as a duplicate, which the sender must be told.
 * - A platform signs several messages of one moment alike, so another message under the same signature is no proof of fraud.
 *   What is refused is the number that no platform reaches: a captured signature lets in so many forged messages, not
 *   thousands.
 * - It is the memory of one process. TLS is what keeps a signature from being captured.
 */
import type { Clock } from "../clock.ts";
import { sha256Hex } from "./digest.ts";

export interface ReplayGuard {
  /** False: this signature has carried too many different messages. Ask only once the signature itself is found right. */
  admits(signature: string, messageId: string): boolean;
}

export interface ReplayOptions {
  readonly clock: Pick<Clock, "now">;
  /** For how long a signature is valid; what is older is forgotten. */
  readonly windowMs: number;
  /** Different messages that one signature may carry. Default 100. */
  readonly maxMessages?: number;
  /** Signatures remembered at most; beyond, the oldest are forgotten. Default 10,000. */
  readonly maxSignatures?: number;
}

export function createReplayGuard(options: ReplayOptions): ReplayGuard {
  const { clock, windowMs, maxMessages = 100, maxSignatures = 10_000 } = options;
  const seen = new Map<string, { readonly since: number; readonly messages: Set<string> }>(); // oldest first

  const forget = (now: number): void => {
    for (const [signature, { since }] of seen) {
      if (seen.size < maxSignatures && now - since <= 2 * windowMs) return; // valid that long, counted from either side
      seen.delete(signature);
    }
  };

  return {
    admits(signature, messageId) {
      const id = sha256Hex(messageId); // of one length, whatever a forged body calls itself
      const known = seen.get(signature);
      if (known === undefined) {
        const now = clock.now();
        forget(now);
        seen.set(signature, { since: now, messages: new Set([id]) });
        return true;
      }
      if (known.messages.has(id)) return true;
      if (known.messages.size >= maxMessages) return false;
      known.messages.add(id);
      return true;
    },
  };
}
