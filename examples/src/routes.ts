/** Keyword and regex routes to named agents. */
import { createBot, type Handler } from "@openclaw-china/core";
import { createWeCom } from "@openclaw-china/wecom";

const report: Handler = (turn) => `Report for ${turn.conversation.title ?? "you"}: 42 orders.`;
const translate: Handler = (turn) => `(translated) ${turn.text}`;

const bot = createBot({
  channels: [createWeCom()],
  agents: { report, translate, files: (turn) => `${turn.message.attachments.length} file(s), thank you.` },
  routes: [
    { when: { kind: "file" }, agent: "files" },
    { when: { text: /^(report|报表)/i, between: "09:00-18:00" }, agent: "report", examples: ["报表 7月"] },
    { when: { text: ["translate", "翻译"] }, agent: "translate" },
  ],
  handler: () => "Try **report**, **translate**, or send me a file.",
});
await bot.start();
