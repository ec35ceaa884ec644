/** What `createFeishu` takes, and the same with defaults filled in. */
import type { ChannelOptions } from "@openclaw-china/core";
import { configError, originOf, textOf } from "@openclaw-china/core/internal";

export type FeishuOptions = FeishuStreamOptions | FeishuWebhookOptions;

/** Over the long connection. */
interface FeishuStreamOptions extends FeishuCommon {
  readonly mode?: "stream";
}

/** Over HTTP, or both ways. One of the two keys is needed; with an Encrypt Key every event must be signed. */
type FeishuWebhookOptions = FeishuCommon & { readonly mode: "webhook" | "both" } & (
    | { readonly encryptKey: string | undefined; readonly verificationToken?: string | undefined }
    | { readonly verificationToken: string | undefined; readonly encryptKey?: undefined }
  );

interface FeishuCommon extends ChannelOptions {
  /** `cli_…`. Default FEISHU_APP_ID. */
  readonly appId?: string | undefined;
  /** Default FEISHU_APP_SECRET. */
  readonly appSecret?: string | undefined;
  /** Default `"feishu"`. */
  readonly domain?: "feishu" | "lark";
  /** Default the domain's own. For private deployments: an origin. */
  readonly endpoints?: { readonly api?: string };
  /** Answer in a thread under the message. Default false; inside a thread the answer stays there. */
  readonly replyInThread?: boolean;
}

/** Where the platform is. */
export interface Endpoints {
  /** Origin without a slash at the end. */
  readonly api: string;
  /** Of the developer console, for links in texts. */
  readonly console: string;
}

/** Settings of one account, complete but for the secrets, which are resolved when the channel is opened. */
export interface Settings {
  readonly mode: "stream" | "webhook" | "both";
  readonly account: string;
  readonly endpoints: Endpoints;
  readonly replyInThread: boolean;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly thinking: NonNullable<ChannelOptions["thinking"]>;
  readonly streaming: NonNullable<ChannelOptions["streaming"]>;
}

const ORIGINS: Readonly<Record<string, string>> = {
  feishu: "https://open.feishu.cn",
  lark: "https://open.larksuite.com",
};

/** Throws `config_invalid` for a domain that is none, and an endpoint that is no origin. */
export function settingsOf(options: FeishuOptions): Settings {
  const { domain = "feishu", endpoints = {} } = options;
  const home = ORIGINS[domain];
  if (home === undefined) throw domainError(domain);
  const api = originOf("endpoints.api", endpoints.api, home);
  return {
    mode: options.mode ?? "stream",
    account: options.account ?? "default",
    endpoints: { api, console: `${endpoints.api === undefined ? home : api}/app` },
    replyInThread: options.replyInThread ?? false,
    proxy: options.proxy ?? "env",
    thinking: options.thinking ?? "reaction",
    streaming: options.streaming ?? "auto",
  };
}

function domainError(domain: string): Error {
  return configError(`domain is "${domain.slice(0, 80)}"`, {
    en: 'Write "feishu" or "lark"; the address of a private deployment is endpoints.api.',
    zh: '请填写 "feishu" 或 "lark";私有化部署的地址请填在 endpoints.api。',
  });
}

/** Of webhook mode. */
export interface WebhookSecrets {
  readonly encryptKey: string | undefined;
  readonly verificationToken: string | undefined;
}

/** Throws `config_invalid` where webhook mode has neither of the two: nothing could be told from anybody's call. */
export function webhookSecretsOf(options: FeishuOptions): WebhookSecrets {
  if (options.mode !== "webhook" && options.mode !== "both")
    return { encryptKey: undefined, verificationToken: undefined };
  const encryptKey = textOf(options.encryptKey);
  const verificationToken = textOf(options.verificationToken);
  if (encryptKey !== undefined || verificationToken !== undefined) return { encryptKey, verificationToken };
  throw configError(`mode is "${options.mode}", and neither encryptKey nor verificationToken is set`, {
    en: "Copy one or both from the console, Events and callbacks, encryption strategy; the address can be saved there only with verificationToken.",
    zh: "请从开发者后台“事件与回调 - 加密策略”复制其一或两者;仅在设置 verificationToken 后,后台才能保存请求地址。",
  });
}
