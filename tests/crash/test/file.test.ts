/** A state file that cannot be used, and one that a crash has left half written. */
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { sqliteStateAt, systemClock } from "@openclaw-china/core/internal";
import { type BotProcess, until } from "./process.ts";
import { createWorld, mutter, recover, unmarked, type World, written } from "./world.ts";

/** The process says what is wrong, and ends with an exit code that tells a supervisor so. */
async function expectRefused(bot: BotProcess, message: RegExp, fix: { en: RegExp; zh: RegExp }): Promise<void> {
  const { facts } = await bot.report("failed");
  expect(facts.message).toMatch(message);
  expect(facts.fix?.en).toMatch(fix.en);
  expect(facts.fix?.zh).toMatch(fix.zh);
  expect(await bot.exited).toMatchObject({ code: 1, signal: null });
}

/** A file that was used and closed. */
async function usedFile({ file }: World): Promise<void> {
  const state = sqliteStateAt({ file }, systemClock());
  await state.store.put("a", "fact");
  await state.close();
}

/** Garbage from the second page on: the header says that it is a database. */
async function damage({ file }: World): Promise<void> {
  await usedFile({ file } as World);
  const { size } = await stat(file);
  const db = new DatabaseSync(file);
  const { page_size: pageBytes } = db.prepare("PRAGMA page_size").get() as { page_size: number };
  db.close();
  await writeFile(file, randomBytes(size - pageBytes), { flag: "r+" });
}

describe.concurrent("the state file", { timeout: 120_000 }, () => {
  test("held by another process: the second is refused, the first goes on", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const first = world.start();
    await first.ready;
    await expectRefused(world.start(), /^the state file .* is held by another process$/, {
      en: /^Stop the other process, or give this one a file of its own\.$/,
      zh: /^请停止另一个进程/,
    });
    await lin.say("hello");
    await first.quiet();
    expect(written(world, lin)).toMatchObject([{ text: "You said: hello", state: "finished" }]);

    first.kill("SIGKILL");
    await first.exited;
    await recover(world); // what held it is gone with its process
  });

  test("written by a newer version", async () => {
    await using world = await createWorld();
    await usedFile(world);
    const db = new DatabaseSync(world.file);
    db.exec("PRAGMA user_version = 99");
    db.close();
    await expectRefused(world.start(), /cannot be opened: it was written by a newer version \(schema 99/, {
      en: /^Start the version that wrote it/,
      zh: /^请启动写入该文件的版本/,
    });
  });

  test("no database at all", async () => {
    await using world = await createWorld();
    await writeFile(world.file, "this is a letter to the operator\n".repeat(200));
    await expectRefused(world.start(), /cannot be opened: file is not a database/, { en: /backup/, zh: /备份/ });
  });

  test("damaged within", async () => {
    await using world = await createWorld();
    await damage(world);
    await expectRefused(world.start(), /cannot be opened: .*(malformed|not a database)/, { en: /backup/, zh: /备份/ });
  });

  test("a folder in its place", async () => {
    await using world = await createWorld();
    await mkdir(world.file);
    await expectRefused(world.start(), /cannot be opened: unable to open database file/, {
      en: /^Check that the path is a file this process may write\.$/,
      zh: /^请检查该路径/,
    });
  });

  test("a log that ends in the middle of a write: what was committed is there, and is answered", async () => {
    await using world = await createWorld();
    const lin = world.sim.user("Lin");
    const victim = world.start({ gated: true });
    await victim.ready;
    for (const text of ["mute", "second"]) await lin.say(text);
    victim.kill("SIGKILL");
    await victim.exited;
    const log = `${world.file}-wal`;
    expect(await readdir(world.folder)).toContain("state.db-wal");
    expect((await stat(log)).size).toBeGreaterThan(0);
    await appendFile(log, randomBytes(3_000));

    await recover(world);
    expect(written(world, lin).map(({ text }) => text)).toEqual(["You said: mute", "You said: second"]);
    await unmarked(world, lin);
  });

  test("killed again and again at any moment: it always opens, and nothing accepted is lost", async () => {
    await using world = await createWorld({ route: "webhook" });
    const lin = world.sim.user("Lin");
    const first = world.start({ gated: true });
    await first.ready;
    for (const text of ["mute", "second", "third"]) await lin.say(text);
    first.kill("SIGKILL");
    await first.exited;
    for (let n = 0; n < 3; n += 1) {
      const next = world.start({ gated: true });
      const { calls } = world.sim;
      const before = calls.length;
      await until(() => calls.length > before, "it has begun to work");
      next.kill("SIGKILL");
      await next.exited;
    }
    mutter(lin, "fourth");
    const last = await recover(world);
    await world.sim.redeliver();
    await last.quiet();
    const texts = ["mute", "second", "third", "fourth"].map((text) => `You said: ${text}`);
    expect(written(world, lin).map(({ text }) => text)).toEqual(texts);
  });
});
