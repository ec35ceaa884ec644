/** What `doctor` prints for an account: credentials, clock, hosts, and what is easily overlooked. No metered call, no second connection. */
import { ChannelError, type Finding, type Localized, type Runtime } from "@openclaw-china/core";
import { type Credentials, fetchToken } from "./api/token.ts";
import type { Settings } from "./options.ts";

const CONSOLE = "https://open-dev.dingtalk.com/fe/app";
const MAX_SKEW_MS = 300_000;

export interface ProbeDeps {
  readonly runtime: Runtime;
  readonly app: Credentials & Pick<Settings, "endpoints" | "proxy">;
  readonly settings: Settings;
  readonly robotCode: string;
}

export async function probeDingTalk(
  { runtime, app, settings }: ProbeDeps,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const finding = (level: Finding["level"], code: string, cause: Localized, more: Partial<Finding> = {}): Finding => ({
    level,
    code,
    channel: "dingtalk",
    account: settings.account,
    cause,
    ...more,
  });
  const findings: Finding[] = [];
  try {
    const { date } = await fetchToken(runtime, app, signal);
    findings.push(
      finding("ok", "credentials", {
        en: "DingTalk accepts app_key and app_secret.",
        zh: "钉钉接受 app_key 与 app_secret。",
      }),
    );
    const skewMs = date === undefined ? 0 : runtime.clock.now() - Date.parse(date);
    if (Math.abs(skewMs) > MAX_SKEW_MS)
      findings.push(finding("error", "clock_skew", skewCause(skewMs), { fix: SKEW_FIX }));
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const cause = { en: error.message, zh: `无法取得 access_token:${error.message}` };
    findings.push(finding("error", error.code, cause, { fix: error.fix, url: CONSOLE }));
  }
  if (settings.streaming === "off")
    findings.push(finding("warning", "reply_not_repeatable", NOT_REPEATABLE, { fix: STREAMING_FIX }));
  findings.push(finding("ok", "groups_need_mention", GROUPS, { fix: GROUPS_FIX, url: CONSOLE }));
  return findings;
}

function skewCause(skewMs: number): Localized {
  const seconds = Math.round(skewMs / 1_000);
  return {
    en: `This machine's clock differs from DingTalk's by ${seconds} s.`,
    zh: `本机时钟与钉钉相差 ${seconds} 秒。`,
  };
}

const SKEW_FIX: Localized = { en: "Switch time synchronisation (NTP) on.", zh: "请开启时间同步(NTP)。" };
const NOT_REPEATABLE: Localized = {
  en: "Replies go through the session webhook, which has no key: after a crash within a request it is unknown whether a reply arrived (unknown_reply decides).",
  zh: "回复经由会话 Webhook 发送,没有幂等键:若进程在请求中崩溃,无法得知回复是否送达(由 unknown_reply 决定)。",
};
const STREAMING_FIX: Localized = {
  en: 'Set streaming to "auto" to answer in cards, which can be repeated.',
  zh: '将 streaming 设为 "auto" 以卡片回复,可安全重试。',
};
const GROUPS: Localized = {
  en: "In groups DingTalk hands over only messages that mention the bot. No answer in a group: is the bot in the group, was it mentioned, is the app's new version published, and is the sender in its visible range?",
  zh: "群聊中钉钉只推送 @机器人 的消息。群里无应答时请检查:机器人是否在群内、是否被 @、应用新版本是否已发布、发送者是否在可见范围内。",
};
const GROUPS_FIX: Localized = {
  en: "Publish a version with a visible range that covers the people.",
  zh: "请发布可见范围覆盖相关人员的版本。",
};
