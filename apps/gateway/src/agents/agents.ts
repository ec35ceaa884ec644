/** Agents by name, as the config file describes them. */
import type { Handler, Store } from "@openclaw-china/core";
import type { AgentConfig } from "../config/file.ts";
import { createMemory } from "./memory.ts";
import { openAiAgent } from "./openai.ts";

/** One handler per agent; `store` keeps what they remember. */
export function agentsOf(configs: Readonly<Record<string, AgentConfig>>, store: Store): Record<string, Handler> {
  return Object.fromEntries(Object.entries(configs).map(([name, config]) => [name, agentOf(name, config, store)]));
}

function agentOf(name: string, config: AgentConfig, store: Store): Handler {
  if (config.kind === "echo") return (turn) => `You said: ${turn.text}`;
  if (config.kind === "openai") {
    const { base_url: baseUrl, api_key: apiKey, model, system, memory_messages: maxMessages } = config;
    return openAiAgent({
      name,
      baseUrl,
      apiKey,
      model,
      system,
      memory: createMemory({ store, agent: name, maxMessages }),
    });
  }
  return openAiAgent({
    name,
    host: "openclaw",
    baseUrl: `${config.url.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1`,
    apiKey: config.token,
    model: `openclaw/${config.agent}`,
    memory: createMemory({ store, agent: name, maxMessages: 0 }), // the host keeps the history
    extra: (turn) => ({
      user: turn.conversation.key,
      headers: { "x-openclaw-message-channel": turn.channel },
    }),
  });
}
