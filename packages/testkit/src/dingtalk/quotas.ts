/** Calls a second per app and interface, calls a month per organisation, messages a minute to one person. */
import type { Clock } from "@openclaw-china/core";

export interface Quota {
  /** Default 20, as in the standard edition. */
  readonly perSecond?: number;
  /** Default unlimited; the standard edition has 10,000. */
  readonly perMonth?: number;
  /** Direct messages to one person in a minute. Default unlimited: the platform's number is not published. */
  readonly perPerson?: number;
}

export interface Quotas {
  set(quota: Quota): void;
  /** The error of a call that is too many, which is then not executed. */
  take(app: string, name: string): string | undefined;
  /** False: flow control holds a message to this person back. */
  takePerson(app: string, person: string): boolean;
}

export function createQuotas(clock: Clock): Quotas {
  const recent = new Map<string, number[]>();
  let limit: Required<Quota> = { perSecond: 20, perMonth: Infinity, perPerson: Infinity };
  let taken = 0;

  /** The calls of one kind within the time; a further one is added by whoever takes it. */
  const windowOf = (key: string, ms: number): number[] => {
    const window = (recent.get(key) ?? []).filter((at) => at > clock.now() - ms);
    recent.set(key, window);
    return window;
  };

  return {
    set(quota) {
      limit = { ...limit, ...quota };
      taken = 0;
    },
    take(app, name) {
      const window = windowOf(`${app} ${name}`, 1_000);
      if (window.length >= limit.perSecond) return "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
      if (taken >= limit.perMonth) return "Forbidden.AccessDenied.ApiCountLimitForOrg";
      window.push(clock.now());
      taken += 1;
      return undefined;
    },
    takePerson(app, person) {
      const window = windowOf(`person ${app} ${person}`, 60_000);
      if (window.length >= limit.perPerson) return false;
      window.push(clock.now());
      return true;
    },
  };
}
