/** What the platform lets through: a second and a minute per app and interface, a second per chat, a month per tenant. */
import type { Clock } from "@openclaw-china/core";
import type { Chat } from "./tenant.ts";

/** What a bot may do; what is left out stays as it is. */
export interface FeishuQuota {
  /** Per app and interface. Default 50. */
  readonly perSecond?: number;
  /** Per app and interface. Default 1,000. */
  readonly perMinute?: number;
  /** Messages to one chat. Default 5, as on the platform. */
  readonly perChat?: number;
  /** Operations on one card entity. Default 10. */
  readonly perCard?: number;
  /** Calls of the tenant. Default unlimited; free editions have 10,000. */
  readonly perMonth?: number;
}

export interface Limits {
  set(quota: FeishuQuota): void;
  /** The error of a call that is too many, which is then not executed. */
  takeCall(appId: string, name: string): string | undefined;
  takeChat(chat: Chat): boolean;
  takeCard(cardId: string): boolean;
  /** So many in a second. */
  take(key: string, perSecond: number): boolean;
  /** Calls that counted for the month. */
  counted(): number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

export function createLimits(clock: Clock): Limits {
  const recent = new Map<string, number[]>();
  let limit: Required<FeishuQuota> = { perSecond: 50, perMinute: 1_000, perChat: 5, perCard: 10, perMonth: Infinity };
  let count = 0;
  let free = 0;

  const windowOf = (key: string, ms: number): number[] => {
    const window = (recent.get(key) ?? []).filter((at) => at > clock.now() - ms);
    recent.set(key, window);
    return window;
  };
  const take = (key: string, perSecond: number): boolean => {
    const window = windowOf(key, SECOND_MS);
    if (window.length >= perSecond) return false;
    window.push(clock.now());
    return true;
  };

  return {
    set(quota) {
      limit = { ...limit, ...quota };
      free = count;
    },
    takeCall(appId, name) {
      const minute = windowOf(`${appId} ${name}`, MINUTE_MS);
      const second = minute.filter((at) => at > clock.now() - SECOND_MS);
      const next = (all: readonly number[], ms: number): string =>
        String(Math.max(1, Math.ceil(((all[0] ?? clock.now()) + ms - clock.now()) / SECOND_MS)));
      if (second.length >= limit.perSecond) return `99991400 ${next(second, SECOND_MS)}`;
      if (minute.length >= limit.perMinute) return `99991400 ${next(minute, MINUTE_MS)}`;
      if (count - free >= limit.perMonth) return "99991403";
      minute.push(clock.now());
      count += 1;
      return undefined;
    },
    takeChat: ({ id }) => take(`chat ${id}`, limit.perChat),
    takeCard: (cardId) => take(`card ${cardId}`, limit.perCard),
    take,
    counted: () => count,
  };
}
