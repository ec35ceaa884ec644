/** What was logged, and everything in it. */
import { expect, test } from "vitest";
import { recorder } from "../src/index.ts";

test("lines are kept in order, with level, facts and message", () => {
  const log = recorder();
  log.debug({ n: 1 }, "one");
  log.error({ n: 2 }, "two");
  expect(log.lines).toEqual([
    { level: "debug", facts: { n: 1 }, message: "one" },
    { level: "error", facts: { n: 2 }, message: "two" },
  ]);
});

test("the text holds members of errors and their causes at every depth", () => {
  const log = recorder();
  const root = Object.assign(new Error("root"), { address: "https://example.com/?ticket=deep" });
  const err = new Error("outer", { cause: new Error("middle", { cause: root }) });
  log.warn({ err, list: [{ of: { things: { far: "away" } } }] }, "it failed");
  for (const part of ["warn it failed", "outer", "middle", "root", "ticket=deep", "away"]) {
    expect(log.text()).toContain(part);
  }
});

test("the oldest lines go when it is full", () => {
  const log = recorder(2);
  for (const message of ["a", "b", "c"]) log.info({}, message);
  expect(log.lines.map(({ message }) => message)).toEqual(["b", "c"]);
});
