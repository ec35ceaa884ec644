/** What `gateway doctor` found: the shape that `--json` prints (docs/gateway.md), and the lines for people. */
import type { Finding } from "@openclaw-china/core";
import type { Found } from "@openclaw-china/core/internal";
import type { Io } from "../cli/io.ts";

/** One finding, with what it is about. */
export interface Item extends Found {
  /** `gateway`, or `<channel>/<account>`. */
  readonly about: string;
}

/** Stable: members are added, and none is taken away or changed within a version. */
export interface Report {
  readonly version: 1;
  /** Nothing must be fixed. */
  readonly ok: boolean;
  /** ISO 8601. */
  readonly at: string;
  readonly gateway: {
    readonly version: string;
    readonly config: string;
    /** Of the gateway that runs on the same state; null: none does. */
    readonly running: { readonly pid: number; readonly since: string; readonly address: string } | null;
  };
  readonly findings: readonly Item[];
}

/** Our own side. */
export function ofGateway(found: Found): Item {
  return { about: "gateway", ...found };
}

export function ofChannel({ channel, account, ...found }: Finding): Item {
  return { about: `${channel}/${account}`, ...found };
}

export function isFine(findings: readonly Item[]): boolean {
  return findings.every(({ level }) => level !== "error");
}

const MARKS = { ok: "✓", warning: "!", error: "✗" };

/** Two lines for what was found, two for what to do, one with the platform's own words. */
export function sayItem({ level, about, what, cause, fix, url, platform }: Item, say: Io["out"]): void {
  const line = (text: string): void => say(text.replaceAll(/\p{Cc}+/gu, " ")); // words of others move no cursor
  const page = url === undefined ? "" : ` ${url}`;
  line(`${MARKS[level]} ${about}: ${what === undefined ? "" : `${what.en}: `}${cause.en}`);
  line(`  ${what === undefined ? "" : `${what.zh}:`}${cause.zh}`);
  if (level === "ok") return;
  if (platform !== undefined) {
    const status = platform.status === undefined ? "" : `, status ${platform.status}`;
    const request = platform.requestId === undefined ? "" : `, request ${platform.requestId}`;
    line(`  平台应答 · answered: ${platform.code} ${platform.message}${status}${request}`);
  }
  if (fix === undefined) return;
  line(`  → ${fix.en}`);
  line(`  → ${fix.zh}${fix.zh.includes(page.trim()) ? "" : page}`);
}

/** One line. */
export function summaryOf(findings: readonly Item[]): string {
  const count = (level: Item["level"]): number => findings.filter((one) => one.level === level).length;
  const [errors, warnings] = [count("error"), count("warning")];
  if (errors + warnings === 0) return "✓ nothing to fix · 一切正常";
  const mark = errors > 0 ? "✗" : "!";
  return `${mark} ${errors} must be fixed, ${warnings} to look at · ${errors} 项必须处理,${warnings} 项需留意`;
}
