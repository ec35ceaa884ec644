/** Every text of the page in both languages. */

export type Language = "zh" | "en";

const TEXTS = {
  title: ["钉钉演示", "DingTalk demo"],
  simulated: ["本机模拟", "Simulated locally"],
  language: ["EN", "中文"],
  places: ["会话", "Chats"],
  direct: ["单聊", "Direct"],
  group: ["群聊", "Group"],
  nothingYet: ["暂无消息", "No messages yet"],
  you: ["我", "You"],
  routes: ["关键词路由", "Keyword routes"],
  routesHint: ["在群里 @机器人 时生效,点击试试", "In the group, with a mention. Click one to try it"],
  connection: ["网关连接", "Gateway's connection"],
  live: ["已连接", "connected"],
  opening: ["连接中", "connecting"],
  waiting: ["等待重连", "waiting to reconnect"],
  refused: ["连接被拒绝", "refused"],
  stopped: ["已停止", "stopped"],
  spend: ["次计量调用", "metered calls"],
  spendHint: ["本月计入钉钉接口额度的调用次数", "Calls of this month that count against DingTalk's quota"],
  ready: ["就绪", "Ready"],
  notReady: ["未就绪", "Not ready"],
  aboutDirect: ["与机器人单聊,每条消息都会得到回答", "A direct chat: every message is answered"],
  aboutGroup: ["群聊,只有 @机器人 的消息会送达机器人", "A group: only messages that mention the bot reach it"],
  agent: ["应答者", "Answered by"],
  offline: ["离线演示助手", "Offline demo agent"],
  lost: [
    "与网关的连接已断开,正在自动重连… 若已停止,请重新运行 npm start",
    "The connection to the gateway is lost; reconnecting… If it was stopped, run npm start again",
  ],
  byWebhook: ["webhook 投递", "By webhook"],
  byWebhookHint: [
    "钉钉改为把消息签名后投递到网关的 webhook,而不经由 Stream 连接",
    "DingTalk posts the message to the gateway's webhook, signed, instead of its stream connection",
  ],
  posted: ["经 webhook 送达", "came by webhook"],
  close: ["关闭", "Close"],
  empty: ["写点什么,看看回答如何在卡片里逐字增长。", "Write something, and watch the answer grow in its card."],
  emptyGroup: [
    "@机器人 写一句话,或试试下面的关键词。不带 @ 的消息不会送达机器人,这是钉钉的规则。",
    "Mention the bot, or try a keyword below. Without a mention a message does not reach the bot: that is DingTalk's own rule.",
  ],
  growing: ["正在生成…", "Writing…"],
  finished: ["已完成", "Finished"],
  failed: ["失败", "Failed"],
  recalled: ["已撤回", "Recalled"],
  card: ["卡片", "Card"],
  updates: ["次更新", "updates"],
  read: ["已读", "Read"],
  readHint: ["机器人向钉钉查询所得", "The bot has asked DingTalk"],
  showTrace: ["查看这条消息的经过", "Show what happened to this message"],
  unmentioned: ["未 @机器人,没有送达", "Not delivered to the bot: no mention"],
  writeToBot: ["给机器人写消息", "Write to the bot"],
  writeToGroup: ["在群里写消息", "Write to the group"],
  keys: ["Enter 发送 · Shift+Enter 换行", "Enter sends · Shift+Enter: new line"],
  willNotReach: ["这样写不会送达机器人", "This will not reach the bot"],
  send: ["发送", "Send"],
  attach: ["发送文件(最大 1 MB)", "Send a file (1 MB at most)"],
  tooLarge: ["文件超过 1 MB,未发送", "The file has more than 1 MB and was not sent"],
  try: ["试试", "Try"],
  withoutMention: ["不带 @ 的消息", "without a mention"],
  trace: ["消息追踪", "Trace"],
  steps: ["步", "steps"],
  traceDone: ["已完成", "done"],
  traceRunning: ["进行中", "under way"],
  notDelivered: ["没有送达机器人", "not delivered to the bot"],
  show: ["展开", "Show"],
  hide: ["收起", "Hide"],
  traceHint: [
    "选中自己的一条消息,查看它的全部经过。",
    "Choose a message of yours to see everything that happened to it.",
  ],
  noTrace: [
    "钉钉没有把这条消息交给机器人:群里的消息必须 @机器人 才会送达。网关从未见过它,因此没有回答,也没有追踪记录。",
    "DingTalk did not hand this message to the bot: in a group it must mention the bot. The gateway has never seen it, so there is no answer, and no trace.",
  ],
  sayAgain: ["带 @ 再发一次", "Send it again with a mention"],
  noTraceYet: ["还没有记录…", "Nothing yet…"],
  byHand: ["在自己的网关上,用命令行查看同样的内容:", "The same on your own gateway, on the command line:"],
} as const satisfies Readonly<Record<string, readonly [zh: string, en: string]>>;

export type TextKey = keyof typeof TEXTS;

export function text(language: Language, key: TextKey): string {
  return TEXTS[key][language === "zh" ? 0 : 1];
}
