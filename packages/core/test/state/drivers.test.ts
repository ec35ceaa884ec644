import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { stateContract, type StateSession } from "@openclaw-china/testkit/contracts";
import { afterAll } from "vitest";
import { memoryStateAt, sqliteStateAt } from "@openclaw-china/core/internal";

stateContract({
  name: "memoryState",
  durable: false,
  open: () => {
    const clock = fakeClock();
    return Promise.resolve({ state: memoryStateAt(clock), advance: clock.advance });
  },
});

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "state-"));
  folders.push(folder);
  return folder;
}

/** A killed process leaves what it has synced; a copy of the files at that moment is just that. */
function sqliteSession(folder: string, clock: FakeClock): StateSession {
  return {
    state: sqliteStateAt({ file: join(folder, "bot.db") }, clock),
    advance: clock.advance,
    async crash() {
      const copy = await emptyFolder();
      await cp(folder, copy, { recursive: true });
      return sqliteSession(copy, clock);
    },
  };
}

stateContract({
  name: "sqliteState",
  durable: true,
  open: async () => sqliteSession(await emptyFolder(), fakeClock()),
});
