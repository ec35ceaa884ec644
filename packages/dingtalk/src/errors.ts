/**
 * The error catalogue: what the platform's codes mean, what to do about them, in both languages. `api/judge.ts` looks answers
 * up here. Codes: "global error codes", "how to process API throttling", and the pages of the robot and card interfaces.
 */
import type { ChannelError, Localized } from "@openclaw-china/core";
import {
  channelError,
  findKnown as findIn,
  type Known,
  type Trouble,
  troubleError,
  type TroubleFacts,
  unclearError as unclear,
} from "@openclaw-china/core/internal";

export { definite, type Known, type Trouble } from "@openclaw-china/core/internal";

const CONSOLE = "https://open-dev.dingtalk.com/";
const OURS: Localized = {
  en: "This is a defect of the channel; report it with the request id.",
  zh: "这是渠道的缺陷,请附 requestId 反馈。",
};
/** The open call is refused without a code that anybody has listed. */
export const STREAM_REFUSED: Known = {
  codes: [],
  trouble: "config",
  cause: {
    en: "DingTalk refuses this app a stream connection: it is not published, its bot is not set to Stream mode, the credentials are wrong, or an address list blocks this machine",
    zh: "钉钉拒绝为该应用建立 Stream 连接:应用未发布、机器人未设为 Stream 模式、凭证有误,或本机出口 IP 不在白名单中",
  },
  fix: {
    en: "In the developer console: set the robot's message mode to Stream, publish a version, copy Client ID and Client Secret again, and look at the address list under security settings.",
    zh: "请在开发者后台:将机器人消息接收模式设为 Stream 模式,发布新版本,重新复制 Client ID 与 Client Secret,并检查“安全设置”中的出口 IP 白名单。",
  },
  page: "https://open-dev.dingtalk.com/",
};

const STREAM_FIX: Localized = {
  en: "Allow outgoing HTTPS to api.dingtalk.com and WebSockets to wss-open-connection.dingtalk.com, both on port 443; a proxy on the way must let WebSockets pass (CONNECT), or set proxy to another one or to off. It is tried again by itself.",
  zh: "无法建立 Stream 连接(超时或不可达)。请放行到 api.dingtalk.com 的 HTTPS 与到 wss-open-connection.dingtalk.com 的 WebSocket(均为 443 端口);途中的代理须允许 WebSocket(CONNECT),也可将 proxy 设为其他代理或 off。程序会自动重试。",
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
    text: /sign/i,
    trouble: "config",
    cause: { en: "the signature of the group robot does not match", zh: "群机器人的加签校验未通过" },
    fix: {
      en: "Check the secret (it starts with SEC) and this machine's clock: it may be off by an hour at most.",
      zh: "请检查加签密钥(SEC 开头)与本机时间(误差不得超过一小时)。",
    },
  },
  {
    codes: ["310000"],
    text: /keyword/i,
    trouble: "config",
    cause: { en: "the text lacks the keyword that the group robot asks for", zh: "消息中没有群机器人要求的关键词" },
    fix: {
      en: "Write one of the robot's keywords into the text, or set the keyword option.",
      zh: "请在消息中包含机器人的自定义关键词,或设置 keyword 选项。",
    },
  },
  {
    codes: ["310000"],
    trouble: "config",
    cause: { en: "the group robot's security settings refuse the message", zh: "群机器人的安全设置拒绝了该消息" },
    fix: {
      en: "Check the robot's list of addresses, its keywords and its signature.",
      zh: "请检查机器人的 IP 地址段、自定义关键词与加签设置。",
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
    cause: {
      en: "no such member in the bot's organisation, or more than 20 at once",
      zh: "企业内没有该成员,或一次超过 20 人",
    },
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
    codes: ["orgAuthLevelNotEnough"],
    trouble: "permission",
    cause: { en: "the organisation is not verified at DingTalk", zh: "企业未完成钉钉认证" },
    fix: {
      en: "Have the organisation verified; only files of the drive need it.",
      zh: "请完成企业认证;仅钉盘文件相关功能需要。",
    },
  },
  {
    codes: ["40006"],
    trouble: "large",
    cause: { en: "the file is larger than DingTalk takes, or empty", zh: "文件过大或为空" },
    fix: { en: "Send a smaller file, or a link.", zh: "请发送较小的文件或链接。" },
  },
  {
    codes: ["40005"],
    trouble: "request",
    cause: { en: "DingTalk does not take this type of file", zh: "钉钉不接受该类型的文件" },
    fix: { en: "Put it into a zip archive.", zh: "请压缩为 zip 后再发送。" },
  },
  {
    codes: ["processQueryKey.expireTime", "invalid.processQueryKey"],
    trouble: "request",
    cause: {
      en: "DingTalk does not know yet, or no longer, who has read this message: it says so for 24 hours",
      zh: "该消息的已读数据尚未生成或已过期(仅可在发送后 24 小时内查询)",
    },
    fix: {
      en: "Ask again a little later, or within 24 hours of sending.",
      zh: "请稍后重试,或在发送后 24 小时内查询。",
    },
  },
  {
    codes: /^invalidParameter\.downloadCode/,
    trouble: "request",
    cause: {
      en: "the code of the file has expired, or belongs to another bot",
      zh: "文件的下载码已过期,或属于其他机器人",
    },
    fix: { en: "Ask for the file again.", zh: "请让对方重新发送该文件。" },
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

/** The line of the catalogue for a code, if any. */
export function findKnown(code: string, message = ""): Known | undefined {
  return findIn(CATALOGUE, code, message);
}

/** An error of this channel. `verdict` and `outcome` come from the trouble unless given. */
export function dingtalkError(trouble: Trouble, facts: TroubleFacts): ChannelError {
  return troubleError("dingtalk", trouble, facts);
}

/** The answer says neither yes nor no: what was asked may have been done. */
export function unclearError(what: string, lacks: string): ChannelError {
  return unclear({ channel: "dingtalk", who: "DingTalk" }, what, lacks);
}

/** Nobody has refused, and yet there is no stream connection: something stands between here and the platform. */
export function streamError(cause: ChannelError): ChannelError {
  const { code, kind, verdict, outcome, message } = cause;
  return channelError({
    code,
    kind,
    channel: "dingtalk",
    message: `cannot open the stream connection: ${message}`,
    fix: STREAM_FIX,
    verdict,
    outcome,
    cause,
  });
}
