/** `gateway doctor`: everything that can be looked at without harm, each finding with cause and fix. */
import { examine } from "../doctor/examine.ts";
import { sayItem, summaryOf } from "../doctor/report.ts";
import type { Io } from "./io.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly json: boolean;
  /** Metered calls too. */
  readonly spend: boolean;
}

export async function doctor({ config, json, spend }: DoctorOptions, io: Io): Promise<number> {
  const report = await examine({ config, spend });
  if (json) io.out(JSON.stringify(report, undefined, 2));
  else {
    for (const item of report.findings) sayItem(item, io.out);
    io.out(summaryOf(report.findings));
  }
  return report.ok ? 0 : 1;
}
