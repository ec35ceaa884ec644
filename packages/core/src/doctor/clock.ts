/** The machine's clock against the platform's, by the Date header of an answer. */
import type { Found } from "./finding.ts";

const ERROR_MS = 300_000;
/** Signatures still hold, and yet something is wrong. A Date header counts whole seconds, and the answer was on its way. */
const WARNING_MS = 60_000;

export interface ClockFacts {
  /** Value of the header. Absent, or no date: nothing is known, and nothing is said. */
  readonly date: string | undefined;
  /** When the answer was there, ms since 1970, by our own clock. */
  readonly at: number;
  /** Whose clock it is. */
  readonly platform: { readonly en: string; readonly zh: string };
}

/** Pure. */
export function clockFindings({ date, at, platform }: ClockFacts): readonly Found[] {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return [];
  const skewMs = at - theirs;
  const seconds = Math.round(skewMs / 1_000);
  if (Math.abs(skewMs) <= WARNING_MS) {
    const cause = {
      en: `This machine's clock agrees with that of ${platform.en}.`,
      zh: `本机时钟与${platform.zh}一致。`,
    };
    return [{ level: "ok", code: "clock", cause }];
  }
  return [
    {
      level: Math.abs(skewMs) > ERROR_MS ? "error" : "warning",
      code: "clock_skew",
      cause: {
        en: `This machine's clock differs from that of ${platform.en} by ${seconds} s.`,
        zh: `本机时钟与${platform.zh}相差 ${seconds} 秒。`,
      },
      fix: { en: "Switch time synchronisation (NTP) on.", zh: "请开启时间同步(NTP)。" },
    },
  ];
}
