/** Several accounts, one bot: each answers with its own credentials. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const bot = createBot({
  channels: [
    createDingTalk({ account: "sales", appKey: process.env["SALES_KEY"], appSecret: process.env["SALES_SECRET"] }),
    createDingTalk({
      account: "support",
      appKey: process.env["SUPPORT_KEY"],
      appSecret: process.env["SUPPORT_SECRET"],
    }),
    createDingTalk(),
  ],
  handler: (turn) => `Hello ${turn.sender.name ?? "there"}, this is ${turn.channel}/${turn.account}.`,
});
await bot.start();
process.once("SIGTERM", () => void bot.stop());
