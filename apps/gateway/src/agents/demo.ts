/** Agents of the demo that need no model: they answer by rule, word by word, so that one sees a card grow. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileRef, Handler, Outbound, Robot, Turn } from "@openclaw-china/core";

const WORD_MS = 60;
const APPROVAL_MS = 600_000;

/** Answers greetings, questions about itself, sums and the time; says what else there is to try. */
export function demoAgent(): Handler {
  return (turn) => {
    const [file] = turn.message.attachments;
    if (file !== undefined) return received(turn, file);
    const trick = TRICKS[turn.text.trim().toLowerCase()];
    if (trick !== undefined) return trick(turn);
    const release = /^\/?(?:deploy|发布)\s*(.*)$/iu.exec(turn.text.trim())?.[1];
    return release === undefined ? wordByWord(answerTo(turn), turn.signal) : approval(turn, release);
  };
}

/** What else a channel can do, shown by a word. */
const TRICKS: Readonly<Record<string, (turn: Turn) => Promise<Outbound | undefined> | Outbound>> = {
  "/file": () => ({ kind: "media", file: new File(["订单,数量\norder,42\n"], "报表 report.csv") }),
  async "/recall"(turn) {
    const sent = await turn.reply("说错了,马上撤回 · A slip, taken back at once");
    await turn.recall(sent);
    return undefined;
  },
};

/** What came, told from its bytes and not from what was said of it. */
async function received(turn: Turn, ref: FileRef): Promise<string> {
  const file = await turn.download(ref);
  const sha256 = createHash("sha256")
    .update(await file.bytes())
    .digest("hex");
  return `收到文件 · Got a file: **${ref.name ?? file.name}**\n\n- 大小 size: ${file.size} bytes\n- sha256: \`${sha256.slice(0, 16)}…\``;
}

/** A card with buttons; who may press is whoever asked. The conversation goes on meanwhile. */
async function approval(turn: Turn, release: string): Promise<string> {
  const answer = await turn.ask(
    {
      kind: "card",
      title: `发布 ${release}? Deploy ${release}?`,
      fields: [{ name: "申请人 Asked by", value: turn.sender.name ?? turn.sender.id }],
      buttons: [
        { id: "approve", label: "同意 Approve", style: "primary" },
        { id: "reject", label: "拒绝 Reject", style: "danger" },
      ],
    },
    { timeoutMs: APPROVAL_MS },
  );
  if (answer.outcome === "timeout") return "没有人决定。 Nobody decided.";
  const who = answer.by.name ?? answer.by.id;
  return answer.button === "approve"
    ? `由 ${who} 批准,开始发布。 Deploying, approved by ${who}.`
    : `${who} 已拒绝。 ${who} said no.`;
}

/** Answers what the keyword `report` is routed to it. */
export function demoReport(): Handler {
  return (turn) => {
    const where = turn.conversation.title ?? "direct chat";
    return wordByWord(
      `## 销售日报 · Sales report\n\n- 群 group: ${where}\n- 订单 orders: 42\n- 退货 returns: 3\n\n*reporting-agent*`,
      turn.signal,
    );
  };
}

/** Lets the group's own robot say something: that one only sends, by an address of the group, and never hears. */
export function demoRobot(robot: Pick<Robot, "send">): Handler {
  return async () => {
    await robot.send("群机器人通知:构建成功 · A notice of the group's robot: the build has passed");
    return "已由群机器人发出。 The group's robot has sent it.";
  };
}

const WORDS: Readonly<Record<string, string>> = {
  hello: "你好",
  thanks: "谢谢",
  report: "报表",
  order: "订单",
  你好: "hello",
  谢谢: "thanks",
  订单: "order",
};

/** Knows a few words of both languages. */
export function demoTranslation(): Handler {
  return (turn) => {
    const words = turn.text.replace(/translate|翻译/giu, "").trim();
    const known = Object.entries(WORDS).find(([word]) => words.toLowerCase().includes(word));
    const answer =
      known === undefined
        ? "我只认识几个词 · I only know a few words: hello, thanks, order, 你好, 谢谢, 订单."
        : `${known[0]} → **${known[1]}**`;
    return wordByWord(`${answer}\n\n*translation-agent*`, turn.signal);
  };
}

/** A sum on its own: not part of a date, a version or a longer sum. */
const SUM = /(?<![\w.+\-*/×÷])(-?\d+(?:\.\d+)?)\s*([-+*/×÷])\s*(-?\d+(?:\.\d+)?)(?![\w.]|\s*[-+*/×÷])/;

function answerTo({ text, sender, conversation }: Turn): string {
  const sum = SUM.exec(text);
  if (sum !== null) return `${sum[0]} = **${calculate(sum)}**`;
  if (/几点|时间|\bwhat time\b|\bdate\b/i.test(text)) {
    return `现在是 It is now: **${new Date().toLocaleString("zh-CN")}**`;
  }
  if (/^(?:(?:hi|hello|hey)\b|你好|您好|在吗|早)/i.test(text.trim())) {
    return `你好 ${sender.name ?? ""}!我是离线演示助手,没有接入模型。\nHello! I am the offline demo agent; no model is connected.\n\n${hints(conversation.kind)}`;
  }
  return `收到 · You said: **${text.trim() || "…"}**\n\n${hints(conversation.kind)}`;
}

function hints(place: "direct" | "group"): string {
  const common =
    "- 算式 a sum: `12 * 34`\n- 时间 the time: `现在几点?`\n- 审批 an approval: `/deploy v2`\n- 文件、撤回 a file, a recall: `/file`, `/recall`";
  const keywords = "- 群里的关键词 keywords in the group: `report`, `translate hello`";
  const model = "- 接入模型 a real model: set `OPENAI_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_MODEL`";
  return `试试 · Try:\n\n${common}\n${place === "group" ? keywords : `${keywords} (@我 · mention me)`}\n${model}`;
}

function calculate([, left, operator, right]: RegExpExecArray): string {
  const [a, b] = [Number(left), Number(right)];
  const value = operator === "+" ? a + b : operator === "-" ? a - b : /[*×]/.test(operator ?? "") ? a * b : a / b;
  if (!Number.isFinite(value)) return "没有结果 no result";
  return String(Number(value.toPrecision(15))); // 0.1 + 0.2 is 0.3 for a person
}

async function* wordByWord(text: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of text.split(/(?<=[\s,。!?:])/u)) {
    yield word;
    await sleep(WORD_MS, undefined, { signal });
  }
}
