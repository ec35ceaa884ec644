/** Webhook mode in Hono; without Hono the same function answers in Bun, Deno and Workers. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { Hono } from "hono";

const bot = createBot({
  channels: [createDingTalk({ mode: "webhook" })],
  handler: (turn) => `You said: ${turn.text}`,
});

const app: Hono = new Hono();
app.all("/webhooks/*", (c) => bot.webhook(c.req.raw)); // the console's address ends in /webhooks/dingtalk
export default app;
