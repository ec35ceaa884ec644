/** A bot on the fake platform, on a clock that moves when told to; closed after each test. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { afterEach } from "vitest";
import type { Bot, BotOptions, Channel, Inbound, MessageInbound, Settled, State } from "../../src/index.ts";
import { createBot } from "../../src/index.ts";
import { memoryStateAt } from "../../src/state/memory.ts";
import { sqliteStateAt } from "../../src/state/sqlite.ts";
import { message } from "../fixtures.ts";
import type { Life } from "./desk.ts";
import { dyingState } from "./dying.ts";
import { type ChannelSettings, fakePlatform, type Platform } from "./platform.ts";

export interface StageOptions extends Partial<Omit<BotOptions, "channels" | "clock">> {
  readonly platform?: Platform;
  readonly clock?: FakeClock;
  /** Settings of its one channel. */
  readonly channel?: ChannelSettings;
  /** Several channels instead. */
  readonly channels?: (platform: Platform) => readonly Channel[];
  /** Registers listeners before the start. */
  readonly register?: (bot: Bot) => void;
  /** Default true. */
  readonly start?: boolean;
  /** A folder: SQLite in there. Absent: `state`, or memory. */
  readonly folder?: string;
}

export interface Stage {
  readonly platform: Platform;
  readonly clock: FakeClock;
  readonly bot: Bot;
  readonly state: State;
  /** u1 writes in the direct chat. */
  say(text: string, over?: Partial<MessageInbound>): Promise<Settled>;
  offer(inbound: Inbound): Promise<Settled>;
  /** Nothing waits and nothing runs; moves time on in steps of `stepMs` until then. */
  idle(stepMs?: number): Promise<void>;
  /** Looks until it holds; moves time on in steps of `stepMs`. */
  until(holds: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>;
  /** `hop outcome` of each line. */
  trace(id: string): Promise<readonly string[]>;
  /** The process dies now. What it left is for the next stage, on the same platform and clock. */
  crash(): Promise<Left>;
  /** Ends the life at once, from within a step. */
  die(): void;
  readonly life: Life;
}

/** What a process that has died leaves. */
export type Left = Required<Pick<StageOptions, "platform" | "clock">> & Pick<StageOptions, "folder" | "state">;

const PATIENCE_MS = 15_000;

/** Opens stages, and closes all of them after each test. */
export function stages(): { open(options?: StageOptions): Promise<Stage>; folder(): Promise<string> } {
  const opened: Stage[] = [];
  const folders: string[] = [];
  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), "stage-"));
    folders.push(made);
    return made;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(close));
    await Promise.all(folders.splice(0).map((one) => rm(one, { recursive: true, force: true })));
  });
  return {
    folder,
    async open(options = {}) {
      const stage = makeStage(options, folder);
      opened.push(stage);
      if (options.start !== false) await stage.bot.start();
      return stage;
    },
  };
}

function makeStage(options: StageOptions, newFolder: () => Promise<string>): Stage {
  const {
    platform = fakePlatform(),
    clock = fakeClock(),
    channel,
    channels,
    register,
    folder,
    start: _start,
    ...rest
  } = options;
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => "nobody may be waiting");
  const life = { dead: false, ended: ended.promise };
  const die = (): void => {
    life.dead = true;
    ended.reject(new Error("the process has died"));
  };
  const real = stateOf(options, clock);
  const state = dyingState(real, life, (step) => platform.onStep?.(step));
  const made = channels?.(platform) ?? [platform.channel({ ...channel, life })];
  const bot = createBot({ ...rest, channels: made, state, clock });
  register?.(bot);
  const until: Stage["until"] = async (holds, stepMs = 0) => {
    const end = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${String(holds)}`);
      await clock.advance(stepMs);
    }
  };
  return {
    platform,
    clock,
    bot,
    state: real,
    life,
    until,
    offer: platform.offer,
    say: (text, over = {}) => platform.offer(message({ text, ...over })),
    idle: (stepMs) =>
      until(async () => {
        const { waiting, active } = await real.inbox.size();
        return waiting + active === 0;
      }, stepMs),
    trace: async (id) => (await bot.trace(id)).map(({ hop, outcome }) => `${hop} ${outcome}`),
    die,
    async crash() {
      die();
      await clock.advance(0);
      if (folder === undefined) return { platform, clock, state: real };
      const copy = await newFolder();
      await cp(folder, copy, { recursive: true });
      return { platform, clock, folder: copy };
    },
  };
}

function stateOf({ folder, state }: StageOptions, clock: FakeClock): State {
  if (folder !== undefined) return sqliteStateAt({ file: join(folder, "bot.db") }, clock);
  return state ?? memoryStateAt(clock);
}

/** A dead process leaves its file; a live one is stopped, however long that takes in its own time. */
async function close({ bot, clock, life, state }: Stage): Promise<void> {
  if (life.dead) return state.close();
  let stopped = false;
  const stopping = bot.stop({ timeoutMs: 0 }).finally(() => {
    stopped = true;
  });
  const end = performance.now() + PATIENCE_MS;
  while (!stopped && performance.now() < end) await clock.advance(1_000);
  await stopping;
}
