/** A bot and its platform on one virtual clock. */
import { type Bot, type BotOptions, createBot } from "@openclaw-china/core";
import { memoryStateAt } from "@openclaw-china/core/internal";
import { createDingTalk } from "@openclaw-china/dingtalk";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  fakeClock,
  type FakeClock,
  recorder,
  type Recorder,
  type SimulatedBot,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { onTestFinished } from "vitest";

export interface Stage {
  readonly clock: FakeClock;
  readonly sim: DingTalkSimulator;
  /** What the handler was given, in order: `account text`. */
  readonly handled: readonly string[];
  readonly log: Recorder;
  /** `prepare` registers listeners. */
  start(over?: Partial<BotOptions>, prepare?: (bot: Bot) => void): Promise<Bot>;
  /** Lets virtual time pass until something holds. */
  drive(holds: () => boolean, what: string): Promise<void>;
}

/** `rounds`: of real input and output in each step of virtual time, at the least. */
export async function stage(rounds = 1): Promise<Stage> {
  const clock = fakeClock();
  const sim = await createDingTalkSimulator({ clock });
  const handled: string[] = [];
  const log = recorder();
  const bots: Bot[] = [];
  onTestFinished(async () => {
    const stopping = Promise.all(bots.map((bot) => bot.stop({ timeoutMs: 0 })));
    let stopped = false;
    void stopping.then(() => (stopped = true));
    while (!stopped) await clock.advance(250);
    await sim.close();
  });
  return {
    clock,
    sim,
    handled,
    log,
    async start(over = {}, prepare = () => undefined) {
      const bot = createBot({
        channels: [createDingTalk(sim.app)],
        state: memoryStateAt(clock),
        handler(turn) {
          handled.push(`${turn.account} ${turn.text}`);
          return `answer to ${turn.text}`;
        },
        clock,
        log,
        ...over,
      });
      bots.push(bot);
      prepare(bot);
      await bot.start();
      return bot;
    },
    async drive(holds, what) {
      const giveUpAt = performance.now() + 15_000;
      while (!holds()) {
        if (performance.now() > giveUpAt)
          throw new Error(`it never happened that ${what}\n${log.text().slice(-2_000)}`);
        await clock.advance(250);
        await answered(sim, rounds);
      }
    },
  };
}

/** Calls that wait for nothing but the machine have been answered: virtual time must not pass over them. */
async function answered({ calls }: DingTalkSimulator, least: number): Promise<void> {
  for (let round = 1; round <= 400; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (round >= least && !calls.some(({ status }) => status === 0)) return;
  }
}

export function answersOn(person: SimulatedUser, bot?: SimulatedBot): readonly string[] {
  const { messages } = person.screen(bot === undefined ? {} : { bot });
  return messages.filter(({ from, state }) => from !== person.id && state === "finished").map(({ text }) => text);
}
