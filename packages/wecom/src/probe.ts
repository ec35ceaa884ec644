/**
 * What `doctor` prints for an account: the credentials of application and customer service, clock, hosts, the bot's connection
 * and what is easily overlooked. No metered call and no second connection: a second one would throw the bot out.
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
  reachHost,
} from "@openclaw-china/core/internal";
import { type Credentials, fetchToken } from "./api/token.ts";
import { findKnown } from "./errors.ts";
import type { Settings } from "./options.ts";

const CONSOLE = "https://work.weixin.qq.com/wework_admin/frame#apps";
const WECOM: Localized = { en: "WeCom", zh: "企业微信" };

export interface ProbeDeps {
  readonly runtime: Pick<Runtime, "http" | "clock">;
  readonly settings: Settings;
  readonly access: AccessOptions;
  readonly app?: Credentials;
  readonly kf?: Credentials;
  /** Of the listener, when there is one. */
  readonly link: ConnectionStatus | undefined;
}

/** Findings, and the Date header of an answer of the platform. */
interface Asked {
  readonly found: readonly Found[];
  readonly date?: string | undefined;
}

export async function probeWeCom(deps: ProbeDeps, signal: AbortSignal): Promise<readonly Finding[]> {
  const { runtime, settings, access, app, kf } = deps;
  const asked = await Promise.all([
    ...(app === undefined ? [] : [probeCredentials(deps, { app, of: APP }, signal)]),
    ...(kf === undefined ? [] : [probeCredentials(deps, { app: kf, of: KF }, signal)]),
    probeBot(deps, signal),
  ]);
  const date = asked.find((one) => one.date !== undefined)?.date;
  const found = [
    ...asked.flatMap((one) => one.found),
    ...clockFindings({ date, at: runtime.clock.now(), platform: WECOM }),
    ...optionFindings(settings),
    ...accessFindings({ access, can: { hearsUnmentioned: false }, platform: WECOM }),
    ...(settings.mode === undefined ? [] : [GROUPS_RULE]),
  ];
  return found.map((one) => ({ ...one, channel: "wecom", account: settings.account }));
}

/** The token call says whether its host is there, too. It is the same token again while that is valid. */
async function probeCredentials(
  { runtime }: ProbeDeps,
  { app, of }: { readonly app: Credentials; readonly of: Localized },
  signal: AbortSignal,
): Promise<Asked> {
  const host = { origin: app.api, needed: API_NEEDED };
  let step: Parameters<NonNullable<HttpRequest["onStep"]>>[0] | undefined;
  const { http, clock } = runtime;
  try {
    const { date } = await fetchToken({ http, clock, onStep: (next) => void (step = next) }, app, signal);
    const cause = { en: `WeCom accepts the secret of ${of.en}.`, zh: `企业微信接受${of.zh}的 Secret。` };
    return { found: [{ level: "ok", code: "credentials", cause }, hostReached(host)], date };
  } catch (error) {
    if (error instanceof ChannelError && error.kind === "transport" && error.outcome === "not_sent")
      return { found: [hostMissed(host, error, step)] };
    const what = { en: `There is no access token for ${of.en}`, zh: `无法取得${of.zh}的 access_token` };
    return { found: [troubleFinding(error, what)] };
  }
}

/** From the connection itself where there is one; its credentials can be tried only by connecting. */
async function probeBot({ runtime, settings, link }: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const { mode, endpoints, proxy } = settings;
  if (mode !== "stream") return { found: [{ level: "ok", code: "webhook", ...calledAt(link?.lastFrameAt) }] };
  if (link?.error !== undefined) return { found: [troubleFinding(link.error, NO_SOCKET)] };
  if (link?.state === "replaced") return { found: [{ level: "error", code: "bot_taken", ...TAKEN }] };
  if (link?.state === "live" || link?.state === "standby")
    return { found: [{ level: "ok", code: "stream", cause: link.state === "live" ? CONNECTED : STANDBY }] };
  const host = { origin: endpoints.socket, needed: SOCKET_NEEDED };
  const { finding, date } = await reachHost(host, { ...runtime, proxy, signal });
  return { found: [finding, { level: "ok", code: "bot_not_tried", cause: NOT_TRIED }], date };
}

function calledAt(at: number | undefined): Pick<Found, "cause" | "fix"> {
  if (at === undefined) return { cause: NOT_CALLED, fix: CALL_FIX };
  const when = new Date(at).toISOString();
  return {
    cause: { en: `WeCom has called the webhook, last at ${when}.`, zh: `企业微信已回调 webhook,最近一次:${when}。` },
  };
}

/** What went wrong, with the catalogue's cause where the code is listed. */
function troubleFinding(error: unknown, what: Localized): Found {
  if (!(error instanceof ChannelError)) throw error;
  const { platform } = error;
  const known = platform === undefined ? undefined : findKnown(platform.code, platform.message);
  return errorFinding(error, { what, cause: known?.cause, url: CONSOLE });
}

function optionFindings({ mode, hasApp, streaming }: Settings): readonly Found[] {
  const found: Found[] = [];
  if (mode === "webhook" && !hasApp) found.push({ level: "warning", code: "no_way_out_later", ...NO_WAY });
  if (streaming === "off" && mode !== undefined)
    found.push({ level: "warning", code: "reply_not_repeatable", cause: NOT_REPEATABLE, fix: STREAMING_FIX });
  return found;
}

const APP: Localized = { en: "the application", zh: "自建应用" };
const KF: Localized = { en: "customer service", zh: "微信客服" };
const API_NEEDED: Localized = { en: "send messages and files", zh: "发送消息与文件" };
const SOCKET_NEEDED: Localized = { en: "receive messages and answer them", zh: "接收消息与回复" };
const NO_SOCKET: Localized = { en: "The bot is not connected", zh: "机器人长连接未建立" };
const CONNECTED: Localized = { en: "The bot is connected and subscribed.", zh: "机器人长连接已建立并订阅成功。" };
const STANDBY: Localized = {
  en: "Another process of this gateway holds the bot's connection; this one takes over when it ends.",
  zh: "该机器人的长连接由另一进程持有,其退出后本进程会接替。",
};
const NOT_TRIED: Localized = {
  en: "bot_id and bot_secret are tried when the bot connects: a connection made for a check would throw the running bot out.",
  zh: "bot_id 与 bot_secret 在机器人连接时验证:为检查而建立的连接会挤掉正在运行的机器人。",
};
const TAKEN: Pick<Found, "cause" | "fix"> = {
  cause: {
    en: "Another program has connected with this bot's secret: WeCom lets a bot have one connection.",
    zh: "其他程序使用同一机器人的 Secret 建立了长连接:企业微信只允许每个机器人一条长连接。",
  },
  fix: {
    en: "Stop the other program, or reset the bot's secret in the console and write the new one here.",
    zh: "请停止另一程序;或在管理后台重置机器人的 Secret,并在此处填写新的 Secret。",
  },
};
const NOT_CALLED: Localized = {
  en: "WeCom has not called the webhook yet, or nobody listens here.",
  zh: "企业微信尚未回调 webhook,或此处没有监听。",
};
const CALL_FIX: Localized = {
  en: "In the console write the public address of /webhooks/wecom with token and EncodingAESKey, save while the gateway runs, and write to the bot.",
  zh: "请在管理后台填写 /webhooks/wecom 的公网地址、Token 与 EncodingAESKey,在网关运行时保存,然后给机器人发消息。",
};
const NO_WAY: Pick<Found, "cause" | "fix"> = {
  cause: {
    en: "A bot in webhook mode writes to nobody first, and answers a message for six minutes and once more within an hour.",
    zh: "webhook 模式的机器人无法主动发消息:每条消息只能在 6 分钟内流式回复,此后一小时内还可再回复一次。",
  },
  fix: {
    en: "Set app (a self-built application) beside the bot for what comes later, or use mode: stream.",
    zh: "请为机器人配置自建应用(app)用于后续发送,或改用 mode: stream。",
  },
};
const NOT_REPEATABLE: Localized = {
  en: "Replies go as messages that have no key: after a crash within a request it is unknown whether a reply arrived (unknown_reply decides).",
  zh: "回复以无幂等键的消息发送:若进程在请求中崩溃,无法得知回复是否送达(由 unknown_reply 决定)。",
};
const STREAMING_FIX: Localized = {
  en: 'Set streaming to "auto" to answer in growing messages, which can be repeated.',
  zh: '将 streaming 设为 "auto" 以流式消息回复,可安全重试。',
};
const GROUPS_RULE: Found = {
  level: "ok",
  code: "groups_need_mention",
  cause: {
    en: "In groups WeCom hands over only messages that mention the bot, and no files.",
    zh: "群聊中企业微信只推送 @机器人 的消息,且不含文件。",
  },
  fix: {
    en: "No answer in a group: is the bot in the group, was it mentioned, and is the sender in its visible range?",
    zh: "群里无应答时请检查:机器人是否在群内、是否被 @、发送者是否在可见范围内。",
  },
};
