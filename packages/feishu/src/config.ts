/**
 * The `channels.feishu` block of a config file: validation, JSON Schema and reference docs from one table of keys. Called by
 * the gateway's loader after `${NAME}` has been resolved; a build entry of its own, so that the channel does not load it.
 */
import {
  type AccountRouting,
  address,
  channelBlock,
  checkDistinct,
  choice,
  type ConfigKey,
  flag,
  id,
  key,
  object,
} from "@openclaw-china/core/internal/config";
import type { FeishuOptions } from "./options.ts";

export type { AccountRouting, ConfigKey };

/** What a block comes to: one description of a channel per account, and who answers there. */
export interface FeishuConfig {
  /** For `createFeishu`. Empty when the block is not enabled. */
  readonly channels: readonly FeishuOptions[];
  /** One per channel, in the same order. */
  readonly routing: readonly AccountRouting[];
}

const block = channelBlock({
  channel: "feishu",
  keys: {
    mode: key(
      choice(["stream", "webhook", "both"]),
      '"stream" is the long connection and needs no public address; "webhook" is called by Feishu; "both" has the two. Default "stream".',
      '"stream" 为长连接,无需公网地址;"webhook" 由飞书回调;"both" 两者并用。默认 "stream"。',
    ),
    app_id: key(id, "App ID (cli_…). Default FEISHU_APP_ID.", "App ID(cli_…)。默认取环境变量 FEISHU_APP_ID。"),
    app_secret: key(id, "App Secret. Default FEISHU_APP_SECRET.", "App Secret。默认取环境变量 FEISHU_APP_SECRET。"),
    domain: key(
      choice(["feishu", "lark"]),
      '"feishu" (China) or "lark" (elsewhere); apps and tokens are not shared between them. Default "feishu".',
      '"feishu"(国内)或 "lark"(海外),两者的应用与 token 互不相通。默认 "feishu"。',
    ),
    verification_token: key(
      id,
      "Of webhook mode: Verification Token. Without it the console cannot check the address.",
      "webhook 模式的 Verification Token。未设置时后台无法校验请求地址。",
    ),
    encrypt_key: key(
      id,
      "Of webhook mode: Encrypt Key. With it every event must be signed.",
      "webhook 模式的 Encrypt Key。设置后所有事件都必须带有签名。",
    ),
    reply_in_thread: key(
      flag,
      "Answer in a thread under the message. In a thread the answer stays there anyway. Default false.",
      "在消息下以话题形式回复;话题内的消息总是在话题内回复。默认 false。",
    ),
    endpoints: key(
      object({}, { api: address }),
      "api, of a private deployment; goes before domain.",
      "私有化部署的 api 地址,优先于 domain。",
    ),
  },
  docs: {
    allow_from: { en: "People (open_id ou_…) whom dm_policy lets in.", zh: "dm_policy 允许的人员(open_id,ou_…)。" },
    group_allow_from: {
      en: "Groups (oc_…) or people whom group_policy lets in.",
      zh: "group_policy 允许的群(oc_…)或人员。",
    },
  },
  aliases: {
    connection_mode: ["mode"],
    encoding_aes_key: ["encrypt_key"],
    base_url: ["endpoints.api"],
    api_base: ["endpoints.api"],
  },
});

/** Every key of the block with what it means. */
export const CONFIG_KEYS: readonly ConfigKey[] = block.keys;

/** JSON Schema of the block, for editors and manifests. */
export function feishuConfigSchema(): Readonly<Record<string, unknown>> {
  return block.schema();
}

/** The block, checked. Throws `config_invalid` naming the key. */
export function parseFeishuConfig(given: unknown, path = "channels.feishu"): FeishuConfig {
  const accounts = block.parse(given, path);
  checkDistinct(accounts, "app_id", {
    path,
    fix: {
      en: "One app is one account: Feishu hands each event to one connection of an app, at random.",
      zh: "一个应用只能配置为一个账号:飞书会将每个事件随机推送给应用的其中一个连接。",
    },
  });
  return {
    channels: accounts.map((one) => optionsOf(one.options)),
    routing: accounts.map(({ routing }) => routing),
  };
}

type BlockOptions = ReturnType<typeof block.parse>[number]["options"];

/** Keys of webhook mode stay with webhook mode. */
function optionsOf({ mode, verificationToken, encryptKey, ...options }: BlockOptions): FeishuOptions {
  if (mode !== "webhook" && mode !== "both") return options;
  return encryptKey === undefined
    ? { ...options, mode, verificationToken }
    : { ...options, mode, encryptKey, verificationToken };
}
