/**
 * The error catalogue: what the platform's codes mean, what to do about them, in both languages. `api/judge.ts` looks answers
 * and acknowledgements up here. Codes: "global error codes", and the pages of the bot, message, media and kf interfaces.
 */
import type { ChannelError, Localized, Verdict } from "@openclaw-china/core";
import {
  findKnown as findIn,
  type Known,
  type Trouble,
  troubleError,
  type TroubleFacts,
  unclearError as unclear,
} from "@openclaw-china/core/internal";

export { definite, type Known, type Trouble, unseen } from "@openclaw-china/core/internal";

/** Limits are counted by the minute. */
const NEXT_MINUTE: Verdict = { kind: "retryLater", afterMs: 60_000 };

const OURS: Localized = {
  en: "This is a defect of the channel; report it with the hint in the platform's message.",
  zh: "这是渠道的缺陷,请附平台信息中的 hint 反馈。",
};
const NOTHING: Localized = { en: "Nothing to do: it is repeated by itself.", zh: "无需处理:会自动重试。" };

/** In order: the first line that matches counts. */
export const CATALOGUE: readonly Known[] = [
  {
    codes: ["-1"],
    trouble: "busy",
    cause: { en: "the platform is busy", zh: "平台繁忙" },
    fix: NOTHING,
  },
  {
    codes: ["40014", "42001"],
    trouble: "token",
    cause: { en: "the access token has expired or was revoked", zh: "access_token 已过期或被提前作废" },
    fix: {
      en: "A new token is fetched by itself; if it keeps happening, another program uses the same secret.",
      zh: "会自动换取新的 token;若反复出现,请检查是否有其他程序在使用同一 secret。",
    },
  },
  {
    codes: ["40001"],
    trouble: "credentials",
    cause: { en: "WeCom does not know this secret", zh: "企业微信不认可此 secret" },
    fix: {
      en: "corp_id and corp_secret must belong together: each application, and customer service, has a secret of its own. Copy it again.",
      zh: "corp_id 与 corp_secret 必须对应:每个应用以及微信客服都有各自的 Secret,请重新复制。",
    },
  },
  {
    codes: ["40013"],
    trouble: "credentials",
    cause: { en: "WeCom does not know this corp_id", zh: "企业微信不认可此 corp_id" },
    fix: {
      en: "Copy the id of the corporation from the console: My Company → Company ID (it begins with ww).",
      zh: "请从管理后台“我的企业”底部复制企业 ID(以 ww 开头)。",
    },
  },
  {
    codes: ["853000"],
    trouble: "credentials",
    cause: { en: "the secret of the bot is wrong", zh: "机器人的 Secret 不正确" },
    fix: {
      en: "Copy the Secret again (bot → API mode → long connection); resetting it makes the old one invalid. Nothing is tried again until then.",
      zh: "请在机器人的 API 模式“使用长连接”页面重新复制 Secret;重置后旧 Secret 立即失效。修改前不会再次尝试。",
    },
  },
  {
    codes: ["93019"],
    trouble: "credentials",
    cause: { en: "WeCom does not know this bot_id", zh: "企业微信不认可此 bot_id" },
    fix: {
      en: "Copy the Bot ID from the bot's page again, and check that its API mode is long connection.",
      zh: "请从机器人页面重新复制 Bot ID,并确认其 API 模式为“使用长连接”。",
    },
  },
  {
    codes: ["60020"],
    trouble: "address",
    cause: {
      en: "this machine's outgoing address is not on the application's list",
      zh: "本机出口 IP 不在应用的企业可信 IP 中",
    },
    fix: {
      en: "Add the address to the application's trusted IPs  in the console, or send through a fixed address with proxy or endpoints.api.",
      zh: "请在管理后台该应用的“企业可信IP”中加入此地址,或通过 proxy、endpoints.api 使用固定出口。",
    },
  },
  {
    codes: ["48002", "301002", "95012", "95017"],
    trouble: "permission",
    cause: { en: "the application may not use this interface", zh: "应用没有调用该接口的权限" },
    fix: {
      en: "Switch the interface on for this application in the console (for customer service: let the application manage the accounts), and use that application's secret.",
      zh: "请在管理后台为该应用开通此接口(微信客服:将客服账号授权给该应用管理),并使用该应用的 Secret。",
    },
  },
  {
    codes: ["50002", "60011"],
    trouble: "permission",
    cause: {
      en: "the person, department or tag is outside the application's visible range",
      zh: "成员、部门或标签不在应用的可见范围内",
    },
    fix: {
      en: "Add them to the application's visible range in the console.",
      zh: "请在管理后台将其加入应用的“可见范围”。",
    },
  },
  {
    codes: ["850001", "851014"],
    trouble: "permission",
    cause: { en: "the bot's authorisation has expired or was reset", zh: "机器人的授权已过期或被重置" },
    fix: { en: "Authorise the bot again in the console.", zh: "请在管理后台重新授权该机器人。" },
  },
  {
    codes: ["40056", "301007"],
    trouble: "config",
    cause: { en: "the application's number (agent_id) is wrong", zh: "应用的 agent_id 不正确" },
    fix: {
      en: "Write the AgentId of the application's page (a number, not a name), of the application the secret belongs to.",
      zh: "请填写应用详情页的 AgentId(数字),并与 corp_secret 属于同一应用。",
    },
  },
  {
    codes: ["45009"],
    trouble: "throttled",
    cause: { en: "too many calls in a minute or an hour", zh: "调用过于频繁(每分钟或每小时)" },
    fix: NOTHING,
    verdict: NEXT_MINUTE,
  },
  {
    codes: ["846607"],
    trouble: "throttled",
    cause: {
      en: "too many messages to this chat (30 a minute, 1,000 an hour)",
      zh: "向该会话发送过于频繁(30 条/分钟,1000 条/小时)",
    },
    fix: NOTHING,
    verdict: NEXT_MINUTE,
  },
  {
    codes: ["45033"],
    trouble: "throttled",
    cause: { en: "too many calls at the same time", zh: "并发调用过多" },
    fix: NOTHING,
  },
  {
    codes: ["846605"],
    trouble: "expired",
    cause: {
      en: "the message that is answered is too old, or was an event",
      zh: "被回复的消息已失效,或它是一个事件",
    },
    fix: {
      en: "The answer goes as a message of its own instead.",
      zh: "将改为主动发送一条消息。",
    },
  },
  {
    codes: ["846608"],
    trouble: "expired",
    cause: {
      en: "the growing answer is over: it lives six minutes",
      zh: "流式消息已过期(最长 6 分钟)",
    },
    fix: {
      en: "The answer goes on as a message of its own instead.",
      zh: "将改为主动发送一条消息。",
    },
  },
  {
    codes: ["846609"],
    trouble: "connection",
    cause: { en: "the connection is no longer subscribed", zh: "长连接的订阅已失效" },
    fix: { en: "It is connected anew, and sent again, by itself.", zh: "会自动重连并重发。" },
  },
  {
    codes: ["93006"],
    trouble: "recipient",
    cause: {
      en: "the bot has no such chat: nobody has written to it there, or the id is not as it came",
      zh: "机器人没有该会话:从未有人在其中给机器人发过消息,或会话 ID 有误",
    },
    fix: {
      en: "Write to the bot there once; then use the id of that chat exactly as it came (upper and lower case count).",
      zh: "请先在该会话中给机器人发一条消息,并原样使用其会话 ID(区分大小写)。",
    },
  },
  {
    codes: ["81013", "40003", "60111", "46004"],
    trouble: "recipient",
    cause: {
      en: "no such member whom the application may write to",
      zh: "找不到可发送的成员",
    },
    fix: {
      en: "Use the userid of the address book (not the name), and check the application's visible range.",
      zh: "请使用通讯录中的 userid(不是姓名),并检查应用的可见范围。",
    },
  },
  {
    codes: /^86\d{3}$/,
    trouble: "recipient",
    cause: {
      en: "the application cannot write to this group: it writes only to groups it has made itself",
      zh: "应用无法向该群发送:只能向由该应用创建的群聊发送",
    },
    fix: {
      en: "Use the bot for this group, or the chatid that appchat/create returned to this application.",
      zh: "请改用机器人,或使用该应用通过 appchat/create 创建的群的 chatid。",
    },
  },
  {
    codes: ["95000"],
    trouble: "recipient",
    cause: { en: "no such customer service account", zh: "没有该客服账号" },
    fix: {
      en: "Check kf.open_kf_id (it begins with wk) and that the account belongs to this corporation.",
      zh: "请检查 kf.open_kf_id(以 wk 开头)以及该账号是否属于本企业。",
    },
  },
  {
    codes: ["95001"],
    trouble: "expired",
    cause: {
      en: "five messages have answered the customer's last one already",
      zh: "客户每发一条消息,最多回复 5 条,现已用完",
    },
    fix: {
      en: "The next message of the customer allows five more; answer in fewer, longer messages.",
      zh: "客户再次发送消息后可继续回复;请合并为更少的消息。",
    },
  },
  {
    codes: ["95002"],
    trouble: "expired",
    cause: {
      en: "the customer wrote more than 48 hours ago",
      zh: "距客户上次发送消息已超过 48 小时",
    },
    fix: {
      en: "WeCom offers no way to write to a customer first: wait until they write.",
      zh: "微信客服无法主动发起会话,请等待客户再次发送消息。",
    },
  },
  {
    codes: ["95007"],
    trouble: "expired",
    cause: { en: "the token of the customer service notice has expired", zh: "客服消息通知的 token 已过期" },
    fix: { en: "The messages are fetched with the next notice.", zh: "将在下一次通知时拉取消息。" },
  },
  {
    codes: ["95018"],
    trouble: "barred",
    cause: {
      en: "the session is in the hands of a person, or has ended",
      zh: "该会话已转人工接待或已结束",
    },
    fix: {
      en: "Nothing to do: the bot answers again when the session is its own.",
      zh: "无需处理:会话回到智能助手接待后机器人会继续回复。",
    },
  },
  {
    codes: /^950\d\d$/,
    trouble: "request",
    cause: { en: "customer service refuses the call", zh: "微信客服接口拒绝了该调用" },
    fix: {
      en: "See the platform's message, and the state of the customer service account in the console.",
      zh: "请查看平台返回的信息,并在管理后台检查客服账号状态。",
    },
  },
  {
    codes: ["93000"],
    trouble: "credentials",
    cause: {
      en: "WeCom does not know this key of a group robot",
      zh: "企业微信不认可该群机器人的 key",
    },
    fix: {
      en: "Copy what follows key= in the robot's address again; the robot may have been removed from the group.",
      zh: "请重新复制 Webhook 地址中 key= 之后的内容;机器人可能已被移出群聊。",
    },
  },
  {
    codes: ["93004", "93008"],
    trouble: "barred",
    cause: {
      en: "the group robot is switched off, or is not in the group any more",
      zh: "群机器人已停用,或已不在群中",
    },
    fix: { en: "Switch it on, or add it again, in the group's settings.", zh: "请在群设置中启用或重新添加该机器人。" },
  },
  {
    codes: ["40006", "45001"],
    trouble: "large",
    cause: {
      en: "the file is larger than WeCom takes, or has fewer than 5 bytes",
      zh: "文件超过企业微信的上限,或不足 5 字节",
    },
    fix: { en: "Send a smaller file, or a link.", zh: "请发送较小的文件或链接。" },
  },
  {
    codes: ["45002"],
    trouble: "large",
    cause: { en: "the message is too long", zh: "消息过长" },
    fix: { en: "Send a shorter text, or let the bot split it.", zh: "请缩短内容,或交由机器人自动拆分。" },
  },
  {
    codes: ["40007"],
    trouble: "request",
    cause: {
      en: "the id of the uploaded file has expired (three days), or belongs to another robot",
      zh: "media_id 已过期(3 天),或属于其他机器人",
    },
    fix: NOTHING,
  },
  {
    codes: ["40004", "40005"],
    trouble: "request",
    cause: { en: "WeCom does not take this type of file", zh: "企业微信不接受该类型的文件" },
    fix: {
      en: "Pictures are JPG or PNG, voices AMR, videos MP4; all else goes as a file.",
      zh: "图片仅支持 JPG、PNG,语音仅支持 AMR,视频仅支持 MP4;其余请以文件发送。",
    },
  },
  {
    codes: ["44001", "44004"],
    trouble: "request",
    cause: { en: "the message is empty", zh: "消息内容为空" },
    fix: { en: "Send at least one visible character.", zh: "请至少包含一个可见字符。" },
  },
  {
    codes: ["40008"],
    trouble: "unsupported",
    cause: { en: "this way does not carry this kind of message", zh: "该通道不支持此消息类型" },
    fix: { en: "Send a text or a file instead.", zh: "请改为发送文本或文件。" },
  },
  {
    codes: /^(40033|40058|41001)$/,
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
export function wecomError(trouble: Trouble, facts: TroubleFacts): ChannelError {
  return troubleError("wecom", trouble, facts);
}

/** The answer says neither yes nor no: what was asked may have been done. */
export function unclearError(what: string, lacks: string): ChannelError {
  return unclear({ channel: "wecom", who: "WeCom" }, what, lacks);
}

/** Somebody else has connected with the bot's credentials: the platform keeps one connection of a bot. */
export function replacedError(): ChannelError {
  return wecomError("connection", {
    code: "target_refused",
    message: "another program has connected with this bot's secret, and WeCom lets a bot have one connection",
    outcome: "refused",
    verdict: { kind: "retryLater", afterMs: 60_000 },
    fix: {
      en: "Look for another gateway, plugin or machine with the same bot and stop it, or reset the bot's secret. It is tried again after a long pause.",
      zh: "请检查是否有其他网关、插件或机器在使用同一机器人并停止它,或重置机器人的 Secret。稍长时间后会自动重试。",
    },
  });
}

/** The socket stands, and nothing comes of the subscription. `afterMs` undefined: it was closed. */
export function silentError(afterMs: number | undefined): ChannelError {
  const why = afterMs === undefined ? "the connection was closed before" : `no answer within ${afterMs / 1_000} s`;
  return wecomError("connection", {
    code: afterMs === undefined ? "unreachable" : "timeout",
    kind: "transport",
    message: `the bot's subscription was not acknowledged: ${why}`,
    verdict: { kind: "retry" },
    fix: {
      en: "Look for a proxy that lets WebSockets through only half, and at endpoints.socket.",
      zh: "请检查途中是否有不完整支持 WebSocket 的代理,以及 endpoints.socket 的设置。",
    },
  });
}
