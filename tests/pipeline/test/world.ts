/** The simulated platform and bots on it, all in this process, on a clock that waits for what is under way. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bot, type BotOptions, createBot, type State } from "@openclaw-china/core";
import { memoryStateAt, sqliteStateAt } from "@openclaw-china/core/internal";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  fakeClock,
  type FakeClock,
  type Place,
  type SimulatedUser,
} from "@openclaw-china/testkit";

export interface World extends AsyncDisposable {
  readonly sim: DingTalkSimulator;
  readonly clock: FakeClock;
  /** A state in the same file each time, or in memory. */
  state(kind: "file" | "memory"): State;
  bot(options: BotOptions): Bot;
  /** Moves time on until it holds: a step whenever no call of a bot is under way, so that none is late because time ran. */
  until(holds: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** Stops a bot, however long that takes in its own time. */
  stop(bot: Bot, timeoutMs: number): Promise<void>;
  /** What the bot has written there, oldest first. */
  written(user: SimulatedUser, place?: Place): readonly string[];
}

/** More than one answer of the paced calls becomes possible in a step, and no time-out comes near. */
const STEP_MS = 2_000;
/** Real time that a condition may take before the test fails. */
const PATIENCE_MS = 120_000;

export async function createWorld(): Promise<World> {
  const clock = fakeClock();
  const sim = await createDingTalkSimulator({ clock });
  const folder = await mkdtemp(join(tmpdir(), "pipeline-"));
  const bots: Bot[] = [];

  const calm = async (): Promise<void> => {
    for (let calmRounds = 0; calmRounds < 3; calmRounds += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (sim.calls.some(({ status }) => status === 0)) calmRounds = 0;
    }
  };
  const until: World["until"] = async (holds, what) => {
    const end = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`not in time: ${what}`);
      await calm();
      if (!(await holds())) await clock.advance(STEP_MS);
    }
  };
  const stop: World["stop"] = async (bot, timeoutMs) => {
    let stopped = false;
    const stopping = bot.stop({ timeoutMs }).finally(() => {
      stopped = true;
    });
    await until(() => stopped, "the bot has stopped");
    await stopping;
  };

  return {
    sim,
    clock,
    until,
    stop,
    state: (kind) =>
      kind === "memory" ? memoryStateAt(clock) : sqliteStateAt({ file: join(folder, "state.db") }, clock),
    bot(options) {
      const bot = createBot({ ...options, clock });
      bots.push(bot);
      return bot;
    },
    written: (user, place = {}) =>
      user
        .screen(place)
        .messages.filter(({ from }) => from === (place.bot?.id ?? sim.botId))
        .map(({ text }) => text),
    async [Symbol.asyncDispose]() {
      for (const bot of bots) await stop(bot, 0);
      await sim.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
