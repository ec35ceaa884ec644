/** What `createWeCom` takes, and the same with defaults filled in. */
import type { ChannelOptions } from "@openclaw-china/core";
import { configError, originOf, textOf } from "@openclaw-china/core/internal";

export type WeComOptions = WeComStreamOptions | WeComWebhookOptions;

/** Intelligent bot over its long connection: needs no public address. */
interface WeComStreamOptions extends WeComCommon {
  readonly mode?: "stream";
  /** Default WECOM_BOT_ID. */
  readonly botId?: string | undefined;
  /** Default WECOM_BOT_SECRET. */
  readonly botSecret?: string | undefined;
}

/** Intelligent bot over HTTP callback. The console lets a bot have one of the two ways, so there is no `"both"`. */
interface WeComWebhookOptions extends WeComCommon, WeComCallback {
  readonly mode: "webhook";
}

/** Self-built application (自建应用); beside a bot it answers where the bot cannot any more. */
export interface WeComApp extends WeComCallback {
  readonly corpId: string | undefined;
  readonly corpSecret: string | undefined;
  readonly agentId: number;
}

/** WeChat customer service (微信客服). `corpSecret` is that of the customer service product. */
export interface WeComKf extends WeComCallback {
  readonly corpId: string | undefined;
  readonly corpSecret: string | undefined;
  /** Only this account. Default all. */
  readonly openKfId?: string;
}

/** All callbacks of an account share its path; the signature tells them apart. */
interface WeComCallback {
  readonly token: string | undefined;
  /** 43 characters. */
  readonly encodingAesKey: string | undefined;
  /** Must match when given. */
  readonly receiveId?: string;
}

interface WeComCommon extends ChannelOptions {
  readonly app?: WeComApp;
  readonly kf?: WeComKf;
  /** Sent within five seconds when a person opens the chat; `on("membership")` may say more. */
  readonly welcome?: string;
  /** Removed from the front of group messages. Default: one leading `@word` is removed. */
  readonly botName?: string;
  /** Default https://qyapi.weixin.qq.com and wss://openws.work.weixin.qq.com. */
  readonly endpoints?: { readonly api?: string; readonly socket?: string };
}

/** Where the platform is, as origins without a slash at the end. */
export interface Endpoints {
  readonly api: string;
  readonly socket: string;
}

/** Settings of one account, complete but for the secrets, which are resolved when the channel is opened. */
export interface Settings {
  /** Absent: an application or customer service alone. */
  readonly mode: "stream" | "webhook" | undefined;
  readonly account: string;
  readonly hasApp: boolean;
  readonly hasKf: boolean;
  readonly welcome: string | undefined;
  readonly botName: string | undefined;
  readonly endpoints: Endpoints;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly thinking: NonNullable<ChannelOptions["thinking"]>;
  readonly streaming: NonNullable<ChannelOptions["streaming"]>;
}

/** Keys of one callback: of a bot in webhook mode, of the application, or of customer service. */
export interface CallbackKeys {
  readonly token: string;
  readonly encodingAesKey: string;
  readonly receiveId: string | undefined;
}

/** Throws `config_invalid` for an endpoint that is no origin, for a key that is none, and for half a callback. */
export function settingsOf(options: WeComOptions): Settings {
  const { endpoints = {} } = options;
  for (const [path, given] of callbacksOf(options)) checkCallback(path, given);
  return {
    mode: modeOf(options),
    account: options.account ?? "default",
    hasApp: options.app !== undefined,
    hasKf: options.kf !== undefined,
    welcome: textOf(options.welcome),
    botName: textOf(options.botName),
    endpoints: {
      api: originOf("endpoints.api", endpoints.api, "https://qyapi.weixin.qq.com"),
      socket: originOf("endpoints.socket", endpoints.socket, "wss://openws.work.weixin.qq.com"),
    },
    proxy: options.proxy ?? "env",
    thinking: options.thinking ?? "reaction",
    streaming: options.streaming ?? "auto",
  };
}

/** With an application or customer service, and neither `mode` nor `botId`, there is no bot. */
function modeOf(options: WeComOptions): Settings["mode"] {
  if (options.mode !== undefined) return options.mode;
  const isAlone = options.app !== undefined || options.kf !== undefined;
  return isAlone && textOf(options.botId) === undefined ? undefined : "stream";
}

function callbacksOf(options: WeComOptions): readonly (readonly [path: string, given: WeComCallback])[] {
  const { app, kf } = options;
  return [
    ...(options.mode === "webhook" ? ([["", options]] as const) : []),
    ...(app === undefined ? [] : ([["app.", app]] as const)),
    ...(kf === undefined ? [] : ([["kf.", kf]] as const)),
  ];
}

function checkCallback(path: string, { encodingAesKey }: WeComCallback): void {
  const given = textOf(encodingAesKey);
  if (given === undefined || /^[A-Za-z0-9+/]{43}=?$/.test(given)) return;
  throw configError(`${path}encodingAesKey is no key of 43 letters and digits: it has ${given.length} characters`, {
    en: "Copy the EncodingAESKey of the console's callback page again: 43 characters.",
    zh: "请从管理后台“接收消息”页面重新复制 EncodingAESKey(43 个字符)。",
  });
}
