/** What a rule of check-tree found, and how it is printed. */

/** One place that breaks one rule, and what to do about it. */
export interface Finding {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
  readonly fix: string;
}

/** `file:line  rule  message → fix`, in order of file and line. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
    .map(({ file, line, rule, message, fix }) => `${file}:${line}  ${rule}  ${message}\n    → ${fix}`)
    .join("\n");
}
