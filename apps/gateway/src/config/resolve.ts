/** From a config file to what `createBot` takes: secrets filled in, channels described, agents and routes wired. */
import {
  type BotOptions,
  type Channel,
  ChannelError,
  createBot,
  type Localized,
  type Route,
} from "@openclaw-china/core";
import { channelError, configError, fillIn, lookUp, type Secrets } from "@openclaw-china/core/internal";
import type { AccountRouting } from "@openclaw-china/core/internal/config";
import type { Platform, PlatformAccount } from "../platforms/platform.ts";
import { PLATFORMS } from "../platforms/platforms.ts";
import { type GatewayFile, isBlock, parseConfigFile } from "./file.ts";
import { secretsOf } from "./secret.ts";
import { warningsOf } from "./warnings.ts";

/** Where `${NAME}` comes from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Secrets;
}

/** A route with its place in the file, for errors and warnings. */
export interface PlacedRoute {
  readonly place: string;
  readonly route: Route;
}

/** A config file, understood. */
export interface Resolved {
  readonly file: GatewayFile;
  readonly channels: readonly Channel[];
  readonly routes: readonly Route[];
  /** Options of the bot that stand in the file. */
  readonly bot: Pick<BotOptions, "unknownReply" | "whenBusy" | "lanes" | "maxAgeMs" | "stopWords" | "turnTimeoutMs">;
  /** Routes that can never fire, and what else an operator should know. */
  readonly warnings: readonly Localized[];
  /** Texts that must be seen nowhere. */
  readonly hidden: readonly string[];
}

/** Throws `config_invalid` or `secret_missing`, naming the key. */
export function resolveConfig(given: unknown, from: Sources): Resolved {
  const written = withDefaults(withoutDisabled(given), from);
  const file = parseConfigFile(fillIn(written, from));
  const accounts = PLATFORMS.flatMap((platform) => accountsOf(platform, file));
  if (accounts.length === 0) throw noChannel();
  const placed = accounts.flatMap(({ routes }) => routes);
  for (const one of placed) checkAgent(one, file);
  for (const one of accounts) checkCredentials(one, from);
  checkModels(file, from);
  const described = accounts.map((one) => ({ ...one, channel: one.account.channel() }));
  const channels = described.map(({ channel }) => channel);
  checkBot({ file, channels, placed });
  const warnings = [...from.secrets.warnings, ...described.flatMap((one) => warningsOf(one)), ...agentWarnings(file)];
  return {
    file,
    channels,
    routes: placed.map(({ route }) => route),
    bot: botOptions(file),
    warnings,
    hidden: secretsOf(file, { given: written, from }),
  };
}

/** An account of the file, with its routes in the order they are tried. */
interface PlacedAccount {
  readonly account: PlatformAccount;
  readonly routes: readonly PlacedRoute[];
  readonly places: Places;
}

function accountsOf(platform: Platform, { channels }: GatewayFile): readonly PlacedAccount[] {
  const block = channels[platform.id] ?? { enabled: false };
  const places = placesIn(platform.id, block);
  return platform.read(block).map((account) => ({
    account,
    routes: routesOf(platform.id, account.routing, (key) => places.of(account.routing.account, key)),
    places,
  }));
}

/** What is switched off needs no secrets. */
function withoutDisabled(given: unknown): unknown {
  return mapChannels(given, (block) => {
    if (block["enabled"] === false) return { enabled: false };
    const { accounts } = block;
    if (!isBlock(accounts)) return block;
    const off = (one: unknown): boolean => isBlock(one) && one["enabled"] === false;
    return { ...block, accounts: mapBlock(accounts, (one) => (off(one) ? { enabled: false } : one)) };
  });
}

/** Credentials that are left out come from their variables, wherever those are written. */
function withDefaults(given: unknown, from: Sources): unknown {
  const known = (names: Readonly<Record<string, string>>): object =>
    mapBlock(
      Object.fromEntries(Object.entries(names).filter(([, name]) => lookUp(name, from) !== undefined)),
      (name) => `\${${String(name)}}`,
    );
  const whole = mapChannels(given, (block, { variables, usesVariables }) =>
    usesVariables?.(block) === false ? block : { ...known(variables), ...block },
  );
  if (!isBlock(whole)) return whole;
  const { agents } = whole;
  const endpoint = known({ base_url: "OPENAI_BASE_URL", api_key: "OPENAI_API_KEY" });
  const isModel = (one: unknown): one is object => isBlock(one) && one["kind"] === "openai";
  return {
    ...whole,
    ...(isBlock(agents) ? { agents: mapBlock(agents, (one) => (isModel(one) ? { ...endpoint, ...one } : one)) } : {}),
  };
}

type Block = Readonly<Record<string, unknown>>;

/** The file with the blocks of the platforms changed; what is no block stays, for the schema to refuse. */
function mapChannels(given: unknown, map: (block: Block, platform: Platform) => Block): unknown {
  if (!isBlock(given) || !isBlock(given["channels"])) return given;
  const { channels } = given;
  const changed = PLATFORMS.flatMap((platform) => {
    const block = channels[platform.id];
    return isBlock(block) ? [[platform.id, map(block, platform)] as const] : [];
  });
  return { ...given, channels: { ...channels, ...Object.fromEntries(changed) } };
}

function mapBlock(
  block: Readonly<Record<string, unknown>>,
  map: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(block).map(([key, value]) => [key, map(value)]));
}

function botOptions(file: GatewayFile): Resolved["bot"] {
  const all = {
    unknownReply: file.unknown_reply,
    whenBusy: file.when_busy,
    lanes: file.lanes,
    maxAgeMs: file.max_age_ms,
    stopWords: file.stop_words,
    turnTimeoutMs: file.turn_timeout_ms,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Where keys of an account stand in the file. */
export interface Places {
  /** Its own, or that of the block, whose keys are defaults. */
  of(account: string, key: string): string;
  /** Whether the account or the block has the key. */
  has(account: string, key: string): boolean;
}

function placesIn(id: string, block: unknown): Places {
  const accounts = isBlock(block) && isBlock(block["accounts"]) ? block["accounts"] : {};
  const ownHas = (account: string, key: string): boolean => {
    const own = Object.hasOwn(accounts, account) ? accounts[account] : undefined;
    return isBlock(own) && (key === "" || Object.hasOwn(own, key.split(/[.[]/)[0] ?? key));
  };
  return {
    of: (account, key) =>
      `channels.${id}.${ownHas(account, key) ? `accounts.${account}.` : ""}${key}`.replace(/\.$/, ""),
    has: (account, key) => ownHas(account, key) || (isBlock(block) && Object.hasOwn(block, key)),
  };
}

/** Routes of one account in the order they are tried: its own, then keywords, then the group's agent, then the rest. */
function routesOf(channel: string, one: AccountRouting, place: (key: string) => string): readonly PlacedRoute[] {
  const { account, routes, keywords, groupAgent, defaultAgent } = one;
  const here = { channel, account };
  const inGroups = { ...here, group: "*" };
  const group = groupAgent === defaultAgent ? "default_agent" : "group_routing.default_agent";
  return [
    ...routes.map((route, at) => ({ place: place(`routes[${at}]`), route })),
    ...keywords.map(({ keyword, agent }) => ({
      place: place(`group_routing.keyword_routes.${keyword}`),
      route: { when: { ...inGroups, text: keyword }, agent },
    })),
    ...(groupAgent === undefined ? [] : [{ place: place(group), route: { when: inGroups, agent: groupAgent } }]),
    ...(defaultAgent === undefined
      ? []
      : [{ place: place("default_agent"), route: { when: here, agent: defaultAgent } }]),
  ];
}

function checkAgent({ place, route }: PlacedRoute, { agents }: GatewayFile): void {
  if (Object.hasOwn(agents, route.agent)) return;
  const list = Object.keys(agents).join(", ");
  const example = `agents: { "${route.agent}": { kind: "echo" } }`;
  throw configError(`${place} names the agent "${route.agent}", which is not in agents`, {
    en: list === "" ? `Add it, for example ${example}.` : `Add it under agents, or write one of those there: ${list}.`,
    zh: list === "" ? `请添加,例如 ${example}。` : `请在 agents 中添加该名称,或改用已有的:${list}。`,
  });
}

function checkCredentials({ account, places }: PlacedAccount, { secrets }: Sources): void {
  const [first] = account.missing;
  if (first === undefined) return;
  throw secretMissing(places.of(account.routing.account, first.key), first.variable, secrets.file);
}

/** An endpoint of one's own may want no key; OpenAI itself does. */
function checkModels({ agents }: GatewayFile, { secrets }: Sources): void {
  for (const [name, agent] of Object.entries(agents)) {
    if (agent.kind !== "openai" || agent.base_url !== undefined || agent.api_key !== undefined) continue;
    throw secretMissing(`agents.${name}.api_key`, "OPENAI_API_KEY", secrets.file);
  }
}

function secretMissing(place: string, name: string, file: string): Error {
  return channelError({
    code: "secret_missing",
    kind: "config",
    message: `${place} is missing, and ${name} is neither in the environment nor in ${file}`,
    fix: {
      en: `Add the line ${name}=… to ${file}, or set the variable ${name}.`,
      zh: `请在 ${file} 中加入一行 ${name}=…,或设置环境变量 ${name}。`,
    },
  });
}

/** What `createBot` finds wrong (examples, time windows, policies), with places of the file instead of numbers of routes. */
function checkBot(parts: {
  readonly file: GatewayFile;
  readonly channels: readonly Channel[];
  readonly placed: readonly PlacedRoute[];
}): void {
  const { file, channels, placed } = parts;
  const agents = Object.fromEntries(Object.keys(file.agents).map((name) => [name, () => undefined]));
  try {
    createBot<string>({ channels, agents, routes: placed.map(({ route }) => route) });
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const message = error.message.replaceAll(
      /routes\[(\d+)\]/g,
      (text, at: string) => placed[Number(at)]?.place ?? text,
    );
    throw configError(message, error.fix, error);
  }
}

function noChannel(): Error {
  return configError("no channel is enabled", {
    en: `Add one to the config file (${PLATFORMS.map(({ id }) => `channels.${id}`).join(", ")}), or set its enabled to true.`,
    zh: `请在配置文件中加入渠道(${PLATFORMS.map(({ id }) => `channels.${id}`).join("、")}),或将其 enabled 设为 true。`,
  });
}

function agentWarnings({ agents }: GatewayFile): readonly Localized[] {
  return Object.entries(agents).flatMap(([name, agent]) => {
    if (agent.kind !== "openclaw" || agent.agent !== "default") return [];
    return [
      {
        en: `agents.${name}.agent is "default", which OpenClaw refuses where it has several agents: name the agent`,
        zh: `agents.${name}.agent 为 "default":OpenClaw 配有多个 agent 时会拒绝,请写明 agent 的 id`,
      },
    ];
  });
}
