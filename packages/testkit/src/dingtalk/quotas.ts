/** Calls a second per app and interface, and calls a month per organisation. */
import type { Clock } from "@openclaw-china/core";

export interface Quota {
  /** Default 20, as in the standard edition. */
  readonly perSecond?: number;
  /** Default unlimited; the standard edition has 10,000. */
  readonly perMonth?: number;
}

export interface Quotas {
  set(quota: Quota): void;
  /** The error of a call that is too many, which is then not executed. */
  take(app: string, name: string): string | undefined;
}

export function createQuotas(clock: Clock): Quotas {
  const recent = new Map<string, number[]>();
  let limit: Required<Quota> = { perSecond: 20, perMonth: Infinity };
  let taken = 0;
  return {
    set(quota) {
      limit = { ...limit, ...quota };
      taken = 0;
    },
    take(app, name) {
      const key = `${app} ${name}`;
      const now = clock.now();
      const window = (recent.get(key) ?? []).filter((at) => at > now - 1_000);
      recent.set(key, window);
      if (window.length >= limit.perSecond) return "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
      if (taken >= limit.perMonth) return "Forbidden.AccessDenied.ApiCountLimitForOrg";
      window.push(now);
      taken += 1;
      return undefined;
    },
  };
}
