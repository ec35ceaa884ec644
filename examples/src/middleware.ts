/** Middleware: timing, and an allow-list that needs code. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const allowed = new Set(["staff-001", "staff-002"]);
const bot = createBot({ channels: [createDingTalk()], handler: (turn) => `You said: ${turn.text}` });

bot.use(async (turn, next) => {
  const start = performance.now();
  await next();
  console.log(turn.channel, turn.kind, turn.sender?.id, `${Math.round(performance.now() - start)} ms`);
});

bot.use((turn, next) =>
  turn.sender && allowed.has(turn.sender.id) ? next() : "Please ask an administrator for access.",
);

await bot.start();
