/**
 * The `channels.wecom` block of a config file: validation, JSON Schema and reference docs from one table of keys. Called by
 * the gateway's loader after `${NAME}` has been resolved; a build entry of its own, so that the channel does not load it.
 */
import { configError } from "@openclaw-china/core/internal";
import {
  type Account,
  type AccountRouting,
  address,
  channelBlock,
  choice,
  type ConfigKey,
  id,
  key,
  object,
  text,
  textOf,
} from "@openclaw-china/core/internal/config";
import type { WeComApp, WeComKf, WeComOptions } from "./options.ts";

export type { AccountRouting, ConfigKey };

/** What a block comes to: one description of a channel per account, and who answers there. */
export interface WeComConfig {
  /** For `createWeCom`. Empty when the block is not enabled. */
  readonly channels: readonly WeComOptions[];
  /** One per channel, in the same order. */
  readonly routing: readonly AccountRouting[];
}

const aesKey = textOf(43);
const callback = { token: id, encoding_aes_key: aesKey, receive_id: id };

const KEYS = {
  mode: key(
    choice(["stream", "webhook"]),
    'The bot: "stream" needs no public address; "webhook" is called by WeCom. A bot has one of the two, as its page in the console says. Default "stream".',
    '智能机器人接入方式:"stream"(长连接,无需公网地址)或 "webhook"(由企业微信回调),须与管理后台一致。默认 "stream"。',
  ),
  bot_id: key(id, "Bot ID. Default WECOM_BOT_ID.", "机器人的 Bot ID。默认取环境变量 WECOM_BOT_ID。"),
  bot_secret: key(
    id,
    "Secret of the bot's long connection. Default WECOM_BOT_SECRET.",
    "机器人长连接的 Secret。默认取环境变量 WECOM_BOT_SECRET。",
  ),
  token: key(id, "Of the bot's callback (webhook mode).", "机器人回调的 Token(webhook 模式)。"),
  encoding_aes_key: key(
    aesKey,
    "EncodingAESKey of the bot's callback: 43 characters.",
    "机器人回调的 EncodingAESKey,43 个字符。",
  ),
  receive_id: key(
    id,
    "Whom callbacks must be meant for. Default: not compared.",
    "回调的接收方 ID,填写后必须一致。默认不比较。",
  ),
  app: key(
    object({ corp_id: id, corp_secret: id, agent_id: id }, callback),
    "Self-built application, beside the bot or alone: corp_id, agent_id, corp_secret; for its callback token, encoding_aes_key, receive_id.",
    "自建应用,可与机器人并用或单独使用:corp_id、agent_id、corp_secret;接收消息时还需 token、encoding_aes_key,可选 receive_id。",
  ),
  kf: key(
    object({ corp_id: id, corp_secret: id }, { ...callback, open_kf_id: id }),
    "WeChat customer service: corp_id, corp_secret (of that product), token, encoding_aes_key; open_kf_id limits it to one account.",
    "微信客服:corp_id、corp_secret(微信客服的 Secret)、token、encoding_aes_key;open_kf_id 可限定单个客服账号。",
  ),
  welcome: key(text, "Sent when a person opens the chat.", "用户进入会话时发送的欢迎语。"),
  bot_name: key(
    text,
    "Removed from the front of group messages. Default: one leading @word is.",
    "机器人名称,用于去掉群消息开头的 @。默认去掉开头的一个 @词。",
  ),
  endpoints: key(
    object({}, { api: address, socket: address }),
    "api and socket, for relays and private deployments.",
    "api 与 socket 地址,用于中转或私有化部署。",
  ),
};

const block = channelBlock({
  channel: "wecom",
  keys: KEYS,
  docs: {
    monthly_call_budget: {
      en: "No effect: WeCom meters nothing by the month.",
      zh: "无效:企业微信不按月计量接口调用。",
    },
    allow_from: { en: "People (userid) whom dm_policy lets in.", zh: "dm_policy 允许的人员(userid)。" },
    group_allow_from: {
      en: "Groups (chatid) or people whom group_policy lets in.",
      zh: "group_policy 允许的群(chatid)或人员。",
    },
  },
  aliases: {
    secret: ["bot_secret", "corp_secret"],
    websocket_url: ["endpoints.socket", "socket"],
    ws_url: ["endpoints.socket", "socket"],
    api_base_url: ["endpoints.api", "api"],
    network: ["endpoints"],
    egress_proxy_url: ["proxy"],
    connection_mode: ["mode"],
    agent: ["app"],
    corp_id: ["app.corp_id"],
    corp_secret: ["app.corp_secret"],
    agent_id: ["app.agent_id"],
    open_kf_id: ["kf.open_kf_id"],
    welcome_text: ["welcome"],
    welcome_message: ["welcome"],
    send_thinking_message: ["thinking"],
    stream_placeholder_content: ["thinking"],
  },
});

/** Every key of the block with what it means. */
export const CONFIG_KEYS: readonly ConfigKey[] = block.keys;

/** JSON Schema of the block, for editors and manifests. */
export function weComConfigSchema(): Readonly<Record<string, unknown>> {
  return block.schema();
}

/** The block, checked. Throws `config_invalid` naming the key. */
export function parseWeComConfig(given: unknown, path = "channels.wecom"): WeComConfig {
  const accounts = block.parse(given, path);
  checkBots(accounts, path);
  return {
    channels: accounts.map((one) => optionsOf(one)),
    routing: accounts.map(({ routing }) => routing),
  };
}

type Given = Account<typeof KEYS>;

/** Two connections of one bot throw each other out. */
function checkBots(accounts: readonly Given[], path: string): void {
  const owners = new Map<string, string>();
  for (const { name, keys } of accounts) {
    if (keys.mode === "webhook" || isAlone(keys)) continue;
    const bot = keys.bot_id ?? "";
    const other = owners.get(bot);
    if (other !== undefined)
      throw configError(`${path}: the accounts ${other} and ${name} have the same bot_id, or none`, {
        en: "One bot is one account: WeCom lets a bot have one connection, and a second throws the first out.",
        zh: "一个机器人只能配置为一个账号:企业微信只允许每个机器人建立一条长连接,后者会挤掉前者。",
      });
    owners.set(bot, name);
  }
}

function isAlone({ mode, bot_id, app, kf }: Given["keys"]): boolean {
  return mode === undefined && bot_id === undefined && (app !== undefined || kf !== undefined);
}

/** Secrets of webhook mode stay with webhook mode. */
function optionsOf({ options: given, path }: Given): WeComOptions {
  const { mode, token, encodingAesKey, receiveId, botId, botSecret, app, kf, ...rest } = given;
  const beside = {
    ...rest,
    ...(app === undefined ? {} : { app: appOf(app, path) }),
    ...(kf === undefined ? {} : { kf: kfOf(kf) }),
  };
  if (mode === "webhook")
    return { ...beside, mode, token, encodingAesKey, ...(receiveId === undefined ? {} : { receiveId }) };
  return {
    ...beside,
    ...(mode === undefined ? {} : { mode }),
    ...(botId && { botId }),
    ...(botSecret && { botSecret }),
  };
}

function appOf(app: NonNullable<Given["options"]["app"]>, path: string): WeComApp {
  const { agentId, corpId, corpSecret, token, encodingAesKey, receiveId } = app;
  if (!/^\d+$/.test(agentId))
    throw configError(`${path}.app.agent_id is no number`, {
      en: "Write the AgentId of the application's page: a number such as 1000002, not the name.",
      zh: "请填写应用详情页的 AgentId(数字,如 1000002),而不是应用名称。",
    });
  const receive = receiveId === undefined ? {} : { receiveId };
  return { corpId, corpSecret, agentId: Number(agentId), token, encodingAesKey, ...receive };
}

function kfOf({ token, encodingAesKey, ...kf }: NonNullable<Given["options"]["kf"]>): WeComKf {
  return { ...kf, token, encodingAesKey };
}
