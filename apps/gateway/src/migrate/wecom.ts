/** Rows for WeCom: what keys of other products are called here. What several of them share stands first. */
import type { Localized } from "@openclaw-china/core";
import { snakeCase } from "@openclaw-china/core/internal";
import { ids, isJson, type Json, none, type Product, type Row, same, secret, type Taken, word } from "./table.ts";

const note = (en: string, zh: string): Localized => ({ en, zh });

/** Of every product for WeCom. */
export const WECOM: Pick<Product, "channel" | "personal" | "remarks"> = {
  channel: "wecom",
  personal: {
    id: /^(bot_?id|corp_?id)$/i,
    all: /^(bot_?id|secret|bot_?secret|corp_?id|corp_?secret|agent_?id|open_?kf_?id|token|encoding_?aes_?key|receive_?id|bot|agent|name|default_?account|webhook_?path)$/i,
  },
  remarks: [
    note(
      "The public address ends in /webhooks/wecom here (/webhooks/wecom/<account>): change it in the console, for bot, application and customer service alike.",
      "此处公网地址以 /webhooks/wecom 结尾(其他账号为 /webhooks/wecom/<账号>):请在管理后台修改机器人、应用与微信客服的回调地址。",
    ),
  ],
};

const COMMON: readonly Row[] = [
  same(["enabled"], "enabled"),
  none(["name"], "accounts are called by their key here", "账号以其键名区分"),
  none(["default_account"], 'the account "default" has the short webhook address', "名为 default 的账号使用短回调地址"),
  none(["webhook_path"], "the address is fixed: /webhooks/wecom", "回调地址固定为 /webhooks/wecom"),
  { from: ["dm_policy"], take: dmPolicy },
  { from: ["dm"], take: directMessages },
  same(["group_policy"], "group_policy"),
  ids(["allow_from"], "allow_from"),
  ids(["group_allow_from"], "group_allow_from"),
  { from: ["require_mention"], take: requireMention },
  { from: ["groups"], take: groups },
  word(["welcome", "welcome_text", "welcome_message"], "welcome"),
  word(["api_base_url"], "endpoints.api"),
  word(["egress_proxy_url", "proxy"], "proxy"),
  { from: ["network"], take: network },
  none(
    ["webhooks"],
    "robots of groups stand in robots: { name: { channel, key } }",
    "群机器人写在 robots: { 名称: { channel, key } } 中",
  ),
  none(
    ["media", "media_max_mb", "max_file_size_mb", "inbound_media", "media_local_roots"],
    "files go both ways within WeCom's limits, and are kept beside the state until they are answered",
    "文件双向收发,以企业微信的上限为准,并随状态保存至回答完成",
  ),
  none(
    ["dynamic_agents", "dm_create_agent_on_first_message", "workspace_template"],
    "who answers is said by default_agent, group_routing and routes",
    "由 default_agent、group_routing 与 routes 决定由谁应答",
  ),
  none(
    ["commands", "command_allowlist", "admin_users", "system_prompt", "history_limit"],
    "belongs to the agent, or to a program of your own",
    "属于智能体,或由您自己的程序处理",
  ),
  none(
    ["text_chunk_limit", "block_streaming"],
    "answers grow, and texts are split at WeCom's own limits",
    "回答逐步更新,并按企业微信自身的上限自动拆分",
  ),
  none(
    ["gateway_token", "gateway_password", "gateway_url"],
    'inside OpenClaw not needed; for the gateway write an agent { kind: "openclaw", url, token: "${OPENCLAW_TOKEN}", agent }',
    '在 OpenClaw 内不需要;使用本网关时请配置智能体 { kind: "openclaw", url, token: "${OPENCLAW_TOKEN}", agent }',
  ),
  none(
    ["max_reconnect_attempts", "heartbeat_interval_ms", "reconnect_interval_ms", "heartbeat_ms"],
    "connections come back by themselves, without an end",
    "连接自动恢复,不限次数",
  ),
];

/** channels.wecom of the plugins around OpenClaw: the official one and those of several authors share most keys. */
export const WECOM_BOT: readonly Row[] = [
  ...COMMON,
  word(["bot_id"], "bot_id"),
  secret(["secret", "bot_secret"], "bot_secret"),
  { from: ["mode", "connection_mode"], take: mode },
  { from: ["token"], take: callbackToken },
  secret(["encoding_aes_key"], "encoding_aes_key"),
  word(["receive_id"], "receive_id"),
  word(["websocket_url", "ws_url"], "endpoints.socket"),
  word(["bot_name"], "bot_name"),
  { from: ["send_thinking_message"], take: thinking },
  none(["stream_placeholder_content"], "WeCom's own sign of thinking is shown", "显示企业微信自带的思考动画"),
  { from: ["agent", "app"], take: (value, at) => application(value, at.secret) },
  { from: ["bot"], take: (value, at) => innerBot(value, at.secret) },
];

/** channels.wecom-app: a self-built application alone. */
export const WECOM_APP: readonly Row[] = [
  ...COMMON,
  word(["corp_id"], "app.corp_id"),
  secret(["corp_secret", "secret"], "app.corp_secret"),
  word(["agent_id"], "app.agent_id"),
  secret(["token"], "app.token"),
  secret(["encoding_aes_key"], "app.encoding_aes_key"),
  word(["receive_id"], "app.receive_id"),
  none(
    ["voice_transcode", "asr"],
    "voices are sent as they are where WeCom takes them, and as files else",
    "企业微信支持的语音原样发送,否则以文件发送",
  ),
];

/** channels.wecom-kf: customer service alone. */
export const WECOM_KF: readonly Row[] = [
  ...COMMON,
  word(["corp_id"], "kf.corp_id"),
  secret(["corp_secret", "secret"], "kf.corp_secret"),
  word(["open_kf_id", "open_kfid"], "kf.open_kf_id"),
  secret(["token"], "kf.token"),
  secret(["encoding_aes_key"], "kf.encoding_aes_key"),
  word(["receive_id"], "kf.receive_id"),
];

/** A key of a block, whatever its spelling. */
function valueAt(block: Json, ...names: readonly string[]): unknown {
  return Object.entries(block).find(([key]) => names.includes(snakeCase(key)))?.[1];
}

function mode(value: unknown, { block }: { readonly block: Json }): Taken {
  const isCalled = value === "webhook" || (!/^(ws|websocket|stream)$/.test(String(value)) && lacksBot(block));
  return { set: { mode: isCalled ? "webhook" : "stream" } };
}

function lacksBot(block: Json): boolean {
  return valueAt(block, "bot_id") === undefined && valueAt(block, "token") !== undefined;
}

/** Without a mode there, a bot with a token and no id is one that is called. */
function callbackToken(value: unknown, at: Parameters<Row["take"]>[1]): Taken {
  if (value === "") return {};
  const isCalled = valueAt(at.block, "mode", "connection_mode") === undefined && lacksBot(at.block);
  return { set: { token: at.secret(value, "token"), ...(isCalled ? { mode: "webhook" } : {}) } };
}

type Hide = (value: unknown, key: string) => string;

/** The application beside a bot. */
function application(value: unknown, hide: Hide): Taken {
  if (!isJson(value)) return {};
  return inner(value, {
    corp_id: (one) => ({ "app.corp_id": String(one) }),
    corp_secret: (one) => ({ "app.corp_secret": hide(one, "app.corp_secret") }),
    agent_id: (one) => ({ "app.agent_id": String(one) }),
    token: (one) => ({ "app.token": hide(one, "app.token") }),
    encoding_aes_key: (one) => ({ "app.encoding_aes_key": hide(one, "app.encoding_aes_key") }),
    receive_id: (one) => ({ "app.receive_id": String(one) }),
  });
}

/** A bot in a block of its own, beside `agent`. */
function innerBot(value: unknown, hide: Hide): Taken {
  if (!isJson(value)) return {};
  const called = lacksBot(value) ? { mode: "webhook" } : {};
  const taken = inner(value, {
    bot_id: (one) => ({ bot_id: String(one) }),
    secret: (one) => ({ bot_secret: hide(one, "bot_secret") }),
    token: (one) => ({ ...called, token: hide(one, "token") }),
    encoding_aes_key: (one) => ({ encoding_aes_key: hide(one, "encoding_aes_key") }),
    receive_id: (one) => ({ receive_id: String(one) }),
    welcome_text: (one) => ({ welcome: String(one) }),
  });
  return taken;
}

/** The keys of a block within a block; those that are left out are named. */
function inner(block: Json, rows: Readonly<Record<string, (value: unknown) => Json>>): Taken {
  const taken: Json[] = [];
  const left: string[] = [];
  for (const [key, value] of Object.entries(block)) {
    const row = rows[snakeCase(key)];
    if (row === undefined) left.push(key);
    else if (value !== "" && value !== undefined && value !== null) taken.push(row(value));
  }
  const list = left.join(", ");
  return {
    ...(taken.length === 0 ? {} : { set: Object.assign({}, ...taken) as Json }),
    ...(left.length === 0 ? {} : { note: note(`left out there: ${list}`, `其中未迁移:${list}`) }),
  };
}

function network(value: unknown): Taken {
  if (!isJson(value)) return {};
  return inner(value, {
    egress_proxy_url: (one) => ({ proxy: String(one) }),
    api_base_url: (one) => ({ "endpoints.api": String(one).replace(/\/+$/, "") }),
  });
}

function thinking(value: unknown): Taken {
  return { set: { thinking: value === false ? "off" : "reaction" } };
}

function dmPolicy(value: unknown): Taken {
  if (value !== "pairing") return { set: { dm_policy: value } };
  return {
    set: { dm_policy: "allowlist" },
    note: note(
      "pairing needs a host that approves people: inside OpenClaw write pairing again; else list people in allow_from",
      "pairing 需要宿主审批:在 OpenClaw 内可改回 pairing,否则请在 allow_from 中列出人员",
    ),
  };
}

/** `dm: { policy, allowFrom }`. */
function directMessages(value: unknown): Taken {
  if (!isJson(value)) return {};
  const policy = valueAt(value, "policy");
  const people = valueAt(value, "allow_from");
  const own = policy === undefined ? {} : dmPolicy(policy);
  return { ...own, set: { ...own.set, ...(Array.isArray(people) ? { allow_from: people.map(String) } : {}) } };
}

function requireMention(value: unknown): Taken {
  if (value !== false) return {};
  return {
    note: note(
      "left out: WeCom hands over only group messages that mention the bot",
      "已省略:企业微信只推送 @机器人 的群消息",
    ),
  };
}

function groups(value: unknown): Taken {
  if (!isJson(value)) return {};
  const own = Object.entries(value).flatMap(([group, settings]): (readonly [string, Json])[] => {
    if (group === "*" || !isJson(settings)) return [];
    const people = valueAt(settings, "allow_from");
    return [[group, Array.isArray(people) ? { allow_from: people.map(String) } : {}]];
  });
  const told = note(
    "of each group its allowFrom is taken; prompts, tools and what stands at * are left out",
    "每个群仅迁移 allowFrom;提示词、工具以及 * 处的内容未迁移",
  );
  return { ...(own.length === 0 ? {} : { set: { groups: Object.fromEntries(own) } }), note: told };
}
