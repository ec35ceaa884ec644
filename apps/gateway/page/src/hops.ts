/** Lines of a trace in words. The lines themselves are core's; what is not listed here is shown as it is. Pure. */
import type { Line } from "./facts.ts";
import type { Language } from "./texts.ts";

type Both = readonly [zh: string, en: string];

const HOPS: Readonly<Record<string, Both>> = {
  "claim accepted": ["已安全写入收件箱,并向钉钉确认", "Written to the inbox safely, and acknowledged to DingTalk"],
  "claim duplicate": [
    "钉钉重复投递:已确认,不重复回答",
    "Delivered again by DingTalk: acknowledged, not answered twice",
  ],
  "claim busy": ["暂时无法写入,请钉钉稍后重投", "Could not be written now; DingTalk is asked to send it again"],
  "admit refused": ["按准入规则拒绝,不作回答", "Refused by an access rule: no answer"],
  "turn started": ["开始处理", "Work on it begins"],
  "turn completing": ["继续完成上次未送完的回答", "Completes the answer of an earlier attempt"],
  "turn done": ["处理完毕", "Done"],
  "turn not done": ["未能完成,将再次尝试", "Not brought to its end; it is tried again"],
  "turn called off": ["被中止", "Called off"],
  "turn failed": ["应答者出错", "Who should answer has failed"],
  "turn given up": ["多次尝试后放弃", "Given up after several attempts"],
  "turn superseded": ["被更新的消息取代", "Replaced by a newer message"],
  "turn merged": ["与后续消息合并回答", "Answered together with a later message"],
  "turn recalled": ["消息被撤回,停止处理", "The message was recalled; work on it ends"],
  "reply open": ["卡片已显示,开始逐字增长", "The card is on the screen and grows"],
  "reply sent": ["钉钉已确认收到完整回答", "DingTalk has confirmed the whole answer"],
  "reply empty": ["回答为空,没有发送", "The answer is empty; nothing was sent"],
  "reply retry": ["稍后重试", "Tries again shortly"],
  "reply fallback": ["改用普通消息发送全文", "Sends the whole text as a message instead"],
  "reply no stream": ["无法使用卡片", "No card can be used here"],
  "reply stream refused": ["钉钉拒绝了卡片更新", "DingTalk has refused the card"],
  "reply stream later": ["卡片稍后再试", "The card is tried again later"],
  "reply update failed": ["一次中间更新失败,最终全文不受影响", "One update failed; the final text is not affected"],
  "reply left growing": ["卡片未能收尾", "The card could not be closed"],
  "reply refused": ["钉钉拒绝了回答", "DingTalk has refused the answer"],
  "reply unknown": ["无法确认回答是否送达", "Whether the answer has arrived is not known"],
  "reply notice": ["已告知对方回答可能未送达", "The person was told that the answer may not have arrived"],
  "ask waiting": ["卡片已发出,等待点击", "A card asks, and waits for a press"],
  "route handler": ["由默认应答者回答", "Answered by the default handler"],
  "route unhandled": ["没有任何规则匹配,不作回答", "No rule takes it: no answer"],
  "stop stopped the turn": ["已停止正在进行的回答", "Stops the answer that was running"],
  "stop nothing was running": ["没有正在进行的回答", "No answer was running"],
};

export function hopInWords(language: Language, { hop, outcome }: Line): string {
  const index = language === "zh" ? 0 : 1;
  const known = HOPS[`${hop} ${outcome}`];
  if (known !== undefined) return known[index];
  const agent = hop === "route" ? /^route \d+ → (.*)$/.exec(outcome)?.[1] : undefined;
  if (agent !== undefined) return language === "zh" ? `路由到 ${agent}` : `Routed to ${agent}`;
  return `${hop}: ${outcome}`;
}

/** 12 ms, 4.19 s */
export function sinceInWords(ms: number): string {
  return ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

/** How a line looks: as it should be, as it should not, or neither. */
export function toneOf(outcome: string): "good" | "bad" | "neutral" {
  if (/^(?:accepted|sent|done)$/.test(outcome)) return "good";
  return /refused|failed|unknown|busy|not done|given up|unhandled|empty|left growing/.test(outcome) ? "bad" : "neutral";
}

/** Nothing more is to come. */
export function isEnd({ hop, outcome }: Line): boolean {
  return (hop === "turn" && /^(?:done|given up|superseded|merged)$/.test(outcome)) || hop === "admit";
}
