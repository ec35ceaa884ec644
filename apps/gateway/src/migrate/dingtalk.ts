/** Rows for DingTalk: what keys of other products are called here. What several of them share stands first. */
import type { Localized } from "@openclaw-china/core";
import { ids, isJson, type Json, none, type Product, type Row, same, secret, type Taken, word } from "./table.ts";

const note = (en: string, zh: string): Localized => ({ en, zh });

/** Of every product for DingTalk. */
export const DINGTALK: Pick<Product, "channel" | "personal"> = {
  channel: "dingtalk",
  personal: {
    id: /^(client_?id|app_?key)$/i,
    all: /^(client_?id|client_?secret|app_?key|app_?secret|robot_?code|name|default_?account)$/i,
  },
};

const CREDENTIALS: readonly Row[] = [
  word(["client_id", "app_key", "appkey"], "app_key"),
  secret(["client_secret", "app_secret", "secret"], "app_secret"),
  { from: ["robot_code"], take: robotCode },
  none(["corp_id", "agent_id"], "not needed: app_key says it", "不需要:由 app_key 即可确定"),
];

/** What products around OpenClaw have in common. */
const OPENCLAW: readonly Row[] = [
  ...CREDENTIALS,
  same(["enabled"], "enabled"),
  none(["name"], "accounts are called by their key here", "账号以其键名区分"),
  none(["default_account"], 'the account "default" has the short webhook address', "名为 default 的账号使用短回调地址"),
  { from: ["dm_policy"], take: dmPolicy },
  same(["group_policy"], "group_policy"),
  ids(["allow_from"], "allow_from"),
  ids(["group_allow_from"], "group_allow_from"),
  { from: ["require_mention"], take: requireMention },
  { from: ["groups"], take: groups },
  none(["debug"], "set the variable LOG_LEVEL=debug", "请设置环境变量 LOG_LEVEL=debug"),
  none(["system_prompt"], "belongs to the agent: agents.<name>.system", "属于智能体:agents.<名称>.system"),
  none(
    ["history_limit"],
    "belongs to the agent: agents.<name>.memory_messages",
    "属于智能体:agents.<名称>.memory_messages",
  ),
  none(["text_chunk_limit"], "texts are split at DingTalk's own limits", "按钉钉自身的上限自动拆分"),
  none(
    ["media_max_mb", "max_file_size_mb", "enable_media_upload"],
    "files go both ways within DingTalk's limits; a handler sets its own",
    "文件双向收发,以钉钉的上限为准;处理程序可另设上限",
  ),
  none(
    ["gateway_token", "gateway_password", "gateway_url"],
    'inside OpenClaw not needed; for the gateway write an agent { kind: "openclaw", url, token: "${OPENCLAW_TOKEN}", agent }',
    '在 OpenClaw 内不需要;使用本网关时请配置智能体 { kind: "openclaw", url, token: "${OPENCLAW_TOKEN}", agent }',
  ),
  none(
    [
      "session_timeout",
      "separate_session_by_conversation",
      "shared_memory_across_conversations",
      "group_session_scope",
      "isolate_context_per_user_in_group",
    ],
    "sessions are the agent's matter; a conversation is one lane here",
    "会话由智能体管理;此处每个会话独立排队",
  ),
];

const CONNECTION = none(
  [
    "max_connection_attempts",
    "initial_reconnect_delay",
    "max_reconnect_delay",
    "reconnect_jitter",
    "max_reconnect_cycles",
    "reconnect_deadline_ms",
    "use_connection_manager",
    "keep_alive",
  ],
  "connections come back by themselves, without an end",
  "连接自动恢复,不限次数",
);

/** channels.dingtalk of the plugin of BytePioneer. */
export const BYTEPIONEER: readonly Row[] = [
  ...OPENCLAW,
  same(["connection_mode"], "mode"),
  { from: ["enable_ai_card"], take: (value) => streaming(value !== false) },
  none(["long_task_notice_delay_ms"], "a sign is shown at once, and cards grow", "立即显示处理中标记,卡片流式更新"),
  none(["inbound_media"], "files are kept beside the state until they are answered", "文件随状态保存至回答完成"),
];

/** channels.dingtalk of soimy/openclaw-channel-dingtalk. */
export const SOIMY: readonly Row[] = [
  ...OPENCLAW,
  CONNECTION,
  { from: ["message_type"], take: (value) => streaming(value !== "markdown") },
  { from: ["card_template_id"], take: (id, { block }) => templateOf(id, block["cardTemplateKey"] ?? "content") },
  { from: ["card_template_key"], take: templateKey },
  { from: ["ack_reaction"], take: (value) => (value === "" ? OFF : { ...REACTION, note: THINKING }) },
  {
    from: ["bypass_proxy_for_send"],
    take: (value) => (value === true ? { set: { proxy: "off" }, note: PROXY } : { set: { proxy: "env" } }),
  },
  none(
    ["card_real_time_stream", "aicard_degrade_ms"],
    "cards grow as fast as the rate allows",
    "卡片按限额自动调整更新频率",
  ),
  none(["convert_markdown_tables"], "tables are rewritten where a client cannot show them", "表格按客户端能力自动改写"),
  none(["card_at_sender"], "a card cannot notify; a text with mentions can", "卡片无法提醒成员;带 mentions 的文本可以"),
  none(["display_name_resolution"], "names come with the messages", "姓名随消息提供"),
  none(["media_url_allowlist"], "only public https hosts are fetched", "只下载公网 https 地址"),
  none(["journal_ttl_days"], "what was said is kept for quotes for seven days", "引用所需的消息保存七天"),
  none(
    ["proactive_permission_hint"],
    "gateway doctor says which permission is missing",
    "gateway doctor 会指出缺少的权限",
  ),
  none(
    [
      "learning_enabled",
      "learning_auto_apply",
      "learning_note_ttl_ms",
      "feedback_learning_enabled",
      "feedback_learning_auto_apply",
      "feedback_learning_note_ttl_ms",
    ],
    "not part of a channel",
    "不属于渠道功能",
  ),
];

/** channels.dingtalk-connector of DingTalk-Real-AI. */
export const CONNECTOR: readonly Row[] = [
  ...OPENCLAW,
  { from: ["typing_indicator"], take: (value) => (value === false ? OFF : REACTION) },
  { from: ["async_mode"], take: (value) => (value === true ? { set: { thinking: "text" }, note: ASYNC } : {}) },
  none(["ack_text"], "the text of the sign is fixed", "提示文字固定"),
  none(["endpoint"], "where connections go is asked of DingTalk", "连接地址由钉钉返回"),
  none(["resolve_sender_names"], "names come with the messages", "姓名随消息提供"),
  none(["tools", "support_case_router"], "not part of a channel", "不属于渠道功能"),
];

/** channels.clawdbot-dingtalk, and its kin that have the credentials only. */
export const CLAWDBOT: readonly Row[] = [
  ...OPENCLAW.filter(({ from }) => !from.includes("allow_from")),
  { from: ["allow_from"], take: allowEverywhere },
  { from: ["ai_card"], take: aiCard },
  none(["client_secret_file"], "write the secret to secrets.env", "请将密钥写入 secrets.env"),
  none(["reply_mode"], "answers are markdown", "回答为 markdown"),
  none(["max_chars", "coalesce"], "texts are split at DingTalk's own limits", "按钉钉自身的上限自动拆分"),
  none(
    ["require_prefix"],
    'write routes with when: { text: "/^prefix/i" }',
    '请使用 routes:when: { text: "/^前缀/i" }',
  ),
  none(["response_prefix", "table_mode"], "belongs to the agent", "属于智能体"),
  none(["show_tool_status", "show_tool_result", "thinking"], "belongs to the agent", "属于智能体"),
];

/** adapter-dingtalk of Koishi. */
export const KOISHI: readonly Row[] = [
  ...CREDENTIALS,
  same(["enabled"], "enabled"),
  { from: ["protocol"], take: (value) => ({ set: { mode: value === "http" ? "webhook" : "stream" } }) },
  { from: ["api"], take: (value) => originOf(value, ["endpoints.api", "https://api.dingtalk.com"]) },
  { from: ["old_api"], take: (value) => originOf(value, ["endpoints.oapi", "https://oapi.dingtalk.com"]) },
  none(["retry_times", "retry_interval", "retry_lazy"], "connections come back by themselves", "连接自动恢复"),
];

/** The dingtalk adapter of LangBot. */
export const LANGBOT: readonly Row[] = [
  ...CREDENTIALS,
  same(["enable", "enabled"], "enabled"),
  word(["robot_name"], "bot_name"),
  { from: ["card_template_id"], take: (id) => templateOf(id, "content") },
  { from: ["enable_stream_reply"], take: (value) => streaming(value !== false) },
  none(["adapter", "markdown_card", "card_auto_layout"], "answers are markdown in cards", "以 markdown 卡片回答"),
  none(
    ["human_input_card_template_id"],
    "button_template, when its variables are known",
    "如已知其变量,可用 button_template",
  ),
];

/** A platform of AstrBot. */
export const ASTRBOT: readonly Row[] = [
  ...CREDENTIALS,
  same(["enable"], "enabled"),
  { from: ["card_template_id"], take: (id) => templateOf(id, "content") },
  none(["id", "type", "hint"], "accounts are called by their key here", "账号以其键名区分"),
];

function robotCode(value: unknown, { block }: { readonly block: Json }): Taken {
  const keys = ["clientId", "client_id", "appKey", "app_key", "appkey"];
  const isApp = keys.some((key) => block[key] !== undefined && String(block[key]) === String(value));
  if (isApp || value === "") return { note: note("is app_key already, and left out", "与 app_key 相同,已省略") };
  return { set: { robot_code: String(value) } };
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

function requireMention(value: unknown): Taken {
  if (value !== false) return {};
  return {
    note: note(
      "left out: DingTalk hands over only group messages that mention the bot",
      "已省略:钉钉只推送 @机器人 的群消息",
    ),
  };
}

function groups(value: unknown): Taken {
  if (!isJson(value)) return {};
  const own: [string, Json][] = [];
  const left = new Set<string>();
  for (const [group, settings] of Object.entries(value)) {
    if (!isJson(settings)) continue;
    const { allowFrom, requireMention: _mention, ...rest } = settings;
    for (const key of Object.keys(rest)) left.add(key);
    if (group === "*") left.add("*");
    else own.push([group, Array.isArray(allowFrom) ? { allow_from: allowFrom.map(String) } : {}]);
  }
  const list = [...left].join(", ");
  const told = note(
    `left out there: ${list} (prompts and tools are the agent's; use routes to send a group to an agent of its own)`,
    `其中未迁移:${list}(提示词与工具属于智能体;可用 routes 将群指定给单独的智能体)`,
  );
  return {
    ...(own.length === 0 ? {} : { set: { groups: Object.fromEntries(own) } }),
    ...(left.size === 0 ? {} : { note: told }),
  };
}

/** There, an empty list lets everybody in; any other counts in direct chats and groups. */
function allowEverywhere(value: unknown): Taken {
  const people = [value].flat().map(String);
  if (people.length === 0) return {};
  return {
    set: { dm_policy: "allowlist", allow_from: people, group_policy: "allowlist", group_allow_from: people },
  };
}

function aiCard(value: unknown): Taken {
  if (!isJson(value)) return {};
  if (value["enabled"] === false) return streaming(false);
  return templateOf(value["templateId"], value["textParamKey"] ?? "content");
}

function templateOf(id: unknown, key: unknown): Taken {
  if (typeof id !== "string" || id.trim() === "") return {};
  return {
    set: { "card_template.id": id.trim(), "card_template.streaming_key": String(key) },
    note: note(
      "check the streaming variable: gateway doctor --spend asks DingTalk",
      "请核对流式变量名:gateway doctor --spend 可向钉钉确认",
    ),
  };
}

/** The key beside the template's id, which may be the one that an account inherits. */
function templateKey(key: unknown, { block }: { readonly block: Json }): Taken {
  const taken = templateOf(block["cardTemplateId"], key);
  if (taken.set !== undefined) return taken;
  return { note: note("without a template it counts for nothing", "未设置模板时不起作用") };
}

/** Said in so many words: an account may differ from its block. */
function streaming(isOn: boolean): Taken {
  if (isOn) return { set: { streaming: "auto" } };
  return {
    set: { streaming: "off" },
    note: note("as before; leave it out and answers grow in cards", "与原先一致;去掉后将以卡片流式回答"),
  };
}

/** An address that is not the usual one, without its path. */
function originOf(value: unknown, [to, usual]: readonly [to: string, usual: string]): Taken {
  const address = isJson(value) ? (value["endpoint"] ?? value["baseURL"]) : value;
  if (typeof address !== "string" || !URL.canParse(address)) return {};
  const { origin } = new URL(address);
  return origin === usual ? {} : { set: { [to]: origin } };
}

const OFF: Taken = { set: { thinking: "off" } };
const REACTION: Taken = { set: { thinking: "reaction" } };
const THINKING = note(
  "the sign is 🤔思考中 here; thinking: off takes it away",
  "此处的标记为 🤔思考中;thinking: off 可关闭",
);
const PROXY = note(
  'counts for the connection too; write "env" if that needs the proxy',
  '对连接同样生效;若连接需要代理请改为 "env"',
);
const ASYNC = note("the work is always done after DingTalk has its answer", "总是先应答钉钉再处理");
