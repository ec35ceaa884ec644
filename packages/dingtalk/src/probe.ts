/**
 * What `doctor` prints for an account: credentials, clock, the stream connection, and what is easily overlooked. No metered
 * call, no second connection: where nobody listens, only the way to DingTalk's hosts is tried.
 */
import {
  type AccessOptions,
  ChannelError,
  type ConnectionStatus,
  type Finding,
  type Localized,
  type Runtime,
} from "@openclaw-china/core";
import { exchange } from "@openclaw-china/core/internal";
import { type Credentials, fetchToken } from "./api/token.ts";
import { findKnown, streamError } from "./errors.ts";
import type { Settings } from "./options.ts";

const CONSOLE = "https://open-dev.dingtalk.com/fe/app";
const MAX_SKEW_MS = 300_000;
/** Where stream connections of the Chinese edition go; the international edition publishes no host. */
const STREAM_HOST = { api: "https://api.dingtalk.com", socket: "https://wss-open-connection.dingtalk.com/" };

export interface ProbeDeps {
  readonly runtime: Runtime;
  readonly app: Credentials & Pick<Settings, "endpoints" | "proxy">;
  readonly settings: Settings;
  readonly access: AccessOptions;
  /** Of the listener, when there is one. */
  readonly link: ConnectionStatus | undefined;
  /** Another account that listens to the same app. */
  readonly twin: string | undefined;
}

type Found = Omit<Finding, "channel" | "account">;

export async function probeDingTalk(deps: ProbeDeps, signal: AbortSignal): Promise<readonly Finding[]> {
  const [credentials, stream] = await Promise.all([probeCredentials(deps, signal), probeStream(deps, signal)]);
  const found = [...credentials, ...stream, ...optionFindings(deps), ...groupFindings(deps.access)];
  return found.map((one) => ({ ...one, channel: "dingtalk", account: deps.settings.account }));
}

async function probeCredentials({ runtime, app }: ProbeDeps, signal: AbortSignal): Promise<readonly Found[]> {
  try {
    const { date } = await fetchToken(runtime, app, signal);
    const skewMs = date === undefined ? 0 : runtime.clock.now() - Date.parse(date);
    const skew = Math.abs(skewMs) > MAX_SKEW_MS ? [skewFinding(skewMs)] : [];
    return [{ level: "ok", code: "credentials", cause: ACCEPTED }, ...skew];
  } catch (error) {
    return [errorFinding(error, "无法取得 access_token")];
  }
}

/** From the connection itself where there is one. */
async function probeStream(
  { runtime, app, link, settings }: ProbeDeps,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  if (settings.mode === "webhook") return [{ level: "ok", code: "webhook", ...calledAt(link?.lastFrameAt) }];
  if (link?.error !== undefined) return [errorFinding(link.error, "Stream 连接未建立")];
  if (link?.state === "live" || link?.state === "draining") return [{ level: "ok", code: "stream", cause: CONNECTED }];
  if (app.endpoints.api !== STREAM_HOST.api) return [];
  try {
    await exchange(runtime, { method: "GET", url: STREAM_HOST.socket, proxy: app.proxy, signal });
    return [{ level: "ok", code: "stream", cause: REACHABLE }];
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    // Whoever took bytes is there, whatever it makes of a request that is no WebSocket.
    if (error.outcome !== "not_sent") return [{ level: "ok", code: "stream", cause: REACHABLE }];
    return [errorFinding(streamError(error), "Stream 连接的服务器无法访问")];
  }
}

function calledAt(at: number | undefined): Pick<Found, "cause" | "fix"> {
  if (at === undefined) return { cause: NOT_CALLED, fix: CALL_FIX };
  const when = new Date(at).toISOString();
  return {
    cause: { en: `DingTalk has called the webhook, last at ${when}.`, zh: `钉钉已回调 webhook,最近一次:${when}。` },
  };
}

/** What went wrong, with the catalogue's cause where the code is listed. */
function errorFinding(error: unknown, what: string): Found {
  if (!(error instanceof ChannelError)) throw error;
  const { code, message, fix, platform } = error;
  const known = platform === undefined ? undefined : findKnown(platform.code, platform.message);
  const cause = { en: message, zh: `${what}:${known?.cause.zh ?? message}` };
  return { level: "error", code, cause, fix, url: known?.page ?? CONSOLE };
}

function skewFinding(skewMs: number): Found {
  const seconds = Math.round(skewMs / 1_000);
  return {
    level: "error",
    code: "clock_skew",
    cause: {
      en: `This machine's clock differs from DingTalk's by ${seconds} s.`,
      zh: `本机时钟与钉钉相差 ${seconds} 秒。`,
    },
    fix: { en: "Switch time synchronisation (NTP) on.", zh: "请开启时间同步(NTP)。" },
  };
}

function optionFindings({ settings, twin }: ProbeDeps): readonly Found[] {
  const found: Found[] = [];
  if (twin !== undefined)
    found.push({
      level: "error",
      code: "app_listened_to_twice",
      cause: {
        en: `The account ${twin} listens to the same app: DingTalk hands each message to one of the two at random.`,
        zh: `账号 ${twin} 也在监听同一应用:钉钉会将每条消息随机推送给其中之一。`,
      },
      fix: { en: "Give each account an app of its own.", zh: "请为每个账号使用各自的应用。" },
    });
  if (settings.streaming === "off")
    found.push({ level: "warning", code: "reply_not_repeatable", cause: NOT_REPEATABLE, fix: STREAMING_FIX });
  if (settings.monthlyCallBudget !== undefined)
    found.push({ level: "warning", code: "budget_not_obeyed", cause: NO_BUDGET, fix: BUDGET_FIX });
  return found;
}

/** No answer in a group has no error anywhere: these are its causes, those of our own options first. */
function groupFindings(access: AccessOptions): readonly Found[] {
  const silence = silenceIn(access);
  const own: readonly Found[] = silence === undefined ? [] : [{ level: "warning", code: "groups_off", ...silence }];
  const unheard: readonly Found[] = asksForUnmentioned(access)
    ? [{ level: "warning", code: "mention_needed_anyway", cause: UNHEARD, fix: UNHEARD_FIX }]
    : [];
  const rule: Found = { level: "ok", code: "groups_need_mention", cause: GROUPS, fix: GROUPS_FIX, url: CONSOLE };
  return [...own, ...unheard, rule];
}

function silenceIn(access: AccessOptions): Pick<Found, "cause" | "fix"> | undefined {
  const { respondToMentions, groupPolicy, groupAllowFrom = [], groups = {} } = access;
  const set = (key: string, value: string): Pick<Found, "cause" | "fix"> => ({
    cause: { en: `No group is answered: ${key} is ${value}.`, zh: `群聊不会得到回复:${key} 为 ${value}。` },
    fix: { en: `Change ${key} to answer groups.`, zh: `如需在群聊中回复,请修改 ${key}。` },
  });
  if (respondToMentions === false) return set("respond_to_mentions", "false");
  if (groupPolicy === "disabled") return set("group_policy", "disabled");
  const isEmpty = groupAllowFrom.length === 0 && Object.keys(groups).length === 0;
  return groupPolicy === "allowlist" && isEmpty ? set("group_allow_from", "empty") : undefined;
}

function asksForUnmentioned({ requireMention, groups = {} }: AccessOptions): boolean {
  return requireMention === false || Object.values(groups).some((group) => group.requireMention === false);
}

const ACCEPTED: Localized = {
  en: "DingTalk accepts app_key and app_secret.",
  zh: "钉钉接受 app_key 与 app_secret。",
};
const CONNECTED: Localized = { en: "The stream connection is live.", zh: "Stream 连接正常。" };
const REACHABLE: Localized = {
  en: "The host of stream connections can be reached.",
  zh: "Stream 连接的服务器可以访问。",
};
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
const UNHEARD: Localized = {
  en: "require_mention: false has no effect: DingTalk hands over only group messages that mention the bot.",
  zh: "require_mention: false 不起作用:钉钉只推送 @机器人 的群消息。",
};
const UNHEARD_FIX: Localized = {
  en: "Mention the bot in groups, and leave require_mention out.",
  zh: "请在群里 @机器人,并去掉 require_mention。",
};
const GROUPS: Localized = {
  en: "In groups DingTalk hands over only messages that mention the bot. No answer in a group: is the bot in the group, was it mentioned, is the app's new version published, and is the sender in its visible range?",
  zh: "群聊中钉钉只推送 @机器人 的消息。群里无应答时请检查:机器人是否在群内、是否被 @、应用新版本是否已发布、发送者是否在可见范围内。",
};
const GROUPS_FIX: Localized = {
  en: "Publish a version with a visible range that covers the people.",
  zh: "请发布可见范围覆盖相关人员的版本。",
};
