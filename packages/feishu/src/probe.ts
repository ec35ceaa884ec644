/**
 * What `doctor` prints for an account: credentials, clock, hosts, the long connection, webhook keys, what is easily overlooked.
 * No metered call and no second connection: a second one would take every other event away.
 */
import {
  type AccessOptions,
  ChannelError,
  type ConnectionStatus,
  type Finding,
  type HttpRequest,
  type Localized,
  type Runtime,
} from "@openclaw-china/core";
import {
  accessFindings,
  clockFindings,
  errorFinding,
  type Found,
  hostMissed,
  hostReached,
} from "@openclaw-china/core/internal";
import { type App, fetchToken } from "./api/token.ts";
import { findKnown } from "./errors.ts";
import type { Settings, WebhookSecrets } from "./options.ts";

const FEISHU: Localized = { en: "Feishu", zh: "飞书" };

export interface ProbeDeps {
  readonly runtime: Pick<Runtime, "http" | "clock">;
  readonly app: App;
  readonly settings: Settings;
  readonly access: AccessOptions;
  readonly webhook: WebhookSecrets;
  /** Of the listener, when there is one. */
  readonly link: ConnectionStatus | undefined;
}

/** Findings, and the Date header of an answer of the platform. */
interface Asked {
  readonly found: readonly Found[];
  readonly date?: string | undefined;
}

export async function probeFeishu(deps: ProbeDeps, signal: AbortSignal): Promise<readonly Finding[]> {
  const { runtime, settings, access } = deps;
  const asked = await probeCredentials(deps, signal);
  const found = [
    ...asked.found,
    ...clockFindings({ date: asked.date, at: runtime.clock.now(), platform: FEISHU }),
    ...wayFindings(deps),
    ...accessFindings({ access, can: { hearsUnmentioned: true }, platform: FEISHU }),
    SCOPES,
  ];
  return found.map((one) => ({ ...one, channel: "feishu", account: settings.account }));
}

/** The token call says whether its host is there, too. */
async function probeCredentials({ runtime, app }: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const host = { origin: app.endpoints.api, needed: NEEDED };
  let step: Parameters<NonNullable<HttpRequest["onStep"]>>[0] | undefined;
  const { http, clock } = runtime;
  const form = APP_ID.test(app.appId) ? [] : [{ level: "warning", code: "app_id", ...wrongForm(app.appId) } as const];
  try {
    const { date } = await fetchToken({ http, clock, onStep: (next) => void (step = next) }, app, signal);
    return { found: [{ level: "ok", code: "credentials", cause: ACCEPTED }, hostReached(host), ...form], date };
  } catch (error) {
    if (error instanceof ChannelError && error.kind === "transport" && error.outcome === "not_sent")
      return { found: [hostMissed(host, error, step), ...form] };
    const trouble = troubleFinding(error, { what: NO_TOKEN, url: app.endpoints.console });
    return { found: [trouble, ...form] };
  }
}

/** How events come in: from the connection itself where there is one. */
function wayFindings({ settings, link, webhook, app }: ProbeDeps): readonly Found[] {
  const { mode } = settings;
  const found: Found[] = [];
  if (mode !== "webhook" && link?.error !== undefined)
    found.push(troubleFinding(link.error, { what: NO_STREAM, url: app.endpoints.console }));
  if (mode !== "webhook" && (link?.state === "live" || link?.state === "draining"))
    found.push({ level: "ok", code: "stream", cause: CONNECTED });
  if (mode === "webhook") found.push({ level: "ok", code: "webhook", ...calledAt(link?.lastFrameAt) });
  if (mode !== "stream" && webhook.verificationToken === undefined)
    found.push({ level: "warning", code: "no_verification_token", cause: NO_CHALLENGE, fix: CHALLENGE_FIX });
  return found;
}

function calledAt(at: number | undefined): Pick<Found, "cause" | "fix"> {
  if (at === undefined) return { cause: NOT_CALLED, fix: CALL_FIX };
  const when = new Date(at).toISOString();
  return {
    cause: { en: `Feishu has called the webhook, last at ${when}.`, zh: `飞书已回调 webhook,最近一次:${when}。` },
  };
}

/** What went wrong, with the catalogue's cause where the code is listed. */
function troubleFinding(error: unknown, { what, url }: { readonly what: Localized; readonly url: string }): Found {
  if (!(error instanceof ChannelError)) throw error;
  const { platform } = error;
  const known = platform === undefined ? undefined : findKnown(platform.code, platform.message);
  return errorFinding(error, { what, cause: known?.cause, url });
}

const APP_ID = /^cli_[0-9a-f]{16}$/i;

function wrongForm(appId: string): Pick<Found, "cause" | "fix"> {
  return {
    cause: {
      en: `app_id is ${appId}: App IDs are cli_ and 16 digits or letters from a to f.`,
      zh: `app_id 为 ${appId}:App ID 应为 cli_ 加 16 位十六进制字符。`,
    },
    fix: { en: 'Copy it again from "Credentials & Basic Info".', zh: "请从“凭证与基础信息”重新复制。" },
  };
}

const NEEDED: Localized = {
  en: "get tokens, open the long connection, send messages and cards",
  zh: "获取 token、建立长连接、发送消息与卡片",
};
const NO_TOKEN: Localized = { en: "Feishu gives no access token", zh: "无法取得 tenant_access_token" };
const NO_STREAM: Localized = { en: "There is no long connection", zh: "长连接未建立" };
const ACCEPTED: Localized = { en: "Feishu accepts app_id and app_secret.", zh: "飞书接受 app_id 与 app_secret。" };
const CONNECTED: Localized = { en: "The long connection is live.", zh: "长连接正常。" };
const NOT_CALLED: Localized = {
  en: "Feishu has not called the webhook yet, or nobody listens here.",
  zh: "飞书尚未回调 webhook,或此处没有监听。",
};
const CALL_FIX: Localized = {
  en: "In the console, Events and callbacks, enter the public address of /webhooks/feishu for events and for callbacks, and publish a version.",
  zh: "请在开发者后台“事件与回调”中,为事件与回调填写 /webhooks/feishu 的公网地址,并发布版本。",
};
const NO_CHALLENGE: Localized = {
  en: "verification_token is not set: the console's check of the address is refused, so the address cannot be saved.",
  zh: "未设置 verification_token:后台对请求地址的校验会被拒绝,地址无法保存。",
};
const CHALLENGE_FIX: Localized = {
  en: "Copy it from the console, Events and callbacks, encryption strategy.",
  zh: "请从开发者后台“事件与回调 - 加密策略”复制。",
};
/** Cannot be asked without a metered call. */
const SCOPES: Found = {
  level: "ok",
  code: "scopes_not_asked",
  cause: {
    en: "Scopes are not asked for here, since that counts against the monthly quota: a missing one is named, with its page, when a call is refused.",
    zh: "此处不查询权限(会计入每月调用量):缺少的权限会在调用被拒绝时指明,并附开通链接。",
  },
};
