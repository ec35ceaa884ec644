/** From a config file to what `createBot` takes: secrets filled in, channels described, agents and routes wired. */
import type { BotOptions, Channel, Route } from "@openclaw-china/core";
import { configError, fillIn, type Secrets } from "@openclaw-china/core/internal";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { type AccountRouting, parseDingTalkConfig } from "@openclaw-china/dingtalk/config";
import { type GatewayFile, parseConfigFile } from "./file.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Resolved {
  readonly file: GatewayFile;
  readonly channels: readonly Channel[];
  readonly routes: readonly Route[];
  /** Options of the bot that stand in the file. */
  readonly bot: Pick<BotOptions, "unknownReply" | "whenBusy" | "lanes" | "maxAgeMs" | "stopWords" | "turnTimeoutMs">;
  /** Routes that can never fire, and what else an operator should know. */
  readonly warnings: readonly string[];
}

/** Throws `config_invalid` or `secret_missing`, naming the key. */
export function resolveConfig(given: unknown, from: { readonly env: Env; readonly secrets: Secrets }): Resolved {
  const withDefaults = withCredentials(given, from);
  const file = parseConfigFile(fillIn(withDefaults, from));
  const { channels: options, routing } = parseDingTalkConfig(file.channels.dingtalk ?? { enabled: false });
  if (options.length === 0) throw noChannel();
  checkAgents(file, routing);
  const routes = routing.flatMap((one) => routesOf(one));
  const warnings = [...from.secrets.warnings.map(({ en }) => en), ...neverFiring(routing)];
  return { file, channels: options.map((one) => createDingTalk(one)), routes, bot: botOptions(file), warnings };
}

/** Credentials that a block leaves out come from their variables, wherever those are written. */
function withCredentials(given: unknown, { env, secrets }: { readonly env: Env; readonly secrets: Secrets }): unknown {
  const block = (given as { channels?: { dingtalk?: unknown } } | null)?.channels?.dingtalk;
  if (typeof block !== "object" || block === null || "accounts" in block) return given;
  const named = { app_key: "DINGTALK_APP_KEY", app_secret: "DINGTALK_APP_SECRET" };
  const known = Object.entries(named).filter(([, name]) => (env[name] ?? secrets.values[name]) !== undefined);
  const credentials = Object.fromEntries(known.map(([key, name]) => [key, `\${${name}}`]));
  const root = given as { channels: object };
  return { ...root, channels: { ...root.channels, dingtalk: { ...credentials, ...block } } };
}

function botOptions(file: GatewayFile): Resolved["bot"] {
  const { unknown_reply: unknownReply, when_busy: whenBusy, lanes, max_age_ms: maxAgeMs } = file;
  const all = {
    unknownReply,
    whenBusy,
    lanes,
    maxAgeMs,
    stopWords: file.stop_words,
    turnTimeoutMs: file.turn_timeout_ms,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Routes of one account in the order they are tried: its own, then keywords, then the group's agent, then the rest. */
function routesOf({ account, routes, keywords, groupAgent, defaultAgent }: AccountRouting): readonly Route[] {
  const here = { channel: "dingtalk", account };
  const inGroups = { ...here, group: "*" };
  return [
    ...routes,
    ...keywords.map(({ keyword, agent }) => ({ when: { ...inGroups, text: keyword }, agent })),
    ...(groupAgent === undefined ? [] : [{ when: inGroups, agent: groupAgent }]),
    ...(defaultAgent === undefined ? [] : [{ when: here, agent: defaultAgent }]),
  ];
}

function checkAgents({ agents }: GatewayFile, routing: readonly AccountRouting[]): void {
  for (const one of routing) {
    const wanted = [
      ...one.routes.map(({ agent }, at) => ({ agent, at: `routes[${at}].agent` })),
      ...one.keywords.map(({ agent, keyword }) => ({ agent, at: `group_routing.keyword_routes.${keyword}` })),
      ...(one.groupAgent === undefined ? [] : [{ agent: one.groupAgent, at: "group_routing.default_agent" }]),
      ...(one.defaultAgent === undefined ? [] : [{ agent: one.defaultAgent, at: "default_agent" }]),
    ];
    for (const { agent, at } of wanted) if (!(agent in agents)) throw unknownAgent(agent, at, Object.keys(agents));
  }
}

function unknownAgent(agent: string, at: string, known: readonly string[]): Error {
  const list = known.join(", ") || "none";
  return configError(`channels.dingtalk.${at} names the agent "${agent}", which is not in agents`, {
    en: `Add it under agents, or write one of those there: ${list}.`,
    zh: `请在 agents 中添加该名称,或改用已有的:${list}。`,
  });
}

function noChannel(): Error {
  return configError("no channel is enabled", {
    en: "Add channels.dingtalk to the config file, or set its enabled to true.",
    zh: "请在配置文件中加入 channels.dingtalk,或将其 enabled 设为 true。",
  });
}

/** A keyword that holds an earlier one never gets its turn. */
function neverFiring(routing: readonly AccountRouting[]): readonly string[] {
  const fold = (text: string): string => text.normalize("NFKC").toLowerCase();
  return routing.flatMap(({ account, keywords, defaultAgent }) => [
    ...keywords.flatMap(({ keyword }, at) => {
      const earlier = keywords.slice(0, at).find((one) => fold(keyword).includes(fold(one.keyword)));
      if (earlier === undefined) return [];
      return [
        `account ${account}: the keyword "${keyword}" never fires, since "${earlier.keyword}" before it takes its texts`,
      ];
    }),
    ...(defaultAgent === undefined
      ? [`account ${account}: there is no default_agent, so direct messages without a route get no answer`]
      : []),
  ]);
}
