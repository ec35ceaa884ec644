/** Sends to a person, and answers a health check, in a process where `ws` must not be loaded. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "ws") throw new Error("ws was loaded");
    return next(specifier, context);
  },
});
const { createBot } = await import("@openclaw-china/core");
await import("@openclaw-china/core/internal");
const { createDingTalk } = await import("@openclaw-china/dingtalk");
await import("@openclaw-china/dingtalk/config");
await import("@openclaw-china/feishu");
await import("@openclaw-china/feishu/config");
await import("@openclaw-china/wecom");
await import("@openclaw-china/wecom/config");
const app = JSON.parse(process.argv[2]);
const bot = createBot({ channels: [createDingTalk(app)] });
const sent = await bot.send({ channel: "dingtalk", kind: "user", id: process.argv[3] }, "The report is out.");
await bot.stop();
console.log(JSON.stringify({ channel: sent.channel, sentAt: typeof sent.sentAt }));
