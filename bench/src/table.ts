/** One table for the terminal. */

/** One line. What does not apply is "". */
export interface Row {
  readonly figure: string;
  readonly what: string;
  readonly floor: string;
  readonly ours: string;
  readonly peer: string;
  readonly goal: string;
  /** Undefined where there is no goal. */
  readonly met: boolean | undefined;
}

const HEAD: Readonly<Record<string, string>> = {
  figure: "",
  what: "figure",
  floor: "floor",
  ours: "ours",
  peer: "official SDK",
  goal: "goal",
  met: "met",
};

/** Columns as wide as their widest cell. */
export function formatTable(rows: readonly Row[]): string {
  const lines = rows.map(({ met, ...row }) => ({ ...row, met: met === undefined ? "" : met ? "yes" : "no" }));
  const all: readonly Readonly<Record<string, string>>[] = [HEAD, ...lines];
  const columns = Object.keys(HEAD);
  const widths = columns.map((column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: Readonly<Record<string, string>>): string =>
    columns
      .map((column, at) => (cells[column] ?? "").padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(HEAD), widths.map((width) => "-".repeat(width)).join("  "), ...lines.map(line)].join("\n");
}

/** `1.23 ×` of a floor. */
export function times(value: number, floor: number): string {
  return `${(value / floor).toFixed(2)} ×`;
}
