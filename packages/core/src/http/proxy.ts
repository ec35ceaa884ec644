/** Agents by proxy setting: `"env"`, `"off"` or a URL. Node's own agent speaks CONNECT and honours NO_PROXY. */
import type { Agent as HttpAgent, AgentOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { configError } from "../errors.ts";
import type { ChannelOptions } from "../model/capabilities.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Options of an agent for this proxy setting. Throws `config_invalid` for something that is no proxy's address. */
export function proxyOptions(proxy: ChannelOptions["proxy"], env: Env): AgentOptions {
  if (proxy === "off") return {};
  if (proxy === undefined || proxy === "env") return fromEnvironment(env);
  if (!isProxyAddress(proxy)) {
    throw configError("proxy is neither env, off nor the address of an HTTP proxy", {
      en: 'Write proxy: "env", "off" or an address such as http://127.0.0.1:3128.',
      zh: '请写 proxy: "env"、"off" 或代理地址,例如 http://127.0.0.1:3128。',
    });
  }
  return { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } };
}

/** Only the variables about proxies: what else is in the environment is no agent's business. */
function fromEnvironment(env: Env): AgentOptions {
  const proxyEnv = Object.fromEntries(Object.entries(env).filter(([name, value]) => PROXY_NAME.test(name) && value));
  return Object.keys(proxyEnv).some((name) => !/^no/i.test(name)) ? { proxyEnv } : {};
}

const PROXY_NAME = /^(https?|no)_proxy$/i;

/** A new agent for the scheme of a URL (`http:`, `https:`, `ws:`, `wss:`). Throws `config_invalid` for a bad variable. */
export function createAgent(scheme: string, options: AgentOptions): HttpAgent | HttpsAgent {
  try {
    // Not by import, which reads every export of node:http and so loads Node's own fetch and WebSocket with them.
    const { Agent } = process.getBuiltinModule(scheme === "https:" || scheme === "wss:" ? "node:https" : "node:http");
    return new Agent(options);
  } catch {
    // Node's own error repeats the address, and with it the password.
    throw configError("a proxy variable of the environment (HTTPS_PROXY, HTTP_PROXY) holds no address", {
      en: 'Correct the variable, for example http://127.0.0.1:3128, or write proxy: "off".',
      zh: '请更正该环境变量,例如 http://127.0.0.1:3128,或设置 proxy: "off"。',
    });
  }
}

/** `localhost:3128` is a URL too, of the scheme `localhost:`. */
function isProxyAddress(proxy: string): boolean {
  if (!URL.canParse(proxy)) return false;
  const { protocol, hostname } = new URL(proxy);
  return (protocol === "http:" || protocol === "https:") && hostname !== "";
}
