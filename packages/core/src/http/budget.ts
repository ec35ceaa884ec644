/**
 * Calls that a platform counts by the month: how fast a growing message may change while a budget for them lasts, and what
 * the operator is told when it does not. The count itself is in ledger.ts.
 */
import type { Clock } from "../clock.ts";
import type { Localized } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../state/state.ts";
import type { Quota } from "./quota.ts";

/** A calendar month of the platform, in ms since 1970. `endMs` is the first moment of the next. */
export interface Month {
  /** `2026-11`. */
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Asia/Shanghai, which has no summer time. */
const PLATFORM_OFFSET_MS = 8 * 3_600_000;

/** The month in which the platform counts a call of that moment. Pure. */
export function monthAt(atMs: number): Month {
  const there = new Date(atMs + PLATFORM_OFFSET_MS);
  const year = there.getUTCFullYear();
  const month = there.getUTCMonth();
  return {
    name: `${year}-${String(month + 1).padStart(2, "0")}`,
    startMs: Date.UTC(year, month, 1) - PLATFORM_OFFSET_MS,
    endMs: Date.UTC(year, month + 1, 1) - PLATFORM_OFFSET_MS,
  };
}

/** What is known when a pace is chosen. */
export interface Spending {
  /** Metered calls of this month. */
  readonly spent: number;
  /** Undefined: none is set. */
  readonly budget: number | undefined;
  readonly nowMs: number;
}

/** However scarce calls are, a growing message shows something this often. */
const MAX_INTERVAL_MS = 30_000;

/**
 * ms between two updates of a growing message; undefined: the budget is spent, and only its last state is shown. As fast as
 * `minIntervalMs` while calls last for the rest of the month at an even pace, and slower by the square of what is missing. Pure.
 */
export function updateEveryMs({ spent, budget, nowMs }: Spending, minIntervalMs: number): number | undefined {
  if (budget === undefined) return minIntervalMs;
  const callsLeft = (budget - spent) / budget;
  if (callsLeft <= 0) return undefined;
  const { startMs, endMs } = monthAt(nowMs);
  const timeLeft = (endMs - nowMs) / (endMs - startMs);
  const scarcity = Math.max(1, timeLeft / callsLeft);
  return Math.max(minIntervalMs, Math.min(MAX_INTERVAL_MS, minIntervalMs * scarcity ** 2));
}

/** What an account has used of what its platform allows. Of the app: accounts of one app show the same. */
export interface Usage {
  /** Of the platform: `2026-11`. */
  readonly month: string;
  /** Metered calls of this month. */
  readonly calls: number;
  /** `monthly_call_budget`, if it is set. */
  readonly budget?: number;
  /** Calls that had to wait for the pace since the process began, and for how long together. */
  readonly waits: number;
  readonly waitedMs: number;
}

/** The budget of one account, on the ledger of its app. */
export interface Budget {
  /** A metered call is about to be made. Waits when too many calls are counted and not yet written. */
  spend(): Promise<void>;
  /** It was not made. */
  giveBack(): void;
  /** True: no call is to be made that can be left out. */
  isSpent(): boolean;
  /** As `updateEveryMs`, by what all processes have spent. */
  pace(minIntervalMs: number): Promise<number | undefined>;
  /** Resolves when the ledger has been read, or could not be. */
  read(): Promise<void>;
  /** Undefined until the ledger has been read. */
  usage(): Usage | undefined;
}

export interface BudgetOptions {
  readonly quota: Quota;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** For the operator: `channel/account`. */
  readonly account: string;
  /** Metered calls a month. Undefined: they are counted only. */
  readonly limit: number | undefined;
}

export function createBudget(options: BudgetOptions): Budget {
  const { quota, clock, limit: budget } = options;
  const { ledger } = quota;
  const spent = (): number | undefined => ledger.calls();
  let toldIn: string | undefined;

  const tellOnce = (): void => {
    const { name } = monthAt(clock.now());
    if (toldIn === name) return;
    toldIn = name;
    void tell(options, name);
  };
  /** Whoever finds it so first, tells. */
  const isSpent = (): boolean => {
    const is = budget !== undefined && (spent() ?? 0) >= budget;
    if (is) tellOnce();
    return is;
  };

  return {
    async spend() {
      await ledger.add(1);
      isSpent();
    },
    giveBack: () => void ledger.add(-1),
    isSpent,
    read: ledger.read,
    async pace(minIntervalMs) {
      await ledger.read();
      isSpent();
      return updateEveryMs({ spent: spent() ?? 0, budget, nowMs: clock.now() }, minIntervalMs);
    },
    usage() {
      const calls = spent();
      if (calls === undefined) return undefined;
      const { waits, waitedMs } = quota.waited();
      const limit = budget === undefined ? {} : { budget };
      return { month: monthAt(clock.now()).name, calls, ...limit, waits, waitedMs };
    },
  };
}

/** Once a month and budget, over all processes and restarts. */
async function tell({ quota, store, clock, log, account, limit }: BudgetOptions, month: string): Promise<void> {
  const left = monthAt(clock.now()).endMs - clock.now();
  const place = `${quota.ledger.key}:told:${limit}`;
  try {
    if (!(await store.putIfAbsent(place, month, left))) return;
  } catch (error) {
    log.debug({ err: error, account }, "whether the operator was told of a spent budget is not known");
  }
  log.warn({ account, month, calls: quota.ledger.calls(), monthly_call_budget: limit, fix: SPENT_FIX }, SPENT);
}

const SPENT =
  "monthly_call_budget is spent: answers no longer grow, and come as messages, until the month ends (Asia/Shanghai)";
const SPENT_FIX: Localized = {
  en: 'Nothing is lost: answers still arrive. Raise monthly_call_budget if the organisation has calls left, or set streaming: "off" and thinking: "off", which save most of them.',
  zh: '不会丢失任何内容:回答仍会送达,但不再逐字更新,直到本月结束(北京时间)。若企业仍有剩余调用量,请调高 monthly_call_budget;设置 streaming: "off" 与 thinking: "off" 可节省大部分调用。',
};
