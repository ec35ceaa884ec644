/** A simulated DingTalk and a folder of its own for each test, so that tests of real processes can run side by side. */
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { test as base } from "vitest";
import { makePlace, type Place } from "./process.ts";

interface Setting {
  readonly sim: DingTalkSimulator;
  readonly place: Place;
}

/** A test in that setting. */
export const test = base.extend<Setting>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
  async sim({}, use) {
    await using sim = await createDingTalkSimulator();
    await use(sim);
  },
  async place({ sim }, use) {
    void sim; // ends after the processes that are connected to it
    await using place = await makePlace();
    await use(place);
  },
});
