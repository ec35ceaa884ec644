/** A platform that outlives the bot processes, the file they share in turn, and what people see in the end. */
import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  createDingTalkSimulator,
  createWeComSimulator,
  type DingTalkSimulator,
  type DingTalkSimulatorOptions,
  type Place,
  type Shown,
  type SimulatedUser,
  type WebhookCall,
  type WeComSimulator,
  type WeComSimulatorOptions,
} from "@openclaw-china/testkit";
import type { WeComOptions } from "@openclaw-china/wecom";
import type { Orders, Platform } from "../src/orders.ts";
import { type Front, openFront } from "./front.ts";
import { type BotProcess, type Exit, startProcess, until } from "./process.ts";

export interface World<S = DingTalkSimulator> extends AsyncDisposable {
  readonly sim: S;
  readonly file: string;
  readonly folder: string;
  start(orders?: Partial<Orders>): BotProcess;
  /** Starts one that dies at the point and waits for its end; `meanwhile` is what people do. */
  die(orders: Partial<Orders> & { readonly killAt: string }, meanwhile: () => void): Promise<Exit>;
  /** What is committed in the file, read from a copy, so that the next process repairs the original itself. */
  recorded(onlyOpen?: boolean): Promise<Recorded>;
  /** What was posted, and how it was answered. */
  readonly posts: readonly WebhookCall[];
}

export interface Recorded {
  /** In order of acceptance. */
  readonly inbox: readonly { readonly state: string; readonly attempt: number }[];
  /** States in order of the first write. */
  readonly outbox: readonly string[];
}

export interface WorldOptions extends DingTalkSimulatorOptions {
  /** `webhook`: no cards, all goes through the session webhook. Default cards. */
  readonly route?: "card" | "webhook";
  /** Webhook mode: the platform posts to an address in front of the process that runs. Default stream mode. */
  readonly isPosted?: boolean;
}

export async function createWorld({ route = "card", isPosted = false, ...options }: WorldOptions = {}): Promise<World> {
  const sim = await createDingTalkSimulator(options);
  const front = isPosted ? await openFront() : undefined;
  const posts = front === undefined ? undefined : sim.webhook({ address: front.address }).calls;
  const mode = isPosted ? { mode: "webhook" as const } : {};
  const app = { ...sim.app, ...mode, ...(route === "card" ? {} : { streaming: "off" as const }) };
  return createWorldOf(sim, { id: "dingtalk", app }, { front, posts });
}

export interface WeComWorldOptions extends WeComSimulatorOptions {
  readonly app?: Pick<WeComOptions, "streaming" | "thinking">;
}

export async function createWeComWorld({ app = {}, ...options }: WeComWorldOptions = {}): Promise<
  World<WeComSimulator>
> {
  const sim = await createWeComSimulator(options);
  return createWorldOf(sim, { id: "wecom", app: { ...sim.app, ...app } });
}

/** Of a world in which the platform posts. */
interface Posting {
  readonly front?: Front | undefined;
  readonly posts?: readonly WebhookCall[] | undefined;
}

async function createWorldOf<S extends { close(): Promise<void> }>(
  sim: S,
  platform: Platform,
  { front, posts = [] }: Posting = {},
): Promise<World<S>> {
  const folder = await mkdtemp(join(tmpdir(), "openclaw-crash-"));
  const file = join(folder, "state.db");
  const processes: BotProcess[] = [];
  const start: World["start"] = (orders = {}) => {
    const started = startProcess({ platform, file, ...orders });
    processes.push(started);
    front?.lead(started.report("ready").then(({ port }) => port));
    return started;
  };
  return {
    sim,
    file,
    folder,
    start,
    async die(orders, meanwhile) {
      const victim = start(orders);
      await Promise.race([victim.ready.catch(() => "it is dead already"), victim.exited]);
      meanwhile();
      const exit = await victim.exited;
      if (exit.signal !== "SIGKILL" || !exit.said.includes(`killed at: ${orders.killAt}`)) {
        throw new Error(`it was to die at "${orders.killAt}" and did not: ${JSON.stringify(exit)}`);
      }
      return exit;
    },
    recorded: (onlyOpen = false) => readCopy(folder, onlyOpen),
    posts,
    async [Symbol.asyncDispose]() {
      for (const one of processes) one.kill("SIGKILL");
      await Promise.all(processes.map((one) => one.exited));
      await front?.close();
      await sim.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is done has no part in it when only what is open counts. */
async function readCopy(folder: string, onlyOpen: boolean): Promise<Recorded> {
  const copy = await mkdtemp(join(tmpdir(), "openclaw-crash-copy-"));
  try {
    const files = (await readdir(folder)).filter((name) => name.startsWith("state.db") && !name.endsWith(".blobs"));
    for (const name of files) await copyFile(join(folder, name), join(copy, name));
    const db = new DatabaseSync(join(copy, "state.db"));
    const open = onlyOpen ? "WHERE inbox.state <> 'done'" : "";
    const rows = db.prepare(`SELECT state, attempt FROM inbox ${open} ORDER BY seq`).all();
    const inbox = rows as unknown as Recorded["inbox"];
    const parts = `SELECT outbox.state FROM outbox JOIN inbox ON inbox.key = outbox.turn ${open} ORDER BY turn, outbox.seq`;
    const outbox = db.prepare(parts).all() as { state: string }[];
    db.close();
    return { inbox: inbox.map((row) => ({ ...row })), outbox: outbox.map(({ state }) => state) };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Says something without waiting for the acknowledgement, which may never come. */
export function mutter(user: SimulatedUser, text: string, where?: Place): void {
  user.say(text, where).catch(() => "nobody waits for it");
}

/** What the bot has written there. */
export function written(
  { sim }: { readonly sim: { readonly botId: string } },
  user: SimulatedUser,
  where?: Place,
): readonly Shown[] {
  return user.screen(where).messages.filter(({ from }) => from === sim.botId);
}

export function isNotice({ text }: Pick<Shown, "text">): boolean {
  return text.includes("may not have arrived");
}

/** The pieces of a long answer as one text again. */
export function joined(shown: readonly Shown[]): string {
  return shown.map(({ text }) => text.trim()).join(" ");
}

/** Resolves when no message carries a sign that somebody is thinking about it. */
export async function unmarked({ sim }: Pick<World, "sim">, user: SimulatedUser, where?: Place): Promise<void> {
  const marks = (): string[] => user.screen(where).messages.flatMap(({ id }) => sim.reactions(id));
  await until(() => marks().length === 0, "the thinking signs are gone");
}

/** The rest of the story: a new process on the same file does what is left, and nothing is left then. */
export async function recover(world: Pick<World, "start">, orders: Partial<Orders> = {}): Promise<BotProcess> {
  const successor = world.start(orders);
  await successor.ready;
  await successor.quiet();
  return successor;
}
