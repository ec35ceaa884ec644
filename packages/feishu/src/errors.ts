/**
 * The error catalogue: what the platform's codes mean, what to do about them, in both languages. `api/judge.ts` looks answers
 * up here. Codes: "Generic error codes" and the pages of the interfaces; those of the long connection stand with `ws:`, those
 * within 230099 behind it.
 */
import type { ChannelError, Localized } from "@openclaw-china/core";
import {
  findKnown as findIn,
  type Known,
  type Trouble,
  troubleError,
  type TroubleFacts,
  unclearError as unclear,
} from "@openclaw-china/core/internal";

export { definite, type Known, type Trouble } from "@openclaw-china/core/internal";

const OURS: Localized = {
  en: "This is a defect of the channel; report it with the log id.",
  zh: "这是渠道的缺陷,请附 log id 反馈。",
};
const NOTHING: Localized = { en: "Nothing to do: it is repeated by itself.", zh: "无需处理:会自动重试。" };
const PUBLISH: Localized = {
  en: "Change it in the developer console, then create and publish a new version: nothing takes effect before.",
  zh: "请在开发者后台修改,然后创建并发布新版本:发布之前不会生效。",
};
const SPLIT: Localized = {
  en: "Send a shorter text, or let the bot split it.",
  zh: "请缩短内容,或交由机器人自动拆分。",
};

/** In order: the first line that matches counts. */
export const CATALOGUE: readonly Known[] = [
  {
    codes: ["99991400", "230020", "11232"],
    trouble: "throttled",
    cause: {
      en: "too many calls: 5 a second to one chat (all bots together), 50 a second of one app; robots 5 a second and 100 a minute",
      zh: "调用过于频繁:单个会话 5 次/秒(所有机器人合计),单个应用 50 次/秒;群机器人 5 次/秒、100 次/分钟",
    },
    fix: NOTHING,
  },
  {
    codes: ["99991403"],
    trouble: "quota",
    cause: {
      en: "the tenant's monthly quota of API calls is used up (free editions: 10,000 to 50,000 for all apps together)",
      zh: "租户本月的 API 调用量已用完(免费版所有应用合计 1 万至 5 万次)",
    },
    fix: {
      en: 'Upgrade the edition; until then streaming: "off" and thinking: "off" save most calls.',
      zh: '请升级版本;此前可设置 streaming: "off" 与 thinking: "off" 以节省大部分调用。',
    },
  },
  {
    codes: ["99991661", "99991663", "99991664", "99991668", "99991671", "99991677"],
    trouble: "token",
    cause: {
      en: "the access token has expired, was revoked, or belongs to another app or domain",
      zh: "access token 已过期、被吊销,或属于其他应用或域名",
    },
    fix: {
      en: 'A new token is fetched by itself; if it keeps happening, domain ("feishu" or "lark") is not that of the app.',
      zh: '会自动换取新的 token;若反复出现,说明 domain("feishu" 或 "lark")与应用不符。',
    },
  },
  {
    codes: ["10003", "10012", "10014", "99991543", "ws:514", "ws:1000040344", "ws:1000040345"],
    trouble: "credentials",
    cause: {
      en: "the platform does not know this app_id and app_secret at this domain",
      zh: "平台不认可此 app_id 与 app_secret(或 domain 不符)",
    },
    fix: {
      en: 'Copy App ID (cli_ and 16 digits) and App Secret again from "Credentials & Basic Info"; domain must be "feishu" for open.feishu.cn and "lark" for open.larksuite.com.',
      zh: '请从“凭证与基础信息”重新复制 App ID(cli_ 加 16 位)与 App Secret;open.feishu.cn 的应用 domain 为 "feishu",open.larksuite.com 的为 "lark"。',
    },
  },
  {
    codes: ["ws:403"],
    trouble: "config",
    cause: {
      en: "the app may not use the long connection: it is not chosen in the console, not published, or a store app",
      zh: "该应用不能使用长连接:后台未选择长连接、未发布版本,或为商店应用",
    },
    fix: {
      en: 'Console, Events and callbacks, subscription mode: long connection; publish a version. Store apps need mode: "webhook".',
      zh: '请在后台“事件与回调”将订阅方式设为长连接并发布版本;商店应用请使用 mode: "webhook"。',
    },
  },
  {
    codes: ["ws:1000040350"],
    trouble: "config",
    cause: { en: "the app has more than 50 connections", zh: "该应用的连接数已超过 50" },
    fix: {
      en: "Stop the other processes that use this app: they also take its messages away, since each event goes to one connection at random.",
      zh: "请停止使用同一应用的其他进程:每个事件只随机推送给其中一个连接,它们也会抢走消息。",
    },
  },
  {
    codes: ["ws:1", "ws:1000040343", "ws:1000040351", "2200"],
    trouble: "busy",
    cause: { en: "the platform is busy", zh: "平台繁忙" },
    fix: NOTHING,
  },
  {
    codes: ["99991672", "99991676", "99991679", "230027"],
    trouble: "permission",
    cause: { en: "the app lacks a scope for this call", zh: "应用没有调用该接口的权限" },
    fix: {
      en: "Grant the scope in the console, then create and publish a new version: without it nothing takes effect.",
      zh: "请在后台开通该权限,然后创建并发布新版本:否则不会生效。",
    },
  },
  {
    codes: ["10013", "99991662", "99991673"],
    trouble: "config",
    cause: { en: "the app is switched off or not installed in this tenant", zh: "应用已停用或未安装到该租户" },
    fix: PUBLISH,
  },
  {
    codes: ["230006", "232025", "234007"],
    trouble: "config",
    cause: { en: "the app has no bot", zh: "应用未开启机器人能力" },
    fix: { en: "Console: add the ability Bot, then publish a version.", zh: "请在后台添加“机器人”能力并发布版本。" },
  },
  {
    codes: ["230013", "41050"],
    trouble: "barred",
    cause: { en: "the person is outside the app's availability range", zh: "该用户不在应用的可用范围内" },
    fix: { en: "Widen the availability range of the app and publish a version.", zh: "请扩大应用可用范围并发布版本。" },
  },
  {
    codes: ["99992361"],
    trouble: "recipient",
    cause: {
      en: "the open_id belongs to another app: it differs from app to app",
      zh: "open_id 属于其他应用(每个应用各不相同)",
    },
    fix: {
      en: "Use the union_id, or the open_id that this bot has seen in a message of the person.",
      zh: "请使用 union_id,或使用本机器人收到该用户消息时的 open_id。",
    },
  },
  {
    codes: ["230002", "230034", "232009", "230029", "232010"],
    trouble: "recipient",
    cause: {
      en: "no such chat or person for this bot: it is not in the group, the group is gone, or the id is of another kind",
      zh: "机器人找不到该会话或用户:不在群内、群已解散,或 id 类型不符",
    },
    fix: {
      en: "Add the bot to the group, and use the chat_id (oc_…) or open_id (ou_…) of a message it received.",
      zh: "请将机器人加入群,并使用其收到的消息中的 chat_id(oc_…)或 open_id(ou_…)。",
    },
  },
  {
    codes: ["230015", "230018", "230035", "230038", "230053"],
    trouble: "barred",
    cause: {
      en: "the chat does not let the bot write: muted, blocked by the person, or forbidden by group or tenant",
      zh: "该会话不允许机器人发言:被禁言、被用户屏蔽,或被群/租户策略禁止",
    },
    fix: { en: "Ask the group's owner or the administrator.", zh: "请联系群主或管理员。" },
  },
  {
    codes: ["230011", "230019", "230050", "230071", "231003"],
    trouble: "expired",
    cause: {
      en: "the message or topic that is answered is gone, or cannot be answered there",
      zh: "被回复的消息或话题已不存在,或无法在该处回复",
    },
    fix: { en: "The answer goes to the chat as a new message.", zh: "将作为新消息发送到会话。" },
  },
  {
    codes: ["230031", "200740", "200750", "200850", "300309"],
    trouble: "expired",
    cause: { en: "the card is gone, too old, or its streaming has ended", zh: "卡片不存在、已过期,或流式更新已结束" },
    fix: { en: "The answer goes on in a new message.", zh: "将改用新消息继续回答。" },
  },
  {
    codes: ["230025", "234006", "200860", "230099/11310", "9499"],
    trouble: "large",
    cause: {
      en: "too large: text 150 KB, posts and cards 30 KB and a few tables, pictures 10 MB, files 30 MB, robots 20 KB",
      zh: "内容过大:文本 150 KB,富文本与卡片 30 KB 且表格数量有限,图片 10 MB,文件 30 MB,群机器人 20 KB",
    },
    fix: SPLIT,
  },
  {
    codes: ["230022", "230028"],
    trouble: "content",
    cause: {
      en: "the platform's content check, or the tenant's data protection, refuses the text",
      zh: "内容未通过平台安全检查或企业 DLP 审查",
    },
    fix: { en: "Change the wording; mask phone numbers and addresses.", zh: "请修改内容,对手机号、邮箱等信息脱敏。" },
  },
  {
    codes: ["234011", "234039", "230055", "234010", "234043", "231001"],
    trouble: "unsupported",
    cause: {
      en: "the platform does not take this: format or size of a picture, type of a file, name of an emoji, or a file that bots may not fetch",
      zh: "平台不支持:图片格式或尺寸、文件类型、表情名称,或机器人无法下载的文件",
    },
    fix: { en: "Pictures that are refused are sent as files.", zh: "不支持的图片会改以文件发送。" },
  },
  {
    codes: /^(230099|200220|200570|300302|300307)/,
    trouble: "request",
    cause: { en: "the platform refuses the card", zh: "平台拒绝了该卡片" },
    fix: { en: "The text is sent as a message instead.", zh: "将改为以消息发送文本。" },
  },
  {
    codes: ["19001"],
    trouble: "credentials",
    cause: { en: "the platform does not know this robot's token", zh: "平台不认可此群机器人 token" },
    fix: {
      en: "Copy the last part of the robot's webhook address again; a robot that was removed has no address any more.",
      zh: "请重新复制 Webhook 地址的最后一段;被移除的机器人地址已失效。",
    },
  },
  {
    codes: ["19021"],
    trouble: "config",
    cause: { en: "the signature of the group robot does not match", zh: "群机器人的签名校验未通过" },
    fix: {
      en: "Check the secret and this machine's clock: it may be off by an hour at most.",
      zh: "请检查签名密钥与本机时间(误差不得超过一小时)。",
    },
  },
  {
    codes: ["19022"],
    trouble: "address",
    cause: {
      en: "this machine's outgoing address is not on the robot's list",
      zh: "本机出口 IP 不在群机器人的白名单中",
    },
    fix: {
      en: "Add the outgoing address in the robot's settings, or set proxy to a listed one.",
      zh: "请在机器人设置中加入出口 IP,或用 proxy 走白名单内的代理。",
    },
  },
  {
    codes: ["19024"],
    trouble: "config",
    cause: { en: "the text lacks the keyword that the group robot asks for", zh: "消息中没有群机器人要求的关键词" },
    fix: {
      en: "Write one of the robot's keywords into the text, or set the keyword option.",
      zh: "请在消息中包含机器人的自定义关键词,或设置 keyword 选项。",
    },
  },
  {
    codes: ["230072"],
    trouble: "unsupported",
    cause: { en: "a message can be edited 20 times", zh: "一条消息最多编辑 20 次" },
    fix: { en: "Send a new message.", zh: "请发送新消息。" },
  },
  {
    codes: ["230017", "300311"],
    trouble: "request",
    cause: { en: "the picture, file or card belongs to another app", zh: "图片、文件或卡片属于其他应用" },
    fix: { en: "Upload or create it with this app.", zh: "请使用本应用上传或创建。" },
  },
  {
    codes: ["230001", "99992402", "234001", "230054", "200770", "200810", "300317"],
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
export function feishuError(trouble: Trouble, facts: TroubleFacts): ChannelError {
  return troubleError("feishu", trouble, facts);
}

/** The answer says neither yes nor no: what was asked may have been done. */
export function unclearError(what: string, lacks: string): ChannelError {
  return unclear({ channel: "feishu", who: "Feishu" }, what, lacks);
}
