/**
 * What `doctor` prints for an account: credentials, clock, hosts, the stream connection, webhook and card settings, what is
 * easily overlooked. No second connection, and no metered call unless asked. What is not of DingTalk is in core/doctor.
 */
import {
  type AccessOptions,
  ChannelError,
  type ConnectionStatus,
  type Finding,
  type Holder,
  type HttpRequest,
  type Localized,
  type ProbeOptions,
  type Runtime,
} from "@openclaw-china/core";
import {
  accessFindings,
  clockFindings,
  errorFinding,
  type Found,
  hostMissed,
  hostReached,
  type NeededHost,
  reachHost,
} from "@openclaw-china/core/internal";
import { type Credentials, fetchToken } from "./api/token.ts";
import { findKnown } from "./errors.ts";
import type { Settings, WebhookSecrets } from "./options.ts";
import { type PermissionDeps, permissionsNotAsked, probePermissions } from "./permissions.ts";

const CONSOLE = "https://open-dev.dingtalk.com/fe/app";
const CARDS = "https://open-dev.dingtalk.com/fe/card";
const DINGTALK: Localized = { en: "DingTalk", zh: "钉钉" };
/** Where stream connections of the Chinese edition go; the international edition publishes no host. */
const STREAM_HOST = { api: "https://api.dingtalk.com", socket: "wss://wss-open-connection.dingtalk.com" };

export interface ProbeDeps extends Pick<PermissionDeps, "client" | "robotCode"> {
  readonly runtime: Runtime;
  readonly app: Credentials & Pick<Settings, "endpoints" | "proxy">;
  readonly settings: Settings;
  readonly access: AccessOptions;
  readonly webhook: WebhookSecrets;
  /** Of the listener, when there is one. */
  readonly link: ConnectionStatus | undefined;
  /** What was refused while the bot worked. */
  readonly refused: readonly Found[];
}

/** Findings, and the Date header of an answer of the platform. */
interface Asked {
  readonly found: readonly Found[];
  readonly date?: string | undefined;
}

export async function probeDingTalk(
  deps: ProbeDeps,
  { signal, spend = false }: ProbeOptions & { readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  const { runtime, settings, access } = deps;
  const asked = await Promise.all([probeCredentials(deps, signal), probeUploads(deps, signal), probeWay(deps, signal)]);
  const date = asked.find((one) => one.date !== undefined)?.date;
  const isIn = asked[0].found.every(({ level }) => level === "ok");
  const permissions = spend && isIn ? await probePermissions(deps, signal) : [permissionsNotAsked(settings)];
  const found = [
    ...asked.flatMap((one) => one.found),
    ...clockFindings({ date, at: runtime.clock.now(), platform: DINGTALK }),
    ...twiceFindings(deps.link?.others),
    ...deps.refused,
    ...permissions,
    ...optionFindings(deps),
    ...accessFindings({ access, can: { hearsUnmentioned: false }, platform: DINGTALK }),
    GROUPS_RULE,
  ];
  return found.map((one) => ({ ...one, channel: "dingtalk", account: settings.account }));
}

/** The token call says whether its host is there, too. */
async function probeCredentials({ runtime, app }: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const host = { origin: app.endpoints.api, needed: API_NEEDED };
  let step: Parameters<NonNullable<HttpRequest["onStep"]>>[0] | undefined;
  const { http, clock } = runtime;
  try {
    const { date } = await fetchToken({ http, clock, onStep: (next) => void (step = next) }, app, signal);
    return { found: [{ level: "ok", code: "credentials", cause: ACCEPTED }, hostReached(host)], date };
  } catch (error) {
    if (error instanceof ChannelError && error.kind === "transport" && error.outcome === "not_sent")
      return { found: [hostMissed(host, error, step)] };
    const trouble = troubleFinding(error, NO_TOKEN);
    return { found: trouble.platform === undefined ? [trouble] : [trouble, hostReached(host)] };
  }
}

async function probeUploads({ runtime, app }: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const { api, oapi } = app.endpoints;
  if (api === oapi) return { found: [] };
  return askHost({ origin: oapi, needed: OAPI_NEEDED }, { runtime, app, signal });
}

/** How messages come in: from the connection itself where there is one. */
async function probeWay({ runtime, app, link, settings, webhook }: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const calls = settings.mode === "stream" ? [] : webhookFindings(webhook);
  if (settings.mode === "webhook") {
    return { found: [{ level: "ok", code: "webhook", ...calledAt(link?.lastFrameAt) }, ...calls] };
  }
  if (link?.error !== undefined) return { found: [troubleFinding(link.error, NO_STREAM), ...calls] };
  if (link?.state === "live" || link?.state === "draining")
    return { found: [{ level: "ok", code: "stream", cause: CONNECTED }, ...calls] };
  if (app.endpoints.api !== STREAM_HOST.api) return { found: calls };
  const { found, date } = await askHost(
    { origin: STREAM_HOST.socket, needed: STREAM_NEEDED },
    { runtime, app, signal },
  );
  return { found: [...found, ...calls], date };
}

async function askHost(
  host: NeededHost,
  { runtime, app, signal }: Pick<ProbeDeps, "runtime" | "app"> & { readonly signal: AbortSignal },
): Promise<Asked> {
  const { http, clock } = runtime;
  const { finding, date } = await reachHost(host, { http, clock, proxy: app.proxy, signal });
  return { found: [finding], date };
}

function calledAt(at: number | undefined): Pick<Found, "cause" | "fix"> {
  if (at === undefined) return { cause: NOT_CALLED, fix: CALL_FIX };
  const when = new Date(at).toISOString();
  return {
    cause: { en: `DingTalk has called the webhook, last at ${when}.`, zh: `钉钉已回调 webhook,最近一次:${when}。` },
  };
}

function webhookFindings({ token, aesKey }: WebhookSecrets): readonly Found[] {
  if (token !== undefined && aesKey !== undefined) return [{ level: "ok", code: "webhook_secrets", cause: ALL_CALLS }];
  if (token === undefined && aesKey === undefined)
    return [{ level: "ok", code: "webhook_secrets", cause: SIGNED_CALLS }];
  if (token !== undefined) return [{ level: "ok", code: "webhook_secrets", cause: TOKEN_CALLS }];
  return [{ level: "warning", code: "webhook_secrets", cause: HALF_SECRETS, fix: HALF_FIX, url: CONSOLE }];
}

/** What went wrong, with the catalogue's cause where the code is listed. */
function troubleFinding(error: unknown, what: Localized): Found {
  if (!(error instanceof ChannelError)) throw error;
  const { platform } = error;
  const known = platform === undefined ? undefined : findKnown(platform.code, platform.message);
  return errorFinding(error, { what, cause: known?.cause, url: known?.page ?? CONSOLE });
}

/** Known of a listener only. */
function twiceFindings(others: readonly Holder[] = []): readonly Found[] {
  return others.map(({ account, host, pid, since }) => {
    const at = new Date(since).toISOString();
    return {
      level: "error",
      code: "app_listened_to_twice",
      cause: {
        en: `The account ${account} of process ${pid} on ${host} listens to the same app since ${at}: DingTalk hands each message to one of them at random.`,
        zh: `${host} 上进程 ${pid} 的账号 ${account} 自 ${at} 起也在监听同一应用:钉钉会将每条消息随机推送给其中之一。`,
      },
      fix: {
        en: "Stop one of them, or give each an app of its own.",
        zh: "请停止其中之一,或为其分别使用各自的应用。",
      },
    };
  });
}

function optionFindings({ settings, app, robotCode }: ProbeDeps): readonly Found[] {
  const found: Found[] = [];
  if (robotCode !== app.appKey)
    found.push({ level: "warning", code: "robot_code", ...robotOf(robotCode), url: CONSOLE });
  if (settings.streaming === "off")
    found.push({ level: "warning", code: "reply_not_repeatable", cause: NOT_REPEATABLE, fix: STREAMING_FIX });
  else found.push(templateFinding(settings));
  if (settings.monthlyCallBudget !== undefined)
    found.push({ level: "warning", code: "budget_not_obeyed", cause: NO_BUDGET, fix: BUDGET_FIX });
  return found;
}

function robotOf(robotCode: string): Pick<Found, "cause" | "fix"> {
  return {
    cause: {
      en: `robot_code (${robotCode}) is not app_key: an internal app's bot has its app_key as robot code.`,
      zh: `robot_code(${robotCode})与 app_key 不同:企业内部应用机器人的编码即为其 app_key。`,
    },
    fix: {
      en: "Leave robot_code out, unless the app is a third-party one.",
      zh: "除第三方应用外,请不要设置 robot_code。",
    },
  };
}

function templateFinding({ template, ownTemplate }: Settings): Found {
  const cause = {
    en: `Answers grow in the card template ${template.id}${ownTemplate ? ", in its variable" : ", DingTalk's public one, in"} ${template.streamingKey}.`,
    zh: `流式回答使用${ownTemplate ? "自有" : "公共"}卡片模板 ${template.id},变量 ${template.streamingKey}。`,
  };
  if (template.id.endsWith(".schema")) return { level: "ok", code: "card_template", cause };
  const said = { en: `card_template.id is ${template.id}`, zh: `card_template.id 为 ${template.id}` };
  return { level: "warning", code: "card_template", what: said, cause: NO_SCHEMA, fix: SCHEMA_FIX, url: CARDS };
}

const API_NEEDED: Localized = {
  en: "get tokens, open the stream connection, send messages and cards",
  zh: "获取 token、建立 Stream 连接、发送消息与卡片",
};
const OAPI_NEEDED: Localized = {
  en: "answer through session webhooks, upload files, write to group robots",
  zh: "通过会话 Webhook 回复、上传文件、群机器人发送",
};
const STREAM_NEEDED: Localized = { en: "receive messages", zh: "接收消息" };
const NO_TOKEN: Localized = { en: "DingTalk gives no access token", zh: "无法取得 access_token" };
const NO_STREAM: Localized = { en: "There is no stream connection", zh: "Stream 连接未建立" };
const ACCEPTED: Localized = {
  en: "DingTalk accepts app_key and app_secret.",
  zh: "钉钉接受 app_key 与 app_secret。",
};
const ALL_CALLS: Localized = {
  en: "The webhook takes signed messages, legacy outgoing robots and encrypted events.",
  zh: "webhook 接受签名消息、旧版 outgoing 机器人与加密事件。",
};
const SIGNED_CALLS: Localized = {
  en: "The webhook takes signed messages; legacy outgoing robots (token) and encrypted events (token, aes_key) are refused.",
  zh: "webhook 接受签名消息;未设置 token 与 aes_key,旧版 outgoing 机器人与加密事件会被拒绝。",
};
const TOKEN_CALLS: Localized = {
  en: "The webhook takes signed messages and legacy outgoing robots; encrypted events (aes_key) are refused.",
  zh: "webhook 接受签名消息与旧版 outgoing 机器人;未设置 aes_key,加密事件会被拒绝。",
};
const HALF_SECRETS: Localized = {
  en: "aes_key is set and token is not: encrypted events are refused.",
  zh: "已设置 aes_key 但未设置 token:加密事件会被拒绝。",
};
const HALF_FIX: Localized = {
  en: "Copy the token of the event subscription's page (or set DINGTALK_WEBHOOK_TOKEN), or leave aes_key out.",
  zh: "请从“事件订阅”页面复制 token(或设置 DINGTALK_WEBHOOK_TOKEN),或去掉 aes_key。",
};
const NO_SCHEMA: Localized = {
  en: "Ids of templates end with .schema, so no card will be shown with this one.",
  zh: "卡片模板 id 以 .schema 结尾,该 id 无法显示卡片。",
};
const SCHEMA_FIX: Localized = {
  en: "Copy the id of the published template again, or leave card_template out.",
  zh: "请重新复制已发布模板的 id,或不设置 card_template。",
};
const CONNECTED: Localized = { en: "The stream connection is live.", zh: "Stream 连接正常。" };
const NOT_CALLED: Localized = {
  en: "DingTalk has not called the webhook yet, or nobody listens here.",
  zh: "钉钉尚未回调 webhook,或此处没有监听。",
};
const CALL_FIX: Localized = {
  en: "In the console set the robot to HTTP mode with the public address of /webhooks/dingtalk, publish, and write to the bot.",
  zh: "请在开发者后台将机器人设为 HTTP 模式,填写 /webhooks/dingtalk 的公网地址,发布后给机器人发消息。",
};
const NOT_REPEATABLE: Localized = {
  en: "Replies go through the session webhook, which has no key: after a crash within a request it is unknown whether a reply arrived (unknown_reply decides).",
  zh: "回复经由会话 Webhook 发送,没有幂等键:若进程在请求中崩溃,无法得知回复是否送达(由 unknown_reply 决定)。",
};
const STREAMING_FIX: Localized = {
  en: 'Set streaming to "auto" to answer in cards, which can be repeated.',
  zh: '将 streaming 设为 "auto" 以卡片回复,可安全重试。',
};
const NO_BUDGET: Localized = {
  en: "monthly_call_budget is not obeyed by this version.",
  zh: "当前版本尚不支持 monthly_call_budget。",
};
const BUDGET_FIX: Localized = {
  en: 'Leave it out; streaming: "off" saves most calls.',
  zh: '请不要设置该项;设置 streaming: "off" 可节省大部分调用。',
};
const GROUPS: Localized = {
  en: "In groups DingTalk hands over only messages that mention the bot. No answer in a group: is the bot in the group, was it mentioned, is the app's new version published, and is the sender in its visible range?",
  zh: "群聊中钉钉只推送 @机器人 的消息。群里无应答时请检查:机器人是否在群内、是否被 @、应用新版本是否已发布、发送者是否在可见范围内。",
};
const GROUPS_FIX: Localized = {
  en: "Publish a version with a visible range that covers the people.",
  zh: "请发布可见范围覆盖相关人员的版本。",
};
const GROUPS_RULE: Found = { level: "ok", code: "groups_need_mention", cause: GROUPS, fix: GROUPS_FIX, url: CONSOLE };
