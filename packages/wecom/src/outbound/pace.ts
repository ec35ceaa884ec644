/**
 * How often messages may leave. A conversation takes 30 a minute and 1,000 an hour, answers and messages of ours together;
 * a member takes as many from an application, which drops the excess without a word. Frames of a growing answer do not count.
 */
import type { Clock } from "@openclaw-china/core";
import { createLimiters } from "@openclaw-china/core/internal";
import { wecomError } from "../errors.ts";

/** Thirteen at once, then one in 3.7 s: 29 in any minute, 985 in any hour. */
const PER_SECOND = 0.27;
const BURSTS = { chat: 13, member: 8 } as const;
/** Conversations remembered as held. */
const REMEMBERED = 1_000;

export interface Pace {
  /** Resolves when a message may leave. Rejects with `rate_limited` (not sent) while the platform wants none. */
  take(of: keyof typeof BURSTS, name: string, signal: AbortSignal): Promise<void>;
  /** The platform has refused a message there: nothing leaves for `ms`. */
  hold(of: keyof typeof BURSTS, name: string, ms: number): void;
}

export function createPace(clock: Clock): Pace {
  const chat = createLimiters({ clock, perSecond: PER_SECOND, burst: BURSTS.chat, maxBuckets: REMEMBERED });
  const member = createLimiters({ clock, perSecond: PER_SECOND, burst: BURSTS.member, maxBuckets: REMEMBERED });
  const held = new Map<string, number>();
  return {
    async take(of, name, signal) {
      const leftMs = (held.get(`${of} ${name}`) ?? 0) - clock.now();
      if (leftMs > 0) throw heldError(leftMs);
      await (of === "chat" ? chat : member).bucket(name).take(signal);
    },
    hold(of, name, ms) {
      if (held.size >= REMEMBERED) held.clear();
      held.set(`${of} ${name}`, clock.now() + ms);
    },
  };
}

function heldError(leftMs: number): Error {
  return wecomError("throttled", {
    message: `WeCom takes no more messages for this chat for ${Math.ceil(leftMs / 1_000)} s (30 a minute, 1,000 an hour)`,
    verdict: { kind: "retryLater", afterMs: leftMs },
    fix: { en: "It is repeated later by itself.", zh: "稍后会自动重试。" },
  });
}
