// Adds up the reports of the test runs in .reports. The last line is exactly "N passed, N failed, N skipped".
// A missing or unreadable report is a failure, and in CI a skipped test is one too. `node scripts/summary.mjs [folder] [name…]`
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder = join(import.meta.dirname, "..", ".reports"), ...names] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
const notes = [];

for (const name of names.length > 0 ? names : ["unit", "e2e"]) {
  const counted = count(name);
  for (const key of Object.keys(total)) total[key] += counted[key];
}
if (process.env.CI && total.skipped > 0) notes.push(`${total.skipped} skipped: in CI every test must run.`);
for (const note of notes) console.error(`summary: ${note}`);
if (notes.length > 0 || total.failed > 0) process.exitCode = 1;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);

function count(name) {
  const file = join(folder, `${name}.json`);
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    notes.push(
      `the report ${name}.json is missing or unreadable (${error.code ?? error.name}): the run ended before its tests did.`,
    );
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = report.testResults.flatMap((one) => one.assertionResults.map((test) => test.status));
  const passed = tests.filter((status) => status === "passed").length;
  const failed = tests.filter((status) => status === "failed").length;
  // A file that could not be loaded has no tests; a run without any test has not tested anything.
  const broken = report.testResults.filter(
    (one) => one.status === "failed" && !one.assertionResults.some((test) => test.status === "failed"),
  );
  for (const one of broken) notes.push(`${name}: ${one.name} could not be run.`);
  if (tests.length === 0) notes.push(`${name}: no test was run.`);
  return {
    passed,
    failed: failed + broken.length + (tests.length === 0 && broken.length === 0 ? 1 : 0),
    skipped: tests.length - passed - failed,
  };
}
