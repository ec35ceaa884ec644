/** Every text of the page in both languages. */

export type Language = "zh" | "en";

const TEXTS = {
  title: ["钉钉演示", "DingTalk demo"],
  simulated: ["本机模拟 · 无需凭证", "simulated here · no credentials"],
  places: ["会话", "Chats"],
  direct: ["单聊", "Direct chat"],
  with: ["与", "with"],
  group: ["群聊", "Group"],
  agent: ["应答者", "Answered by"],
  live: ["已连接", "connected"],
  opening: ["连接中", "connecting"],
  waiting: ["等待重连", "waiting to reconnect"],
  failed: ["连接被拒绝", "refused"],
  stopped: ["已停止", "stopped"],
  lost: ["与网关的连接已断开,正在重连…", "The connection to the gateway is lost; reconnecting…"],
  empty: ["写点什么试试。", "Write something to try it."],
  emptyGroup: [
    "群里只有 @机器人 的消息才会送达,这是钉钉的规则。",
    "In a group only messages that mention the bot reach it: DingTalk's own rule.",
  ],
  placeholder: ["输入消息,Enter 发送,Shift+Enter 换行", "Message; Enter sends, Shift+Enter starts a new line"],
  mention: ["@ 机器人", "@mention the bot"],
  send: ["发送", "Send"],
  try: ["试试", "Try"],
  growing: ["正在生成…", "writing…"],
  card: ["卡片", "card"],
  finished: ["已完成", "finished"],
  failedCard: ["失败", "failed"],
  recalled: ["已撤回", "recalled"],
  trace: ["消息追踪", "Trace"],
  traceHint: [
    "选中自己的一条消息,查看它的全部经过。",
    "Choose a message of yours to see everything that happened to it.",
  ],
  traceOf: ["这条消息的经过", "What happened to this message"],
  noTrace: [
    "钉钉没有把这条消息交给机器人:群里的消息必须 @机器人。因此没有回答,也没有追踪记录。",
    "DingTalk did not hand this message to the bot: in a group it must mention it. So there is no answer, and no trace.",
  ],
  noTraceYet: ["还没有记录…", "Nothing yet…"],
  byHand: ["在自己的网关上用命令行查看:", "With your own gateway, on the command line:"],
  close: ["关闭", "Close"],
  language: ["English", "中文"],
  you: ["我", "you"],
} as const satisfies Readonly<Record<string, readonly [zh: string, en: string]>>;

export type TextKey = keyof typeof TEXTS;

export function text(language: Language, key: TextKey): string {
  return TEXTS[key][language === "zh" ? 0 : 1];
}

/** A hop and its outcome in words; what is not listed is shown as it is. */
const HOPS: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  "claim accepted": ["已安全写入收件箱,随后向平台确认", "Written to the inbox safely, then acknowledged"],
  "claim duplicate": [
    "平台重复投递:已确认,不再回答",
    "Delivered again by the platform: acknowledged, not answered twice",
  ],
  "claim busy": ["暂时无法写入,请平台稍后重投", "Could not be written now; the platform is asked to repeat it"],
  "admit refused": ["按准入规则拒绝", "Refused by an access rule"],
  "turn started": ["开始处理", "Work begins"],
  "turn completing": ["继续完成上次的回答", "Completing the answer of an earlier attempt"],
  "turn done": ["处理完毕", "Done"],
  "turn called off": ["被中止", "Called off"],
  "turn failed": ["处理函数出错", "The handler failed"],
  "turn superseded": ["被更新的消息取代", "Replaced by a newer message"],
  "turn merged": ["与其他消息合并回答", "Answered together with others"],
  "reply open": ["卡片已显示,开始生长", "The card is shown and grows"],
  "reply sent": ["平台已确认回答", "The platform confirmed the answer"],
  "reply retry": ["稍后重试", "Trying again"],
  "reply fallback": ["改用普通消息发送", "Sent as a plain message instead"],
  "route handler": ["默认应答", "Default answer"],
  "ask waiting": ["卡片已发出,等待点击", "A card asks, and waits for a press"],
  "route unhandled": ["没有任何规则匹配", "Nothing took it"],
};

export function hopInWords(language: Language, hop: string, outcome: string): string {
  const known = HOPS[`${hop} ${outcome}`];
  if (known !== undefined) return known[language === "zh" ? 0 : 1];
  const route = /^route \d+ → (.*)$/.exec(outcome)?.[1];
  if (route !== undefined) return language === "zh" ? `路由到 ${route}` : `Routed to ${route}`;
  return `${hop}: ${outcome}`;
}
