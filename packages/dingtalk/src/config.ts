/**
 * The `channels.dingtalk` block of a config file: validation, JSON Schema and reference docs from one table of keys. Called by
 * the gateway's loader after `${NAME}` has been resolved; a build entry of its own, so that the channel does not load it.
 */
import {
  type AccountRouting,
  address,
  channelBlock,
  checkDistinct,
  choice,
  type ConfigKey,
  id,
  key,
  object,
  text,
  textOf,
} from "@openclaw-china/core/internal/config";
import type { DingTalkOptions } from "./options.ts";

export type { AccountRouting, ConfigKey };

/** What a block comes to: one description of a channel per account, and who answers there. */
export interface DingTalkConfig {
  /** For `createDingTalk`. Empty when the block is not enabled. */
  readonly channels: readonly DingTalkOptions[];
  /** One per channel, in the same order. */
  readonly routing: readonly AccountRouting[];
}

const block = channelBlock({
  channel: "dingtalk",
  keys: {
    mode: key(
      choice(["stream", "webhook", "both"]),
      '"stream" needs no public address; "webhook" is called by DingTalk; "both" has the two. Default "stream".',
      '"stream" 无需公网地址;"webhook" 由钉钉回调;"both" 两者并用。默认 "stream"。',
    ),
    app_key: key(
      id,
      "AppKey, also called Client ID. Default DINGTALK_APP_KEY.",
      "AppKey,即 Client ID。默认取环境变量 DINGTALK_APP_KEY。",
    ),
    app_secret: key(
      id,
      "AppSecret, also called Client Secret. Default DINGTALK_APP_SECRET.",
      "AppSecret,即 Client Secret。默认取环境变量 DINGTALK_APP_SECRET。",
    ),
    robot_code: key(id, "Default app_key.", "机器人编码,默认与 app_key 相同。"),
    bot_name: key(text, "Removed from the front of rich texts.", "机器人名称,用于去掉富文本开头的 @。"),
    card_template: key(
      object({ id: text, streaming_key: text }, {}),
      "Card for streamed answers: id and streaming_key. Default a public template.",
      "流式回答所用卡片:id 与 streaming_key。默认使用公共模板。",
    ),
    button_template: key(
      object({ id: text }, { title: text, text, status: text }),
      "Card with buttons: id, and the names of its variables title, text and status. Default a public template.",
      "带按钮的卡片:id 以及变量名 title、text、status。默认使用公共模板。",
    ),
    endpoints: key(
      object({}, { api: address, oapi: address }),
      "api and oapi; the international edition ends in .io.",
      "api 与 oapi 地址;国际版以 .io 结尾。",
    ),
    token: key(
      id,
      "Of webhook mode: of encrypted event callbacks and legacy outgoing robots. Default DINGTALK_WEBHOOK_TOKEN.",
      "webhook 模式的 token:用于加密事件回调与旧版 outgoing 机器人。默认取环境变量 DINGTALK_WEBHOOK_TOKEN。",
    ),
    aes_key: key(textOf(43), "Of encrypted event callbacks: 43 characters.", "事件回调加密密钥,43 个字符。"),
  },
  docs: {
    allow_from: { en: "People (staffId) whom dm_policy lets in.", zh: "dm_policy 允许的人员(staffId)。" },
    group_allow_from: {
      en: "Groups (cid…) or people whom group_policy lets in.",
      zh: "group_policy 允许的群(cid…)或人员。",
    },
    require_mention: {
      en: "Answer in groups only when mentioned. Default true. False changes nothing: DingTalk hands over only mentions.",
      zh: "群聊中仅在被 @ 时回复。默认 true。设为 false 也无变化:钉钉只推送 @机器人 的消息。",
    },
    allow_bots: {
      en: "Let other bots talk to this one. No effect: DingTalk does not say that a bot has sent a message, and all are answered.",
      zh: "允许其他机器人与本机器人对话。不起作用:钉钉不会标明消息由机器人发送,均会回复。",
    },
  },
  aliases: {
    client_id: ["app_key"],
    client_secret: ["app_secret"],
    card_template_id: ["card_template"],
    card_template_key: ["card_template.streaming_key"],
    encoding_aes_key: ["aes_key"],
  },
});

/** Every key of the block with what it means. */
export const CONFIG_KEYS: readonly ConfigKey[] = block.keys;

/** JSON Schema of the block, for editors and manifests. */
export function dingTalkConfigSchema(): Readonly<Record<string, unknown>> {
  return block.schema();
}

/** The block, checked. Throws `config_invalid` naming the key. */
export function parseDingTalkConfig(given: unknown, path = "channels.dingtalk"): DingTalkConfig {
  const accounts = block.parse(given, path);
  checkDistinct(accounts, "app_key", {
    path,
    // Two connections of one app get each message at random: the most common cause of "I have to send it three times".
    fix: {
      en: "One app is one account: DingTalk hands each message to only one of its connections.",
      zh: "一个应用只能配置为一个账号:钉钉会将每条消息随机推送给其中一个连接。",
    },
  });
  return {
    channels: accounts.map((one) => optionsOf(one.options)),
    routing: accounts.map(({ routing }) => routing),
  };
}

type BlockOptions = ReturnType<typeof block.parse>[number]["options"];

/** Secrets of webhook mode stay with webhook mode. */
function optionsOf({ mode, token, aesKey, ...options }: BlockOptions): DingTalkOptions {
  return mode === "webhook" || mode === "both" ? { ...options, mode, token, aesKey } : options;
}
