/** Every key of the gateway's file does what its doc line says: one test per key of the schema. */
import { fakeClock } from "@openclaw-china/testkit";
import { expect, test, vi } from "vitest";
import { jsonSchemaOf } from "../../src/config/file.ts";
import { FILE_KEYS, robotKeys } from "../../src/config/keys.ts";
import { DINGTALK } from "../../src/platforms/dingtalk.ts";
import { PLATFORMS } from "../../src/platforms/platforms.ts";
import { FILE, LATE } from "./file.ts";
import { leavesOf } from "./leaves.ts";
import { makeProcesses, PROCESS } from "./process.ts";
import { makeStage } from "./stage.ts";
import { effectSuite } from "./table.ts";

vi.setConfig({ testTimeout: 60_000 });

const FIVE_HOURS_MS = 18_000_000;
const DOCS = [...FILE_KEYS, ...robotKeys(DINGTALK)];
const says = (key: string): string | undefined => DOCS.find((one) => one.key === key)?.en;
const all = leavesOf(
  jsonSchemaOf(),
  PLATFORMS.map(({ id }) => `channels.${id}`),
);
/** Of the robots, what all have and what DingTalk's have; those of the others are in robots.test.ts. */
const ROBOTS = new Set(["robots.*.channel", "robots.*.proxy", ...robotKeys(DINGTALK).map(({ key }) => key)]);
const KEYS = all
  .filter((key) => key === "channels.dingtalk" || !key.startsWith("channels."))
  .filter((key) => !key.startsWith("robots.") || ROBOTS.has(key));
const inProcess = Object.keys(PROCESS);
const late = Object.keys(LATE);

// Whatever is in no other table is looked for in this one, so that a key without a test fails here.
effectSuite({
  name: "the file",
  keys: KEYS.filter((key) => ![...inProcess, ...late].includes(key)),
  says,
  effects: FILE,
  open: () => makeStage(),
});
effectSuite({
  name: "the file, messages that come late",
  keys: KEYS.filter((key) => late.includes(key)),
  says,
  effects: LATE,
  open: () => makeStage({ clock: fakeClock(Date.now() - FIVE_HOURS_MS) }),
});
effectSuite({
  name: "the file, in a process",
  keys: KEYS.filter((key) => inProcess.includes(key)),
  says,
  effects: PROCESS,
  open: makeProcesses,
});

test("every key has a doc line", () => {
  expect(KEYS.filter((key) => says(key) === undefined)).toEqual([]);
});
