/** One table for the terminal. */

/** One line. What does not apply is "". */
export interface Row {
  readonly figure: string;
  readonly what: string;
  readonly floor: string;
  readonly ours: string;
  readonly peer: string;
  readonly goal: string;
}

const HEAD: Row = {
  figure: "",
  what: "figure",
  floor: "floor (ws)",
  ours: "ours",
  peer: "dingtalk-stream",
  goal: "goal",
};
const COLUMNS = ["figure", "what", "floor", "ours", "peer", "goal"] as const;

/** Columns as wide as their widest cell. */
export function formatTable(rows: readonly Row[]): string {
  const widths = COLUMNS.map((column) => Math.max(...[HEAD, ...rows].map((row) => row[column].length)));
  const line = (row: Row): string =>
    COLUMNS.map((column, at) => row[column].padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(HEAD), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** `1.23 ×` of a floor. */
export function times(value: number, floor: number): string {
  return `${(value / floor).toFixed(2)} ×`;
}
