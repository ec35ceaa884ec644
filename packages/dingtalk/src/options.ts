/** What `createDingTalk` takes, and the same with defaults filled in. */
import type { ChannelOptions } from "@openclaw-china/core";
import { configError, originOf, textOf } from "@openclaw-china/core/internal";

export type DingTalkOptions = DingTalkStreamOptions | DingTalkWebhookOptions;

interface DingTalkStreamOptions extends DingTalkCommon {
  readonly mode?: "stream";
}

interface DingTalkWebhookOptions extends DingTalkCommon {
  readonly mode: "webhook" | "both";
  /** Of encrypted event callbacks, and the `token` header of legacy outgoing robots. Default DINGTALK_WEBHOOK_TOKEN. */
  readonly token?: string | undefined;
  /** Of encrypted event callbacks: 43 characters. */
  readonly aesKey?: string | undefined;
}

interface DingTalkCommon extends ChannelOptions {
  /** The console's AppKey, also called Client ID. Default DINGTALK_APP_KEY. */
  readonly appKey?: string | undefined;
  /** Default DINGTALK_APP_SECRET. */
  readonly appSecret?: string | undefined;
  /** Default the appKey. */
  readonly robotCode?: string;
  /** Removed from the front of rich texts. */
  readonly botName?: string;
  /** Card for streamed answers. Default a public template. */
  readonly cardTemplate?: { readonly id: string; readonly streamingKey: string };
  /**
   * Card with buttons: its id, and the names of its variables for title, text (markdown) and status (who chose what).
   * Buttons are in `sys_full_json_obj`. Default a public template, with `title`, `markdown` and `tips`.
   */
  readonly buttonTemplate?: {
    readonly id: string;
    readonly title?: string;
    readonly text?: string;
    readonly status?: string;
  };
  /** Default https://api.dingtalk.com and https://oapi.dingtalk.com; the international edition ends in .io. */
  readonly endpoints?: { readonly api?: string; readonly oapi?: string };
}

/** Where the platform is, as origins without a slash at the end. */
export interface Endpoints {
  readonly api: string;
  readonly oapi: string;
}

/** The template of the official Python client; its streaming variable is `msgContent`. Templates are configuration. */
const PUBLIC_TEMPLATE = { id: "382e4302-551d-4880-bf29-a30acfab2e71.schema", streamingKey: "msgContent" };

/** "Markdown with buttons" of the official Python client, and the names of its variables. */
const PUBLIC_BUTTONS = {
  id: "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema",
  title: "title",
  text: "markdown",
  status: "tips",
};

/** Templates of the official clients: they want their state switched by `flowStatus`; an own one follows the streaming flags. */
const STANDARD_TEMPLATES: ReadonlySet<string> = new Set([
  PUBLIC_TEMPLATE.id,
  "02fcf2f4-5e02-4a85-b672-46d1f715543e.schema",
]);

/** Settings of one account, complete but for the credentials, which are resolved when the channel is opened. */
export interface Settings {
  readonly mode: "stream" | "webhook" | "both";
  readonly account: string;
  readonly robotCode: string | undefined;
  readonly botName: string | undefined;
  readonly template: { readonly id: string; readonly streamingKey: string };
  /** Not one of the standard templates, whose state is switched by `flowStatus`. */
  readonly ownTemplate: boolean;
  readonly buttonTemplate: typeof PUBLIC_BUTTONS;
  readonly endpoints: Endpoints;
  readonly proxy: NonNullable<ChannelOptions["proxy"]>;
  readonly thinking: NonNullable<ChannelOptions["thinking"]>;
  readonly streaming: NonNullable<ChannelOptions["streaming"]>;
  readonly monthlyCallBudget: number | undefined;
}

/** Throws `config_invalid` for an endpoint that is no origin, half a card template, and for a key that is none. */
export function settingsOf(options: DingTalkOptions): Settings {
  const { endpoints = {}, cardTemplate: template = PUBLIC_TEMPLATE } = options;
  if (!template.id || !template.streamingKey) throw templateError();
  checkEventKey(options);
  return {
    mode: options.mode ?? "stream",
    account: options.account ?? "default",
    robotCode: options.robotCode,
    botName: options.botName,
    template,
    ownTemplate: !STANDARD_TEMPLATES.has(template.id),
    buttonTemplate: { ...PUBLIC_BUTTONS, ...options.buttonTemplate },
    endpoints: {
      api: originOf("endpoints.api", endpoints.api, "https://api.dingtalk.com"),
      oapi: originOf("endpoints.oapi", endpoints.oapi, "https://oapi.dingtalk.com"),
    },
    proxy: options.proxy ?? "env",
    thinking: options.thinking ?? "reaction",
    streaming: options.streaming ?? "auto",
    monthlyCallBudget: options.monthlyCallBudget,
  };
}

/** Of webhook mode. */
export interface WebhookSecrets {
  readonly token?: string | undefined;
  readonly aesKey?: string | undefined;
}

/** What the options say; the environment is not looked at. */
export function webhookSecretsOf(options: DingTalkOptions): WebhookSecrets {
  if (options.mode !== "webhook" && options.mode !== "both") return {};
  const token = textOf(options.token);
  const aesKey = textOf(options.aesKey);
  return { ...(token === undefined ? {} : { token }), ...(aesKey === undefined ? {} : { aesKey }) };
}

function checkEventKey(options: DingTalkOptions): void {
  const { aesKey } = webhookSecretsOf(options);
  if (aesKey === undefined || /^[A-Za-z0-9+/]{43}$/.test(aesKey)) return;
  throw configError(`aesKey is no key of 43 letters and digits: it has ${aesKey.length} characters`, {
    en: "Copy the aes_key of the event subscription's page again, without the sign = at its end.",
    zh: "请从“事件订阅”页面重新复制 aes_key(43 个字符,末尾不含 =)。",
  });
}

function templateError(): Error {
  return configError("cardTemplate lacks its id or its streamingKey", {
    en: "Give both: the id of the published template, and the name of its streaming variable. Or leave cardTemplate out.",
    zh: "请同时填写已发布模板的 id 与其流式变量名 streamingKey,或不设置 cardTemplate。",
  });
}
