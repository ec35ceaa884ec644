/** scripts/summary.mjs as .ci/run calls it, on reports written by the test. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const SCRIPT = join(import.meta.dirname, "../summary.mjs");
const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Status = "passed" | "failed" | "pending" | "todo";
const file = (...statuses: readonly Status[]): object => ({
  name: "a.test.ts",
  status: statuses.includes("failed") ? "failed" : "passed",
  assertionResults: statuses.map((status) => ({ status })),
});
const report = (...testResults: readonly object[]): string => JSON.stringify({ testResults });

function summary(
  reports: Readonly<Record<string, string>>,
  ci = true,
): { readonly last: string; readonly code: number; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), "summary-"));
  made.push(folder);
  for (const [name, text] of Object.entries(reports)) writeFileSync(join(folder, `${name}.json`), text);
  const env = { ...process.env, CI: ci ? "true" : "" };
  const { stdout, stderr, status } = spawnSync(process.execPath, [SCRIPT, folder], { encoding: "utf8", env });
  return { last: stdout.trimEnd().split("\n").at(-1) ?? "", code: status ?? -1, said: stderr };
}

test("adds up both runs", () => {
  const { last, code } = summary({
    unit: report(file("passed", "passed"), file("passed")),
    e2e: report(file("passed")),
  });
  expect(last).toBe("4 passed, 0 failed, 0 skipped");
  expect(code).toBe(0);
});

test("a failed test fails", () => {
  const { last, code } = summary({ unit: report(file("passed", "failed")), e2e: report(file("passed")) });
  expect(last).toBe("2 passed, 1 failed, 0 skipped");
  expect(code).toBe(1);
});

test("a missing report fails", () => {
  const { last, code, said } = summary({ unit: report(file("passed")) });
  expect(last).toBe("1 passed, 1 failed, 0 skipped");
  expect(code).toBe(1);
  expect(said).toContain("e2e.json is missing");
});

test("a broken report fails", () => {
  expect(summary({ unit: report(file("passed")), e2e: "{" }).last).toBe("1 passed, 1 failed, 0 skipped");
});

test("a file that could not be loaded fails", () => {
  const broken = { name: "b.test.ts", status: "failed", assertionResults: [] };
  const { last, code } = summary({ unit: report(file("passed"), broken), e2e: report(file("passed")) });
  expect(last).toBe("2 passed, 1 failed, 0 skipped");
  expect(code).toBe(1);
});

test("a run without tests fails", () => {
  expect(summary({ unit: report(), e2e: report(file("passed")) }).last).toBe("1 passed, 1 failed, 0 skipped");
});

test("a skipped test fails in CI only", () => {
  const reports = { unit: report(file("passed", "pending", "todo")), e2e: report(file("passed")) };
  expect(summary(reports)).toMatchObject({ last: "2 passed, 0 failed, 2 skipped", code: 1 });
  expect(summary(reports, false)).toMatchObject({ last: "2 passed, 0 failed, 2 skipped", code: 0 });
});
