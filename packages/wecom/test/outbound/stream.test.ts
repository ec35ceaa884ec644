/** Answers that grow over the long connection: their pace, their life, their end, over reconnects. In virtual time. */
import { type Bot, type BotOptions, createBot, type Turn } from "@openclaw-china/core";
import { memoryStateAt } from "@openclaw-china/core/internal";
import {
  createWeComSimulator,
  fakeClock,
  type FakeClock,
  recorder,
  type WeComSimulator,
  type WeComSimulatorOptions,
} from "@openclaw-china/testkit";
import { createWeCom } from "@openclaw-china/wecom";
import { expect, onTestFinished, test } from "vitest";

interface Stage {
  readonly clock: FakeClock;
  readonly sim: WeComSimulator;
  readonly bot: Bot;
  /** Lets virtual time pass until it holds. */
  drive(holds: () => boolean, what: string, stepMs?: number): Promise<void>;
  /** What Lin sees of the bot. */
  seen(): readonly { readonly text: string; readonly state: string }[];
  say(text: string): Promise<void>;
}

async function stage(
  handler: NonNullable<BotOptions["handler"]>,
  assume: WeComSimulatorOptions["assume"] = {},
): Promise<Stage> {
  const clock = fakeClock();
  const sim = await createWeComSimulator({ clock, assume });
  const log = recorder();
  const channels = [createWeCom(sim.app)];
  const bot = createBot({ channels, state: memoryStateAt(clock), handler, clock, log, turnTimeoutMs: 1_800_000 });
  const drive: Stage["drive"] = async (holds, what, stepMs = 50) => {
    const giveUpAt = performance.now() + 20_000;
    while (!holds()) {
      if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}\n${log.text().slice(-2_000)}`);
      await clock.advance(stepMs);
      for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  onTestFinished(async () => {
    let stopped = false;
    void bot.stop({ timeoutMs: 0 }).then(() => (stopped = true));
    await drive(() => stopped, "the bot has stopped", 250);
    await sim.close();
  });
  let started = false;
  void bot.start().then(() => (started = true));
  await drive(() => started, "the bot has started");
  const lin = sim.user("Lin");
  return {
    clock,
    sim,
    bot,
    drive,
    seen: () => lin.screen().messages.filter(({ from }) => from === sim.botId),
    say: (text) => lin.say(text),
  };
}

/** Yields pieces with virtual time in between. */
function typing(
  clock: () => FakeClock,
  pieces: readonly string[],
  everyMs: number,
): NonNullable<BotOptions["handler"]> {
  return async function* answer(turn: Turn) {
    for (const piece of pieces) {
      yield piece;
      await clock().sleep(everyMs, turn.signal);
    }
  };
}

test("200 updates 10 ms apart over a slow link: no backlog, one frame at a time, the end shortly after the last", async () => {
  const pieces = Array.from({ length: 200 }, (_, n) => `${n} `);
  const one: Stage = await stage(typing(() => one.clock, pieces, 10));
  one.sim.fault({ kind: "delay", ms: 60, on: "aibot_respond_msg" });
  await one.say("count");
  await one.drive(() => one.seen()[0]?.state === "finished", "it is finished");
  expect(one.seen()).toMatchObject([{ text: pieces.join(""), state: "finished" }]);
  const frames = one.sim.frames.filter(({ cmd }) => cmd === "aibot_respond_msg");
  expect(frames.length).toBeLessThan(14);
  expect(frames.some(({ isOverlapping }) => isOverlapping)).toBe(false);
  expect(one.sim.spinning()).toEqual([]);
});

test.each([{ swallowsLateUpdates: false }, { swallowsLateUpdates: true }])(
  "an answer that takes longer than a stream lives goes on in a further message: %o",
  async (assume) => {
    const pieces = Array.from({ length: 14 }, (_, n) => `part ${n}. `);
    const one: Stage = await stage(
      typing(() => one.clock, pieces, 30_000),
      assume,
    );
    await one.say("slowly");
    await one.drive(() => one.bot.status().inbox.active === 0 && one.seen().length > 1, "it is over", 1_000);
    const texts = one.seen().map(({ text }) => text);
    expect(one.seen().every(({ state }) => state === "finished")).toBe(true);
    expect(texts[0]).toContain("continued");
    const whole = texts.join(" ");
    for (const piece of pieces) expect(whole.split(piece.trim())).toHaveLength(2); // each once
    expect(one.sim.spinning()).toEqual([]);
  },
);

test("a handler that is silent for longer than a stream lives: the sign ends, and the answer follows", async () => {
  const one: Stage = await stage(async (turn) => {
    await one.clock.sleep(400_000, turn.signal);
    return "at last";
  });
  await one.say("think hard");
  await one.drive(() => one.seen().some(({ text }) => text === "at last"), "it is answered", 1_000);
  expect(one.seen()).toHaveLength(2);
  expect(one.sim.spinning()).toEqual([]);
});

test("the connection breaks before the end: the same message is finished over the next one", async () => {
  const go = Promise.withResolvers<void>();
  const one: Stage = await stage(async function* answer() {
    yield "half";
    await go.promise;
    yield " and whole";
  });
  await one.say("hello");
  await one.drive(() => one.seen()[0]?.text === "half", "the first half is shown");
  {
    using _away = one.sim.fault({ kind: "refuseConnections" });
    using _drop = one.sim.fault({ kind: "dropConnection" });
    await one.drive(() => one.sim.connections() === 0, "the connection is gone");
    go.resolve();
    const until = one.clock.now() + 3_000;
    await one.drive(() => one.clock.now() > until, "a while passes");
  }
  await one.drive(() => one.seen()[0]?.state === "finished", "it is finished");
  expect(one.seen()).toMatchObject([{ text: "half and whole" }]);
});

test("where the req_id does not outlive its connection the whole text goes as a message, once", async () => {
  const go = Promise.withResolvers<void>();
  const one: Stage = await stage(
    async function* answer() {
      yield "half";
      await go.promise;
      yield " and whole";
    },
    { reqIdsOutliveConnections: false },
  );
  await one.say("hello");
  await one.drive(() => one.seen()[0]?.text === "half", "the first half is shown");
  one.sim.fault({ kind: "dropConnection" });
  await one.drive(() => one.sim.connections() === 0, "the connection is gone");
  go.resolve();
  await one.drive(() => one.seen().some(({ text }) => text === "half and whole"), "the whole is shown");
  expect(one.seen().filter(({ text }) => text.includes("whole"))).toHaveLength(1);
});
