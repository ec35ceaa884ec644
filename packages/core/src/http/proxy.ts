/** Agents by proxy setting: `"env"`, `"off"` or a URL. Node's own agent speaks CONNECT and honours NO_PROXY. */
import { Agent as HttpAgent, type AgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { configError } from "../errors.ts";
import type { ChannelOptions } from "../model/capabilities.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Options of an agent for this proxy setting. Throws `config_invalid` for something that is no URL. */
export function proxyOptions(proxy: ChannelOptions["proxy"], env: Env): AgentOptions {
  if (proxy === "off") return {};
  if (proxy === undefined || proxy === "env") return { proxyEnv: { ...env } };
  if (!URL.canParse(proxy)) {
    throw configError("proxy is neither env, off nor a URL", {
      en: 'Write proxy: "env", "off" or a URL such as http://127.0.0.1:3128.',
      zh: '请写 proxy: "env"、"off" 或代理地址,例如 http://127.0.0.1:3128。',
    });
  }
  return { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } };
}

/** A new agent for the scheme of a URL (`http:`, `https:`, `ws:`, `wss:`). */
export function createAgent(scheme: string, options: AgentOptions): HttpAgent | HttpsAgent {
  return scheme === "https:" || scheme === "wss:" ? new HttpsAgent(options) : new HttpAgent(options);
}
