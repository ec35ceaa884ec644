/** The words between the tables of the reference, in both languages. */
import type { Localized } from "@openclaw-china/core";

/** Parts of the page in their order; some are followed by a table. */
export const ORDER = ["head", "file", "echo", "openai", "openclaw", "channels", "routes", "robots", "rest"] as const;

type Text = Readonly<Record<(typeof ORDER)[number], string>>;

const EXAMPLE = `\`\`\`json5
{
  "agents": {
    "main": { "kind": "openai", "model": "gpt-5-mini" },
    "reporting-agent": { "kind": "openclaw", "url": "http://127.0.0.1:18789", "token": "\${OPENCLAW_TOKEN}", "agent": "reports" },
    "translation-agent": { "kind": "openai", "model": "gpt-5-mini", "system": "You translate what you are given." }
  },
  "channels": {
    "dingtalk": {
      "enabled": true,
      "mode": "stream",
      "app_key": "\${DINGTALK_APP_KEY}",
      "app_secret": "\${DINGTALK_APP_SECRET}",
      "respond_to_mentions": true,
      "respond_to_private": true,
      "default_agent": "main",
      "group_routing": {
        "mention_only": true,
        "keyword_routes": { "report": "reporting-agent", "translate": "translation-agent" },
        "default_agent": "main"
      }
    }
  }
}
\`\`\``;

const ACCOUNTS = `\`\`\`json5
{
  "agents": { "main": { "kind": "echo" }, "sales-agent": { "kind": "echo" } },
  "channels": {
    "dingtalk": {
      "default_agent": "main",
      "accounts": {
        "sales": { "app_key": "\${SALES_KEY}", "app_secret": "\${SALES_SECRET}", "default_agent": "sales-agent" },
        "support": { "app_key": "\${SUPPORT_KEY}", "app_secret": "\${SUPPORT_SECRET}" }
      }
    }
  }
}
\`\`\``;

const ROUTES = `\`\`\`json5
"routes": [
  { "when": { "kind": "file" }, "agent": "files" },
  { "when": { "text": ["/^(report|报表)/i", "日报"], "between": "09:00-18:00" }, "agent": "report", "examples": ["报表 7月"] }
]
\`\`\``;

const NOTICE: Localized = {
  en: "<!-- Written by scripts/write-config-reference.ts from the schemas; edit those. -->",
  zh: "<!-- 由 scripts/write-config-reference.ts 根据配置模式生成,请修改配置模式。 -->",
};

const EN: Text = {
  head: `${NOTICE.en}

# Configuration

[中文](configuration.zh-CN.md)

The gateway reads \`openclaw-china.json5\` in the current folder, or the file given with \`--config\`. It is JSON5: comments, trailing commas and single quotes are fine. An unknown key is an error that names the right one. \`gateway check\` shows a file as it is understood; [gateway.md](gateway.md) says how the gateway behaves.

${EXAMPLE}

**Secrets.** \`\${NAME}\` in any text comes from the environment, then from \`~/.config/openclaw/secrets.env\` (lines \`NAME=value\`; \`XDG_CONFIG_HOME\` moves \`~/.config\`, \`OPENCLAW_SECRETS_FILE\` names another file). A missing name is an error that names the key and the file.

**Editors.** \`gateway schema > openclaw-china.schema.json\` writes a JSON Schema; point the key \`$schema\` at it for completion.`,
  file: `## The file`,
  echo: `## Agents

\`agents\` holds each agent by a name of letters, digits, \`-\` and \`_\`; its \`kind\` decides its other keys. \`{ "kind": "echo" }\` answers \`You said: …\` and has no others.`,
  openai: `### \`kind: "openai"\`

A model behind any OpenAI-compatible endpoint, streaming.`,
  openclaw: `### \`kind: "openclaw"\`

An agent of a running OpenClaw gateway, by its OpenAI-compatible endpoint. OpenClaw keeps the history: only the new message is sent.`,
  channels: "",
  routes: `## Who answers

Tried in this order, first match wins: \`routes\`; in groups \`group_routing.keyword_routes\`, in file order; in groups \`group_routing.default_agent\`; then \`default_agent\`. A keyword matches when the text contains it, without mentions, whatever its case and width. An agent that is named and not defined is an error.

\`routes\` have the full form: every condition of \`when\` that is present must hold, and a list holds when one of its members does. \`examples\` are texts that this route must catch: one that an earlier route takes is an error.

${ROUTES}`,
  robots: `## \`robots\`

Custom robots of groups, by a name of letters, digits, \`-\` and \`_\`. They only send: \`gateway send robot:ops "disk at 93 %"\`. A running gateway keeps each to its platform's pace, whoever sends.`,
  rest: `## Several accounts

Keys beside \`accounts\` are the defaults of each account. Two accounts with one \`app_key\` are refused, because DingTalk hands each message to only one of an app's connections; two with one \`bot_id\` too, because WeCom lets a bot have one connection.

${ACCOUNTS}

## Warnings

\`gateway start\` and \`gateway check\` warn of what a valid file will not do:

- a keyword or a route that can never fire, because an earlier one takes all its messages, because groups are off, because its time window is empty, or because the platform has no such messages (files, voice and video in groups; files and videos with text)
- \`mention_only: false\` and \`require_mention: false\`: DingTalk and WeCom hand over only those group messages that mention the bot
- \`allow_bots: false\`: DingTalk and WeCom do not say that a bot has sent a message
- an account that answers nobody, or has no \`default_agent\`
- a secrets file, or a config file with a secret in it, that other users of the machine can read`,
};

const ZH: Text = {
  head: `${NOTICE.zh}

# 配置参考

[English](configuration.md)

网关读取当前目录下的 \`openclaw-china.json5\`,或由 \`--config\` 指定的文件。格式为 JSON5:可写注释、尾随逗号和单引号。未知的配置项会报错,并给出正确的名称。\`gateway check\` 显示网关所理解的配置;网关的行为见 [gateway.zh-CN.md](gateway.zh-CN.md)。

${EXAMPLE}

**密钥。** 任意文本中的 \`\${NAME}\` 先取自环境变量,再取自 \`~/.config/openclaw/secrets.env\`(每行 \`NAME=value\`;\`XDG_CONFIG_HOME\` 可改变 \`~/.config\` 的位置,\`OPENCLAW_SECRETS_FILE\` 可指定其他文件)。缺失时报错,指明配置项与文件。

**编辑器。** \`gateway schema > openclaw-china.schema.json\` 输出 JSON Schema;将 \`$schema\` 指向该文件即可获得补全。`,
  file: `## 配置文件`,
  echo: `## Agent

\`agents\` 按名称定义各 agent,名称由字母、数字、\`-\` 和 \`_\` 组成;\`kind\` 决定其他配置项。\`{ "kind": "echo" }\` 回复 \`You said: …\`,没有其他配置项。`,
  openai: `### \`kind: "openai"\`

任意 OpenAI 兼容接口上的模型,流式应答。`,
  openclaw: `### \`kind: "openclaw"\`

运行中的 OpenClaw 网关里的某个 agent,通过其 OpenAI 兼容接口调用。历史由 OpenClaw 保存,只发送新消息。`,
  channels: "",
  routes: `## 由谁应答

按以下顺序匹配,先命中者应答:\`routes\`;群聊中按文件顺序的 \`group_routing.keyword_routes\`;群聊中的 \`group_routing.default_agent\`;最后是 \`default_agent\`。文本(去除 @)包含关键词即命中,不区分大小写与全半角。引用未定义的 agent 会报错。

\`routes\` 为完整形式:\`when\` 中出现的条件须全部满足,列表中有一项满足即可。\`examples\` 是该路由必须命中的文本:若被更靠前的路由接走则报错。

${ROUTES}`,
  robots: `## \`robots\`

群自定义机器人,名称由字母、数字、\`-\` 和 \`_\` 组成,只能发送:\`gateway send robot:ops "磁盘 93 %"\`。运行中的网关保证每个机器人不超过平台的频率限制,无论由谁发送。`,
  rest: `## 多个账号

\`accounts\` 之外的各项是每个账号的默认值。两个账号不能使用同一 \`app_key\`:钉钉只会将每条消息推送给应用的其中一个连接;也不能使用同一 \`bot_id\`:企业微信只允许每个机器人建立一条长连接。

${ACCOUNTS}

## 警告

对于配置有效、却不会起作用之处,\`gateway start\` 与 \`gateway check\` 会给出警告:

- 永远不会命中的关键词或路由:消息已被更靠前的路由接走、群聊已关闭、时间段为空,或平台没有这种消息(群聊中的文件、语音、视频;带文本的文件、视频)
- \`mention_only: false\` 与 \`require_mention: false\`:钉钉与企业微信只推送群里 @机器人 的消息
- \`allow_bots: false\`:钉钉与企业微信不会标明消息由机器人发送
- 不会回复任何人的账号,或没有 \`default_agent\` 的账号
- 本机其他用户可读的密钥文件,或含有密钥的配置文件`,
};

/** The page's words by language. */
export const PAGE: Readonly<Record<keyof Localized, Text>> = { en: EN, zh: ZH };
