/**
 * The `channels.dingtalk` block of a config file: validation, JSON Schema and reference docs from one table of keys. Called by
 * the gateway's loader after `${NAME}` has been resolved; a build entry of its own, so that the channel does not load it.
 */
import type { Route } from "@openclaw-china/core";
import { configError } from "@openclaw-china/core/internal";
import * as z from "zod/mini";
import type { DingTalkOptions } from "./options.ts";

/** What a block comes to: one description of a channel per account, and who answers there. */
export interface DingTalkConfig {
  /** For `createDingTalk`. Empty when the block is not enabled. */
  readonly channels: readonly DingTalkOptions[];
  /** One per channel, in the same order. */
  readonly routing: readonly AccountRouting[];
}

/** Who answers on one account; the loader turns it into `handler`, `agents` and `routes` of the bot. */
export interface AccountRouting {
  readonly account: string;
  readonly defaultAgent?: string;
  /** Of groups; default `defaultAgent`. */
  readonly groupAgent?: string;
  /** Of groups, in file order: a substring of the text without mentions, any case. */
  readonly keywords: readonly { readonly keyword: string; readonly agent: string }[];
  /** Tried before the keywords; `when` holds channel and account already. */
  readonly routes: readonly Route[];
}

/** One line of the reference. */
export interface ConfigKey {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

const text = z.string().check(z.minLength(1));
const id = z.pipe(z.union([text, z.number()]), z.transform(String)); // ids may look like numbers in a file
const list = z.array(id);
const oneOrMore = z.union([id, list]);
const policy = ["open", "allowlist", "disabled"] as const;

const when = z.strictObject({
  text: z.optional(z.union([text, z.array(text)])),
  group: z.optional(oneOrMore),
  sender: z.optional(oneOrMore),
  kind: z.optional(z.enum(["text", "image", "voice", "video", "file"])),
  between: z.optional(z.string().check(z.regex(/^\d{2}:\d{2}-\d{2}:\d{2}$/))),
});

const entry = {
  enabled: z.optional(z.boolean()),
  mode: z.optional(z.enum(["stream", "webhook", "both"])),
  app_key: z.optional(id),
  app_secret: z.optional(id),
  robot_code: z.optional(id),
  bot_name: z.optional(text),
  card_template: z.optional(z.strictObject({ id: text, streaming_key: text })),
  endpoints: z.optional(z.strictObject({ api: z.optional(z.url()), oapi: z.optional(z.url()) })),
  proxy: z.optional(z.union([z.enum(["env", "off"]), z.url()])),
  thinking: z.optional(z.enum(["reaction", "text", "off"])),
  streaming: z.optional(z.enum(["auto", "off"])),
  monthly_call_budget: z.optional(z.number().check(z.positive())),
  respond_to_mentions: z.optional(z.boolean()),
  respond_to_private: z.optional(z.boolean()),
  dm_policy: z.optional(z.enum(["open", "pairing", "allowlist", "disabled"])),
  allow_from: z.optional(list),
  group_policy: z.optional(z.enum(policy)),
  group_allow_from: z.optional(list),
  require_mention: z.optional(z.boolean()),
  groups: z.optional(
    z.record(z.string(), z.strictObject({ allow_from: z.optional(list), require_mention: z.optional(z.boolean()) })),
  ),
  allow_bots: z.optional(z.boolean()),
  token: z.optional(text),
  aes_key: z.optional(z.string().check(z.length(43))),
  default_agent: z.optional(text),
  group_routing: z.optional(
    z.strictObject({
      mention_only: z.optional(z.boolean()),
      keyword_routes: z.optional(z.record(text, text)),
      default_agent: z.optional(text),
    }),
  ),
  routes: z.optional(z.array(z.strictObject({ when, agent: text, examples: z.optional(z.array(z.string())) }))),
};

const account = z.strictObject(entry);
const block = z.strictObject({
  ...entry,
  accounts: z.optional(z.record(z.string().check(z.regex(/^[\w-]+$/)), account)),
});
type Account = z.infer<typeof account>;
type Block = z.infer<typeof block>;

/** Key, English, Chinese; in the order of the reference. */
const KEY_DOCS: readonly (readonly [key: string, en: string, zh: string])[] = [
  ["enabled", "False: this block is left out. Default true.", "设为 false 则忽略该配置。默认 true。"],
  ["mode", '"stream" needs no public address. Default "stream".', '"stream" 无需公网地址。默认 "stream"。'],
  [
    "app_key",
    "AppKey, also called Client ID. Default DINGTALK_APP_KEY.",
    "AppKey,即 Client ID。默认取环境变量 DINGTALK_APP_KEY。",
  ],
  [
    "app_secret",
    "AppSecret, also called Client Secret. Default DINGTALK_APP_SECRET.",
    "AppSecret,即 Client Secret。默认取环境变量 DINGTALK_APP_SECRET。",
  ],
  ["robot_code", "Default app_key.", "机器人编码,默认与 app_key 相同。"],
  ["bot_name", "Removed from the front of rich texts.", "机器人名称,用于去掉富文本开头的 @。"],
  [
    "card_template",
    "Card for streamed answers: id and streaming_key. Default a public template.",
    "流式回答所用卡片:id 与 streaming_key。默认使用公共模板。",
  ],
  ["endpoints", "api and oapi; the international edition ends in .io.", "api 与 oapi 地址;国际版以 .io 结尾。"],
  [
    "proxy",
    '"env" (default) reads HTTPS_PROXY; "off"; or an address.',
    '"env"(默认,读取 HTTPS_PROXY)、"off" 或代理地址。',
  ],
  ["thinking", 'What is seen until the first words. Default "reaction".', '首字出现前的提示方式。默认 "reaction"。'],
  ["streaming", '"off" saves metered calls. Default "auto".', '"off" 可节省接口调用量。默认 "auto"。'],
  ["monthly_call_budget", "Most metered calls a month.", "每月接口调用上限。"],
  ["respond_to_mentions", "Answer in groups when mentioned. Default true.", "群聊中被 @ 时回复。默认 true。"],
  ["respond_to_private", "Answer in direct chats. Default true.", "回复单聊消息。默认 true。"],
  ["dm_policy", 'Who may write directly. Default "open".', '单聊准入策略。默认 "open"。'],
  ["allow_from", "People (staffId) whom dm_policy lets in.", "dm_policy 允许的人员(staffId)。"],
  ["group_policy", 'Which groups are answered. Default "open".', '群聊准入策略。默认 "open"。'],
  ["group_allow_from", "Groups (cid…) or people whom group_policy lets in.", "group_policy 允许的群(cid…)或人员。"],
  ["require_mention", "Answer in groups only when mentioned. Default true.", "群聊中仅在被 @ 时回复。默认 true。"],
  ["groups", "By group id: allow_from, require_mention.", "按群设置 allow_from、require_mention。"],
  ["allow_bots", "Let other bots talk to this one. Default false.", "允许其他机器人与本机器人对话。默认 false。"],
  [
    "token",
    "Of webhook mode. Default DINGTALK_WEBHOOK_TOKEN.",
    "webhook 模式的 token。默认取环境变量 DINGTALK_WEBHOOK_TOKEN。",
  ],
  ["aes_key", "Of encrypted event callbacks: 43 characters.", "事件回调加密密钥,43 个字符。"],
  ["default_agent", "Answers what no route takes.", "未命中路由时应答的 agent。"],
  [
    "group_routing",
    "Of groups: mention_only, keyword_routes, default_agent.",
    "群聊路由:mention_only、keyword_routes、default_agent。",
  ],
  ["routes", "Tried first: when, agent, examples.", "优先匹配的路由:when、agent、examples。"],
  ["accounts", "Several apps by name; the keys above are their defaults.", "多个应用(按名称);以上各项为其默认值。"],
];

/** Every key of the block with what it means. */
export const CONFIG_KEYS: readonly ConfigKey[] = KEY_DOCS.map(([key, en, zh]) => ({ key, en, zh }));

/** Names that operators know from elsewhere. None is accepted silently: the error names ours. */
const ALIASES: Readonly<Record<string, string>> = {
  client_id: "app_key",
  client_secret: "app_secret",
  card_template_id: "card_template",
  card_template_key: "card_template.streaming_key",
  bypass_proxy_for_send: "proxy",
  message_type: "streaming",
  encoding_aes_key: "aes_key",
  allowed_users: "allow_from",
  keyword_routes: "group_routing.keyword_routes",
  mention_only: "group_routing.mention_only",
};

/** The block, checked. Throws `config_invalid` naming the key, and `unsupported` for what comes with a later version. */
export function parseDingTalkConfig(given: unknown, path = "channels.dingtalk"): DingTalkConfig {
  const parsed = block.safeParse(given);
  if (!parsed.success) throw schemaError(parsed.error.issues, path);
  if (parsed.data.enabled === false) return { channels: [], routing: [] };
  const accounts = accountsOf(parsed.data);
  for (const [name, one] of accounts) checkAccount(one, placeOf(path, name, parsed.data));
  checkKeysOnce(accounts, path);
  return {
    channels: accounts.map(([name, one]) => optionsOf(name, one)),
    routing: accounts.map(([name, one]) => routingOf(name, one, placeOf(path, name, parsed.data))),
  };
}

/** JSON Schema of the block, for editors and manifests. */
export function dingTalkConfigSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(block, { io: "input" });
  const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
  for (const { key, en } of CONFIG_KEYS) properties[key] = { ...properties[key], description: en };
  return { ...schema, properties };
}

/** Top-level keys are the defaults of each account; without `accounts` they are the only one. */
function accountsOf({ accounts, ...defaults }: Block): readonly (readonly [string, Account])[] {
  if (accounts === undefined || Object.keys(accounts).length === 0) return [["default", defaults]];
  return Object.entries(accounts)
    .map(([name, own]) => [name, { ...defaults, ...own }] as const)
    .filter(([, { enabled }]) => enabled !== false);
}

function placeOf(path: string, name: string, { accounts }: Block): string {
  return accounts?.[name] === undefined ? path : `${path}.accounts.${name}`;
}

function checkAccount(one: Account, path: string): void {
  if (one.mode === "webhook" || one.mode === "both") {
    throw configError(`${path}.mode: "${one.mode}" comes with the next version`, {
      en: 'Write "stream", or leave mode out: it needs no public address.',
      zh: '请写 "stream" 或不设置 mode:它无需公网地址。webhook 模式将在下一版本提供。',
    });
  }
  for (const key of ["app_key", "app_secret"] as const) {
    if (!/^\$\{.*\}$/.test(one[key] ?? "")) continue;
    throw configError(`${path}.${key} holds a variable that was not replaced`, {
      en: "Define the variable in the environment or in secrets.env.",
      zh: "请在环境变量或 secrets.env 中定义该变量。",
    });
  }
  const mentionOnly = one.group_routing?.mention_only;
  if (mentionOnly === undefined || one.require_mention === undefined || mentionOnly === one.require_mention) return;
  throw configError(`${path}: require_mention and group_routing.mention_only contradict each other`, {
    en: "Set one of the two.",
    zh: "两者请只设置其一。",
  });
}

/** Two connections of one app get each message at random: the most common cause of "I have to send it three times". */
function checkKeysOnce(accounts: readonly (readonly [string, Account])[], path: string): void {
  const owner = new Map<string | undefined, string>();
  for (const [name, { app_key: key }] of accounts) {
    const other = owner.get(key);
    if (other !== undefined) {
      throw configError(`${path}: the accounts ${other} and ${name} have the same app_key, or none`, {
        en: "One app is one account: DingTalk hands each message to only one of its connections.",
        zh: "一个应用只能配置为一个账号:钉钉会将每条消息随机推送给其中一个连接。",
      });
    }
    owner.set(key, name);
  }
}

function optionsOf(name: string, one: Account): DingTalkOptions {
  const { card_template: card, groups } = one;
  return compact({
    account: name,
    appKey: one.app_key,
    appSecret: one.app_secret,
    robotCode: one.robot_code,
    botName: one.bot_name,
    cardTemplate: card === undefined ? undefined : { id: card.id, streamingKey: card.streaming_key },
    endpoints: one.endpoints === undefined ? undefined : compact(one.endpoints),
    proxy: one.proxy,
    thinking: one.thinking,
    streaming: one.streaming,
    monthlyCallBudget: one.monthly_call_budget,
    respondToMentions: one.respond_to_mentions,
    respondToPrivate: one.respond_to_private,
    dmPolicy: one.dm_policy,
    allowFrom: one.allow_from,
    groupPolicy: one.group_policy,
    groupAllowFrom: one.group_allow_from,
    requireMention: one.require_mention ?? one.group_routing?.mention_only,
    groups: groups === undefined ? undefined : mapValues(groups, groupOf),
    allowBots: one.allow_bots,
  });
}

function groupOf(group: NonNullable<Account["groups"]>[string]): NonNullable<DingTalkOptions["groups"]>[string] {
  return compact({ allowFrom: group.allow_from, requireMention: group.require_mention });
}

function routingOf(name: string, one: Account, path: string): AccountRouting {
  const { default_agent: defaultAgent, group_routing: group, routes = [] } = one;
  const keywords = Object.entries(group?.keyword_routes ?? {}).map(([keyword, agent]) => ({ keyword, agent }));
  return compact({
    account: name,
    defaultAgent,
    groupAgent: group?.default_agent ?? defaultAgent,
    keywords,
    routes: routes.map((route, at) => routeOf(route, name, `${path}.routes[${at}]`)),
  });
}

function routeOf(route: NonNullable<Account["routes"]>[number], account: string, path: string): Route {
  const { text: pattern, ...rest } = route.when;
  const patterns = pattern === undefined ? undefined : typeof pattern === "string" ? [pattern] : pattern;
  const own = patterns?.map((one) => patternOf(one, `${path}.when.text`));
  return compact({
    when: compact({ ...rest, text: own, channel: "dingtalk", account }),
    agent: route.agent,
    examples: route.examples,
  });
}

/** `/…/i` is a regular expression, anything else a substring. */
function patternOf(source: string, path: string): string | RegExp {
  const match = /^\/(.+)\/([a-z]*)$/s.exec(source);
  if (match === null) return source;
  try {
    return new RegExp(match[1] ?? "", match[2]);
  } catch (error) {
    const fix = { en: "Correct the expression between the slashes.", zh: "请修正斜杠之间的正则表达式。" };
    throw configError(`${path} is no regular expression: ${source.slice(0, 80)}`, fix, error);
  }
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** The first thing that is wrong: an unknown key with the name it should have, or a value of another kind. */
function schemaError(issues: readonly Issue[], path: string): Error {
  const unknown = issues.find(({ code }) => code === "unrecognized_keys");
  const issue = unknown ?? issues[0];
  const place = [path, ...(issue?.path ?? []).map(String)].join(".");
  const key = unknown?.keys?.[0];
  if (key === undefined) {
    return configError(`${place}: ${issue?.message ?? "not an object"}`, {
      en: "Compare the value with the reference of this key.",
      zh: "请对照该配置项的说明修改其值。",
    });
  }
  const meant = meantBy(key);
  return configError(`${place} has no key "${key}"${meant === undefined ? "" : `; it is called "${meant}" here`}`, {
    en: meant === undefined ? "Remove it; the reference lists all keys." : `Write ${meant} instead of ${key}.`,
    zh: meant === undefined ? "请删除该项;可用配置项见参考文档。" : `请将 ${key} 改为 ${meant}。`,
  });
}

function meantBy(key: string): string | undefined {
  const snake = key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll("-", "_");
  const known = CONFIG_KEYS.map((one) => one.key);
  const alias = ALIASES[snake];
  if (alias !== undefined) return alias;
  if (known.includes(snake) && snake !== key) return snake;
  const near = known.map((one) => [distance(snake, one), one] as const).sort(([a], [b]) => a - b)[0];
  return near !== undefined && near[0] <= 2 && near[1] !== key ? near[1] : undefined;
}

/** Letters to change, add or leave out until one word is the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

type Compact<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the members that are undefined. */
function compact<T extends object>(from: T): Compact<T> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Compact<T>;
}

function mapValues<V, R>(from: Readonly<Record<string, V>>, map: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value)]));
}
