/**
 * The error catalogue: what the platform's codes mean, what to do about them, in both languages. Data first; `errorOf` turns
 * an answer into an error, or says that it is none. Four answer styles are judged here: `code` with a status (new interfaces),
 * `errcode` under status 200 (old interfaces), `success: false`, and answers of gateways that are no API answer at all.
 * Codes: "global error codes", "how to process API throttling", and the pages of the robot and card interfaces.
 */
import type { ChannelError, ErrorCode, Localized, Verdict } from "@openclaw-china/core";
import { type Answer, channelError, type ErrorFacts, redact } from "@openclaw-china/core/internal";

/** What kind of trouble it is; decides code, verdict and outcome. */
export type Trouble =
  | "token"
  | "credentials"
  | "permission"
  | "address"
  | "throttled"
  | "muted"
  | "quota"
  | "busy"
  | "timeout"
  | "config"
  | "recipient"
  | "barred"
  | "expired"
  | "large"
  | "content"
  | "unsupported"
  | "request";

/** One line of the catalogue. */
export interface Known {
  /** Exact codes, or a pattern. */
  readonly codes: readonly string[] | RegExp;
  /** Only when the platform's sentence matches too. */
  readonly text?: RegExp;
  readonly trouble: Trouble;
  readonly cause: Localized;
  readonly fix: Localized;
  /** Page of the developer console. */
  readonly page?: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly verdict: Verdict;
  readonly outcome: "not_sent" | "refused" | "unknown";
}

const STOP: Verdict = { kind: "stop" };
const MEANINGS: Readonly<Record<Trouble, Meaning>> = {
  token: { code: "credentials_rejected", verdict: { kind: "startAfresh" }, outcome: "not_sent" },
  credentials: { code: "credentials_rejected", verdict: STOP, outcome: "refused" },
  permission: { code: "permission_missing", verdict: STOP, outcome: "refused" },
  address: { code: "address_not_allowed", verdict: STOP, outcome: "refused" },
  throttled: { code: "rate_limited", verdict: { kind: "retryLater", afterMs: 1_000 }, outcome: "not_sent" },
  muted: { code: "rate_limited", verdict: { kind: "retryLater", afterMs: 300_000 }, outcome: "not_sent" },
  quota: { code: "quota_exhausted", verdict: STOP, outcome: "refused" },
  busy: { code: "platform_refused", verdict: { kind: "retry" }, outcome: "unknown" },
  timeout: { code: "timeout", verdict: { kind: "retry" }, outcome: "unknown" },
  config: { code: "config_invalid", verdict: STOP, outcome: "refused" },
  recipient: { code: "target_unknown", verdict: STOP, outcome: "refused" },
  barred: { code: "target_refused", verdict: STOP, outcome: "refused" },
  expired: { code: "reply_expired", verdict: STOP, outcome: "refused" },
  large: { code: "too_large", verdict: STOP, outcome: "refused" },
  content: { code: "content_rejected", verdict: STOP, outcome: "refused" },
  unsupported: { code: "unsupported", verdict: STOP, outcome: "refused" },
  request: { code: "platform_refused", verdict: STOP, outcome: "refused" },
};

const CONSOLE = "https://open-dev.dingtalk.com/";
const OURS: Localized = {
  en: "This is a defect of the channel; report it with the request id.",
  zh: "这是渠道的缺陷,请附 requestId 反馈。",
};
const NOTHING: Localized = { en: "Nothing to do: it is repeated by itself.", zh: "无需处理:会自动重试。" };

/** In order: the first line that matches counts, so throttling stands before the permission errors it looks like. */
export const CATALOGUE: readonly Known[] = [
  {
    codes: /QpsLimit|^(90018|90002|410100)$/,
    trouble: "throttled",
    cause: {
      en: "too many calls in one second (20 per app and interface)",
      zh: "调用过于频繁(每个应用每个接口 20 次/秒)",
    },
    fix: NOTHING,
  },
  {
    codes: /ApiCountLimitForOrg|^90020$/,
    trouble: "quota",
    cause: { en: "the organisation's monthly call quota is used up", zh: "企业本月的接口调用量已用完" },
    fix: {
      en: 'Upgrade the organisation\'s edition, or set streaming: "off", which saves most calls.',
      zh: '请升级钉钉版本,或设置 streaming: "off" 以节省调用量。',
    },
    page: CONSOLE,
  },
  {
    codes: ["InvalidAuthentication", "40014", "40001", "42001"],
    trouble: "token",
    cause: {
      en: "the access token has expired, was replaced, or belongs to another app",
      zh: "access_token 已过期、被替换或属于其他应用",
    },
    fix: {
      en: "A new token is fetched by itself; if it keeps happening, check that app_key and robot_code belong to one app.",
      zh: "会自动换取新的 token;若反复出现,请确认 app_key 与 robot_code 属于同一应用。",
    },
  },
  {
    codes: ["InvalidAppKey", "invalidClientIdOrSecret", "invalidClientSecret", "authFailed", "40089", "40096", "40078"],
    trouble: "credentials",
    cause: { en: "DingTalk does not know this app_key and app_secret", zh: "钉钉不认可此 app_key 与 app_secret" },
    fix: {
      en: "Copy Client ID and Client Secret again from the app's credentials page (no blanks), of the right organisation.",
      zh: "请在应用“凭证与基础信息”页重新复制 Client ID 与 Client Secret(不要带空格),并确认是正确的企业。",
    },
    page: CONSOLE,
  },
  {
    codes: ["Forbidden.AccessDenied.IpNotInWhiteList", "60020"],
    trouble: "address",
    cause: { en: "this machine's outgoing address is not on the app's list", zh: "本机出口 IP 不在应用的白名单中" },
    fix: {
      en: "Add the outgoing address in the developer console under security settings, or set proxy to a listed one.",
      zh: "请在开发者后台“安全设置”中加入出口 IP,或用 proxy 走白名单内的代理。",
    },
    page: CONSOLE,
  },
  {
    codes: /^Forbidden\.AccessDenied|^(60011|50004)$/,
    trouble: "permission",
    cause: { en: "the app lacks a permission for this call", zh: "应用没有调用该接口的权限" },
    fix: {
      en: "Grant the scope in the developer console under permissions, then publish a new version of the app.",
      zh: "请在开发者后台“权限管理”中申请该权限,并发布新版本。",
    },
    page: CONSOLE,
  },
  {
    codes: ["15", "isp.top-remote-connection-timeout", "ServiceTimeout"],
    trouble: "timeout",
    cause: { en: "the platform timed out inside", zh: "平台内部超时" },
    fix: NOTHING,
  },
  {
    codes: ["-1", "system.busy", "system.err"],
    trouble: "busy",
    cause: { en: "the platform is busy", zh: "平台繁忙" },
    fix: NOTHING,
  },
  {
    codes: ["unknownError"],
    trouble: "busy",
    cause: {
      en: "the platform failed without a reason; for cards: the streaming key is no variable of the template",
      zh: "平台返回未知错误;对于卡片,常见原因是流式变量名不在模板中",
    },
    fix: {
      en: "Check card_template.streaming_key against the streaming variable of the template.",
      zh: "请核对 card_template.streaming_key 与模板中的流式变量名。",
    },
  },
  {
    codes: ["310000"],
    trouble: "config",
    cause: { en: "the group robot's security settings refuse the message", zh: "群机器人的安全设置拒绝了该消息" },
    fix: {
      en: "Check the SEC secret and this machine's clock, the keyword, and the address list of the robot.",
      zh: "请检查加签密钥(SEC 开头)与本机时间、自定义关键词以及 IP 白名单。",
    },
  },
  {
    codes: ["130101"],
    trouble: "muted",
    cause: {
      en: "more than 20 messages a minute; the robot is muted for up to ten minutes",
      zh: "超过 20 条/分钟,机器人最多被禁言 10 分钟",
    },
    fix: NOTHING,
  },
  {
    codes: ["460101", "101002", "param.stream.content"],
    trouble: "large",
    cause: { en: "the message is too long", zh: "消息过长" },
    fix: { en: "Send a shorter text, or let the bot split it.", zh: "请缩短内容,或交由机器人自动拆分。" },
  },
  {
    codes: ["401102", "400105"],
    trouble: "unsupported",
    cause: { en: "a session webhook does not carry this kind of message", zh: "sessionWebhook 不支持该消息类型" },
    fix: { en: "It goes through the robot interface instead.", zh: "将改用机器人接口发送。" },
  },
  {
    codes: /^param\.(templateUnpublished|templateNotExist)/,
    trouble: "config",
    cause: { en: "the card template does not exist or is not published", zh: "卡片模板不存在或未发布" },
    fix: {
      en: "Publish the template in the card platform and check card_template.id, or leave the option out.",
      zh: "请在卡片平台发布模板并核对 card_template.id,或不设置该项。",
    },
    page: "https://open-dev.dingtalk.com/fe/card",
  },
  {
    codes: ["param.contentUnsafe", "430101", "430102", "430103", "430104"],
    trouble: "content",
    cause: { en: "the platform's content check refuses the text", zh: "内容未通过平台安全检查" },
    fix: { en: "Change the wording.", zh: "请修改内容。" },
  },
  {
    codes: [
      "invalidParameter.robotCode.empty",
      "invalidParameter.robotCode.auth",
      "invalidParameter.openConversationId.invalid",
      "400013",
      "400106",
    ],
    trouble: "recipient",
    cause: {
      en: "the bot is not in this chat, or robot_code belongs to another app, or the group is gone",
      zh: "机器人不在该会话中,或 robot_code 属于其他应用,或群已解散",
    },
    fix: {
      en: "Add the bot to the group; use the openConversationId (cid…) of a message that the bot received there.",
      zh: "请将机器人加入该群,并使用机器人在该群收到的消息中的 openConversationId(cid…)。",
    },
  },
  {
    codes:
      /^(staffId\.notExisted|invalidParameter\.userIds\..*|param\.userIdNotExist|param\.openSpaceIdInvalid|400002|33012)$/,
    trouble: "recipient",
    cause: { en: "no such member in the bot's organisation", zh: "企业内没有该成员" },
    fix: {
      en: "Use the userId (staffId) of a member; people outside the organisation are reached only as an answer.",
      zh: "请使用企业成员的 userId(staffId);企业外人员只能在其来信后回复。",
    },
  },
  {
    codes: ["400101", "400102", "300001", "300005"],
    trouble: "expired",
    cause: { en: "the session webhook or robot token is no longer valid", zh: "sessionWebhook 或机器人 token 已失效" },
    fix: { en: "The answer goes through the robot interface instead.", zh: "将改用机器人接口回复。" },
  },
  {
    codes: ["40004"],
    trouble: "request",
    cause: { en: "the media type is missing or wrong", zh: "媒体文件类型缺失或错误" },
    fix: OURS,
  },
  {
    codes: /^(param\.|invalidParameter\.|43004$|40035$)/,
    trouble: "request",
    cause: { en: "the platform refuses a parameter", zh: "平台拒绝了某个参数" },
    fix: OURS,
  },
];

/** What to know about a call for judging its answer. */
export interface CallFacts {
  /** For the message: "send to the group". */
  readonly what: string;
  /** `app`: the credentials themselves are in the call, so any 400, 401 or 403 is about them. */
  readonly auth: "token" | "app" | "none";
  /** Never to be seen in a text. */
  readonly secrets?: readonly string[];
}

/** The error an answer stands for; undefined when the platform has done what was asked. */
export function errorOf(answer: Answer, facts: CallFacts): ChannelError | undefined {
  const body = asRecord(answer.json);
  if (body === undefined) return gatewayError(answer, facts);
  if (body["status"] === 1111) return blockedError(body["wait"], facts);
  const said = readSaid(body, answer);
  if (answer.status < 400 && said.code === undefined) {
    return body["success"] === false || body["result"] === false
      ? makeError({ ...said, code: "success=false" }, facts)
      : undefined;
  }
  return makeError(said, facts);
}

interface Said {
  readonly code: string | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly status: number;
  readonly scopes: readonly string[];
}

function readSaid(body: Readonly<Record<string, unknown>>, answer: Answer): Said {
  const { status } = answer;
  const requestId = asText(body["requestid"] ?? body["request_id"] ?? answer.headers["x-acs-request-id"]);
  const wrapped = /subcode=([^,\]]+)/.exec(asText(body["errmsg"]) ?? "")?.[1];
  const errcode = body["errcode"];
  const sub = String(errcode) === "0" ? undefined : (asText(body["sub_code"]) ?? wrapped);
  const old = errcode === undefined || String(errcode) === "0" ? undefined : asText(errcode);
  const code = status >= 400 ? (asText(body["code"]) ?? old ?? String(status)) : (sub ?? old);
  const message = asText(body["sub_msg"] ?? body["message"] ?? body["errmsg"]) ?? "";
  const required = asRecord(body["accessdenieddetail"])?.["requiredScopes"];
  const scopes = Array.isArray(required) ? required.map(String) : [];
  return { code, message, requestId, status, scopes };
}

/** The line of the catalogue for a code, if any. */
export function findKnown(code: string, message = ""): Known | undefined {
  return CATALOGUE.find(({ codes, text }) => {
    const hit = codes instanceof RegExp ? codes.test(code) : codes.includes(code);
    return hit && (text === undefined || text.test(message));
  });
}

function makeError(said: Said, facts: CallFacts): ChannelError {
  const code = said.code ?? String(said.status);
  const listed = findKnown(code, said.message) ?? unlisted(said.status, facts);
  // Where the credentials themselves are in the call there is no token that could be wrong.
  const known = listed.trouble === "token" && facts.auth === "app" ? (findKnown("InvalidAppKey") ?? listed) : listed;
  const { trouble } = known;
  const scopes = said.scopes.length === 0 ? "" : ` (${said.scopes.join(", ")})`;
  const platform = {
    code,
    message: redact(said.message, facts.secrets),
    status: said.status,
    ...(said.requestId === undefined ? {} : { requestId: said.requestId }),
  };
  return dingtalkError(trouble, {
    message: `cannot ${facts.what}: ${known.cause.en}${scopes} (${code})`,
    fix: {
      en: `${known.fix.en}${scopes && ` Scopes:${scopes}`}`,
      zh: `${known.fix.zh}${scopes && ` 所需权限:${scopes}`}`,
    },
    platform,
  });
}

/** Codes that nobody has listed: 5xx is unknown, the rest is a no. */
function unlisted(status: number, facts: CallFacts): Known {
  const cause: Localized = { en: `the platform answered with an error`, zh: "平台返回错误" };
  const fix: Localized = { en: "See the platform's message and request id.", zh: "请查看平台返回的信息与 requestId。" };
  if (status >= 500) return { codes: [], trouble: "busy", cause, fix: NOTHING };
  if (status === 429) return { codes: [], trouble: "throttled", cause, fix: NOTHING };
  if (facts.auth === "app" && status >= 400)
    return findKnown("InvalidAppKey") ?? { codes: [], trouble: "credentials", cause, fix };
  if (facts.auth === "token" && status === 401)
    return findKnown("InvalidAuthentication") ?? { codes: [], trouble: "token", cause, fix };
  return { codes: [], trouble: "request", cause, fix };
}

/** HTML or nothing instead of an API answer: a proxy, or the address is blocked. */
function gatewayError(answer: Answer, facts: CallFacts): ChannelError {
  const platform = { code: String(answer.status), message: "the answer is no JSON", status: answer.status };
  const trouble = answer.status >= 500 ? "busy" : "muted";
  return dingtalkError(trouble, {
    message: `cannot ${facts.what}: a gateway answered instead of DingTalk (status ${answer.status}, no JSON)`,
    fix: {
      en: "Look for a proxy on the way (option proxy); or the address is blocked for five minutes after 10,000 calls in 20 s.",
      zh: "请检查途中的代理(proxy 选项);也可能因 20 秒内超过 10,000 次调用,本机地址被封禁 5 分钟。",
    },
    platform,
  });
}

function blockedError(waitMinutes: unknown, facts: CallFacts): ChannelError {
  const minutes = typeof waitMinutes === "number" && waitMinutes > 0 ? waitMinutes : 5;
  return dingtalkError("muted", {
    message: `cannot ${facts.what}: this address is blocked for ${minutes} minutes (more than 10,000 calls in 20 s)`,
    verdict: { kind: "retryLater", afterMs: minutes * 60_000 },
    fix: {
      en: "It is tried again afterwards. Find out what else calls DingTalk from this address.",
      zh: "稍后会自动重试。请排查该出口地址上还有哪些程序在调用钉钉。",
    },
    platform: { code: "1111", message: "punished", status: 200 },
  });
}

/** An error of this channel. `verdict` and `outcome` come from the trouble unless given. */
export function dingtalkError(
  trouble: Trouble,
  facts: Pick<ErrorFacts, "message" | "fix" | "platform" | "verdict" | "outcome" | "cause">,
): ChannelError {
  return channelError({
    ...MEANINGS[trouble],
    kind: facts.platform === undefined ? "config" : "platform",
    channel: "dingtalk",
    ...facts,
  });
}

/** The value as an object, if it is one. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Strings and numbers as text. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
