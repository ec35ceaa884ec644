/** The repository itself keeps its rules: `node scripts/check-tree.ts` prints what to do. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkTree } from "../check-tree/check.ts";
import { formatFindings } from "../check-tree/finding.ts";

test("the tree keeps the rules of docs/architecture.md", () => {
  const { findings, files } = checkTree(join(import.meta.dirname, "../.."), join(import.meta.dirname, "../tree.json"));
  expect(formatFindings(findings)).toBe("");
  expect(files).toBeGreaterThan(100);
});
