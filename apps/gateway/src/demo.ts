/** The demo: DingTalk simulated on this machine, the gateway on it, and one exchange made by itself. */
import { join } from "node:path";
import { type Handler, type Logger, memoryState, type Store } from "@openclaw-china/core";
import { createDingTalkRobot } from "@openclaw-china/dingtalk";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type Shown,
  type SimulatedGroup,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { createMemory } from "./agents/memory.ts";
import { demoAgent, demoReport, demoRobot, demoTranslation } from "./agents/demo.ts";
import { openAiAgent } from "./agents/openai.ts";
import { resolveConfig } from "./config/resolve.ts";
import { createReads, type Reads } from "./demo-reads.ts";
import { startGateway } from "./gateway.ts";
import type { Console, ShownMessage } from "./http/console.ts";

/** A demo that runs. */
export interface Demo {
  readonly address: string;
  /** Which agent answers where no keyword does. */
  readonly agent: string;
  /** A person writes, the bot answers: what both saw. */
  exchange(): Promise<{ readonly said: string; readonly by: string; readonly answer: Shown }>;
  stop(timeoutMs: number): Promise<void>;
}

/** Where it listens, and what it takes from outside. */
export interface DemoOptions {
  readonly port: number;
  readonly nextFree: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** Models on a small machine are slow. */
const EXCHANGE_MS = 120_000;
/** Who answers where no model is connected. */
const OFFLINE = "离线演示 offline demo";
const KEYWORDS = {
  report: "reporting-agent",
  报表: "reporting-agent",
  translate: "translation-agent",
  翻译: "translation-agent",
  "/robot": "robot-agent",
};

/** Rejects with what only a person can heal; then nothing is left open. */
export async function startDemo({ port, nextFree, env, log }: DemoOptions): Promise<Demo> {
  await using undo = new AsyncDisposableStack();
  const state = memoryState();
  const { main, model } = mainAgent(env, state.store);
  const sim = undo.use(await createDingTalkSimulator());
  const lin = sim.user("林晓 Lin");
  const sales = sim.group("销售群 Sales", [lin]);
  const robot = undo.use(createDingTalkRobot(sim.robot(sales)));
  const reads = createReads(sim, lin);
  const resolved = resolveConfig(demoConfig(sim), { env: {}, secrets: { file: "", values: {}, warnings: [] } });
  const gateway = await startGateway({
    resolved,
    agents: {
      main: reads.noting(main),
      "reporting-agent": reads.noting(demoReport()),
      "translation-agent": reads.noting(demoTranslation()),
      "robot-agent": reads.noting(demoRobot(robot)),
    },
    state,
    log,
    console: demoConsole({ sim, lin, sales, model, reads, address: () => gateway.address }),
    http: { host: "127.0.0.1", port, nextFree },
  });
  undo.move();
  return {
    address: gateway.address,
    agent: model ?? OFFLINE,
    async exchange() {
      const said = "你好";
      await lin.say(said);
      return { said, by: lin.name, answer: await lin.screen().next({ timeoutMs: EXCHANGE_MS }) };
    },
    async stop(timeoutMs) {
      await gateway.stop(timeoutMs);
      await robot.close();
      await sim.close();
    },
  };
}

/** The model of the environment, if there is one; a variable that is set to nothing is none. */
function mainAgent(
  env: DemoOptions["env"],
  store: Store,
): { readonly main: Handler; readonly model: string | undefined } {
  const given = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const model = given("OPENAI_MODEL");
  if (model === undefined) return { main: demoAgent(), model };
  const memory = createMemory({ store, agent: "main", maxMessages: 20 });
  const main = openAiAgent({ baseUrl: given("OPENAI_BASE_URL"), apiKey: given("OPENAI_API_KEY"), model, memory });
  return { main, model };
}

/** The canonical block, with the simulator's credentials and addresses. */
function demoConfig({ app }: DingTalkSimulator): unknown {
  return {
    agents: {
      main: { kind: "echo" },
      "reporting-agent": { kind: "echo" },
      "translation-agent": { kind: "echo" },
      "robot-agent": { kind: "echo" },
    },
    channels: {
      dingtalk: {
        enabled: true,
        mode: "both",
        app_key: app.appKey,
        app_secret: app.appSecret,
        endpoints: app.endpoints,
        respond_to_mentions: true,
        respond_to_private: true,
        default_agent: "main",
        group_routing: { mention_only: true, keyword_routes: KEYWORDS, default_agent: "main" },
      },
    },
  };
}

interface ConsoleParts {
  readonly sim: DingTalkSimulator;
  readonly lin: SimulatedUser;
  readonly sales: SimulatedGroup;
  readonly model: string | undefined;
  readonly reads: Reads;
  /** Of the gateway, once it runs. */
  readonly address: () => string;
}

/** The page gets this many of a chat's newest messages. */
const MAX_SHOWN = 200;

function demoConsole({ sim, lin, sales, model, reads, address }: ConsoleParts): Console {
  const unmentioned = new Set<string>();
  const posted = new Set<string>();
  /** The app stands in HTTP mode until this one message is acknowledged. */
  const post = async (say: () => Promise<void>, saidId: () => string | undefined): Promise<void> => {
    using mode = sim.webhook({ address: new URL("webhooks/dingtalk", address()).href });
    const saying = say();
    const id = saidId();
    await saying;
    if (id !== undefined && mode.calls.some(({ status }) => status === 200)) posted.add(id);
  };
  const groupOf = (id: string): SimulatedGroup => {
    if (id !== sales.id) throw new Error(`没有这个群 · there is no group ${id}`);
    return sales;
  };
  const messagesAt = (group?: SimulatedGroup): readonly PageMessage[] =>
    lin
      .screen(group === undefined ? {} : { group })
      .messages.slice(-MAX_SHOWN)
      .map(({ id, from, kind, text, state, history, buttons }) => {
        const isBot = from !== lin.id;
        const mentioned = isBot || group === undefined ? {} : { mentioned: !unmentioned.has(id) };
        const by = isBot && from !== sim.botId ? { by: "群机器人 Group robot" } : {};
        const isRead = reads.isRead(id);
        const read = isRead === undefined ? {} : { isRead };
        const way = posted.has(id) ? { isPosted: true } : {};
        const more = { updates: history.length, reactions: sim.reactions(id), ...mentioned, ...read, ...by, ...way };
        return { id, kind, text, state, buttons, isBot, ...more };
      });
  return {
    folder: join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "../dist/page" : "page"),
    describe: () => ({
      ...(model === undefined ? {} : { model }),
      bot: { name: "助手 Assistant" },
      person: { name: lin.name },
      groups: [{ id: sales.id, title: sales.title }],
      routes: Object.entries(KEYWORDS).map(([keyword, agent]) => ({
        keyword,
        agent,
        example: agent === "translation-agent" ? `${keyword} hello` : keyword,
      })),
    }),
    screens: () => [
      { place: "direct", messages: messagesAt() },
      { place: sales.id, messages: messagesAt(sales) },
    ],
    watch: (listener) => sim.watch(listener),
    say({ text, group, mention = true, way = "stream" }) {
      if (group !== undefined) groupOf(group);
      // It is on the screen at once. It resolves when the bot has acknowledged; the page shows what comes of it.
      const where = group === undefined ? {} : { group: sales };
      const say = (): Promise<void> => lin.say(text, group === undefined ? {} : { ...where, mention });
      const saidId = (): string | undefined => lin.screen(where).messages.findLast(({ from }) => from === lin.id)?.id;
      (way === "webhook" ? post(say, saidId) : say()).catch(() => "the simulator was closed meanwhile");
      const id = saidId();
      if (id !== undefined && group !== undefined && !mention) unmentioned.add(id);
    },
    look: ({ group }, bot) => reads.look(bot, group === undefined ? undefined : groupOf(group)),
    sendFile(file) {
      lin.sendFile(file).catch(() => "the simulator was closed meanwhile");
    },
    press({ id, button }) {
      const shown = [...lin.screen().messages, ...lin.screen({ group: sales }).messages];
      const card = shown.find((message) => message.id === id);
      if (card?.buttons.some((one) => one.id === button) !== true) {
        throw new Error("没有这个按钮,可能已有人点过 · there is no such button; it may have been pressed before");
      }
      lin.press(card, button).catch(() => "the simulator was closed meanwhile");
    },
  };
}

/** The page's side of it is page/src/facts.ts. */
interface PageMessage extends ShownMessage, Pick<Shown, "kind" | "text" | "state" | "buttons"> {
  /** Texts it has shown so far. */
  readonly updates: number;
  readonly reactions: readonly string[];
  /** Of a message that is not the bot's: who has sent it. */
  readonly by?: string;
  /** Of a person's message: the platform has posted it to the webhook. */
  readonly isPosted?: boolean;
  /** Of an answer that can be asked about. */
  readonly isRead?: boolean;
}
