/**
 * What the platform has refused while the bot worked, until the same call succeeds again: evidence of missing permissions and
 * used-up quotas that costs no call of its own. In memory: it is about this process.
 */
import type { Clock } from "../clock.ts";
import { ChannelError, type ErrorCode } from "../errors.ts";
import { errorFinding, type Found } from "./finding.ts";

/** Only these are an operator's matter whatever the message was. */
const TOLD: ReadonlySet<ErrorCode> = new Set(["permission_missing", "address_not_allowed", "quota_exhausted"]);
/** Calls are few, and yet the memory has an end. */
const MAX_CALLS = 64;

export interface Troubles {
  /** How a call ended; `error` absent: well. `what` as in "cannot send to the group". */
  note(call: string, error?: unknown): void;
  findings(): readonly Found[];
}

interface Trouble {
  readonly error: ChannelError;
  readonly times: number;
  /** ms since 1970. */
  readonly at: number;
}

export function createTroubles(clock: Pick<Clock, "now">): Troubles {
  const last = new Map<string, Trouble>();
  return {
    note(call, error) {
      if (error === undefined) {
        last.delete(call);
        return;
      }
      if (!(error instanceof ChannelError) || !TOLD.has(error.code)) return;
      if (!last.has(call) && last.size >= MAX_CALLS) return;
      last.set(call, { error, times: (last.get(call)?.times ?? 0) + 1, at: clock.now() });
    },
    findings: () => [...last].map(([call, trouble]) => findingOf(call, trouble)),
  };
}

function findingOf(call: string, { error, times, at }: Trouble): Found {
  const when = new Date(at).toISOString();
  const what = {
    en: `Refused while working: ${call}, ${times} times, last at ${when}`,
    zh: `运行中被平台拒绝:${call},共 ${times} 次,最近一次 ${when}`,
  };
  return errorFinding(error, { what });
}
