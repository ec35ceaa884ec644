/** `node scripts/check-tree.ts`: the rules of docs/architecture.md that a script can check. Exit 1 when one is broken. */
import { join } from "node:path";
import { checkTree } from "./check-tree/check.ts";
import { formatFindings } from "./check-tree/finding.ts";

const root = join(import.meta.dirname, "..");
const { findings, files } = checkTree(root, join(import.meta.dirname, "tree.json"));
if (findings.length > 0) {
  console.error(formatFindings(findings));
  console.error(
    `\ncheck-tree: ${findings.length} to fix. The rules are in docs/architecture.md, their data in scripts/tree.json.`,
  );
  process.exit(1);
}
console.log(`check-tree: ${files} files, nothing to fix.`);
