/** All rules over one tree. */
import { checkCode } from "./code.ts";
import { type Exception, readConfig } from "./config.ts";
import { checkDirections } from "./directions.ts";
import { checkEntries, checkReach } from "./entries.ts";
import { checkFiles, checkNames, checkPlatformNames } from "./files.ts";
import type { Finding } from "./finding.ts";
import { checkSize } from "./size.ts";
import { readTree } from "./tree.ts";

const RULES = [
  checkDirections,
  checkFiles,
  checkNames,
  checkPlatformNames,
  checkEntries,
  checkReach,
  checkCode,
  checkSize,
];

/** Checks the tree below `root` by the rules in `configFile`. */
export function checkTree(
  root: string,
  configFile: string,
): { readonly findings: readonly Finding[]; readonly files: number } {
  const config = readConfig(configFile);
  const tree = readTree(root, config);
  const findings = RULES.flatMap((rule) => rule(tree));
  return { findings: withoutExceptions(findings, config.exceptions), files: tree.sources.length };
}

function withoutExceptions(findings: readonly Finding[], exceptions: readonly Exception[]): Finding[] {
  const covers = (one: Exception, { file, rule, message }: Finding): boolean =>
    one.file === file && one.rule === rule && message.includes(one.text);
  const stale = exceptions
    .filter((one) => !findings.some((finding) => covers(one, finding)))
    .map(({ file, rule, text }) => ({
      file: "scripts/tree.json",
      line: 1,
      rule: "stale-exception",
      message: `nothing in ${file} needs the exception from ${rule} ("${text}")`,
      fix: "Remove it from exceptions.",
    }));
  return [...findings.filter((finding) => !exceptions.some((one) => covers(one, finding))), ...stale];
}
