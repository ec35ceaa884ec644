/** Webhook mode in plain `node:http`; the same handler fits Express and Koa, before any body parser. */
import { createServer } from "node:http";
import { createBot, toNodeHandler } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const bot = createBot({
  channels: [createDingTalk({ mode: "webhook" })],
  handler: (turn) => `You said: ${turn.text}`,
});
await bot.start();
createServer(toNodeHandler((request) => bot.webhook(request))).listen(8787);
