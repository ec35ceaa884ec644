/** The demo: DingTalk simulated on this machine, the gateway on it, and one exchange made by itself. */
import { join } from "node:path";
import { memoryState } from "@openclaw-china/core";
import { type Logger, type Handler } from "@openclaw-china/core";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type Shown,
  type SimulatedGroup,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { createMemory } from "./agents/memory.ts";
import { demoAgent, demoReport, demoTranslation } from "./agents/demo.ts";
import { openAiAgent } from "./agents/openai.ts";
import { resolveConfig } from "./config/resolve.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import type { Console } from "./http/console.ts";

export interface Demo {
  readonly address: string;
  /** Which agent answers where no keyword does. */
  readonly agent: string;
  /** A person writes, the bot answers: what both saw. */
  exchange(): Promise<{ readonly said: string; readonly by: string; readonly answer: Shown }>;
  stop(timeoutMs: number): Promise<void>;
}

export interface DemoOptions {
  readonly port: number;
  readonly nextFree: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** Who answers where no model is connected. */
const OFFLINE = "离线演示 offline demo";
const KEYWORDS = {
  report: "reporting-agent",
  报表: "reporting-agent",
  translate: "translation-agent",
  翻译: "translation-agent",
};

export async function startDemo({ port, nextFree, env, log }: DemoOptions): Promise<Demo> {
  const sim = await createDingTalkSimulator();
  const lin = sim.user("林晓 Lin");
  const sales = sim.group("销售群 Sales", [lin]);
  const state = memoryState();
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey, OPENAI_MODEL: model } = env;
  const main: Handler =
    model === undefined
      ? demoAgent()
      : openAiAgent({
          baseUrl,
          apiKey,
          model,
          memory: createMemory({ store: state.store, agent: "main", maxMessages: 20 }),
        });
  let gateway: Gateway;
  try {
    const resolved = resolveConfig(demoConfig(sim), { env: {}, secrets: { file: "", values: {}, warnings: [] } });
    gateway = await startGateway({
      resolved,
      agents: { main, "reporting-agent": demoReport(), "translation-agent": demoTranslation() },
      state,
      log,
      console: demoConsole({ sim, lin, sales, agent: model ?? OFFLINE }),
      http: { host: "127.0.0.1", port, nextFree },
    });
  } catch (error) {
    await sim.close();
    throw error;
  }
  return {
    address: gateway.address,
    agent: model ?? OFFLINE,
    async exchange() {
      const said = "你好";
      await lin.say(said);
      return { said, by: lin.name, answer: await lin.screen().next({ timeoutMs: 30_000 }) };
    },
    async stop(timeoutMs) {
      await gateway.stop(timeoutMs);
      await sim.close();
    },
  };
}

/** The canonical block, with the simulator's credentials and addresses. */
function demoConfig({ app }: DingTalkSimulator): unknown {
  return {
    agents: { main: { kind: "echo" }, "reporting-agent": { kind: "echo" }, "translation-agent": { kind: "echo" } },
    channels: {
      dingtalk: {
        enabled: true,
        mode: "stream",
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
  readonly agent: string;
}

function demoConsole({ sim, lin, sales, agent }: ConsoleParts): Console {
  const messagesAt = (
    group?: SimulatedGroup,
  ): readonly (Omit<Shown, "file" | "history"> & {
    readonly isBot: boolean;
    readonly reactions: readonly string[];
  })[] =>
    lin
      .screen(group === undefined ? {} : { group })
      .messages.slice(-200)
      .map(({ id, from, kind, text, state, buttons }) => ({
        id,
        from,
        kind,
        text,
        state,
        buttons,
        isBot: from === sim.botId,
        reactions: sim.reactions(id),
      }));
  return {
    folder: join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "../dist/page" : "page"),
    describe: () => ({
      agent,
      bot: { id: sim.botId, name: "助手 Assistant" },
      person: { id: lin.id, name: lin.name },
      groups: [{ id: sales.id, title: sales.title }],
      routes: Object.entries(KEYWORDS).map(([keyword, name]) => ({ keyword, agent: name })),
    }),
    screens: () => [
      { place: "direct", messages: messagesAt() },
      { place: sales.id, messages: messagesAt(sales) },
    ],
    watch: (listener) => sim.watch(listener),
    say({ text, group, mention }) {
      if (group !== undefined && group !== sales.id) throw new Error(`没有这个群 · there is no group ${group}`);
      const where = group === undefined ? {} : { group: sales, ...(mention === undefined ? {} : { mention }) };
      // It resolves when the bot has acknowledged; the page shows what comes of it.
      lin.say(text, where).catch(() => "the simulator was closed meanwhile");
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
