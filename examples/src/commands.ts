/** Commands, words to listen for, and a greeting. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const bot = createBot({ channels: [createDingTalk()] });

bot.command(["help", "帮助"], () => "`/add 1 2`, or ask for an order: **order 1234**");

bot.command("add", (turn) => {
  const sum = turn.args
    .split(/\s+/)
    .map(Number)
    .reduce((a, b) => a + b, 0);
  return Number.isNaN(sum) ? "Numbers, please." : String(sum);
});

bot.hears(/\border\s+(\d+)/i, async (turn) => {
  await turn.react("👀");
  return `Order ${turn.match[1]} is on its way.`;
});

bot.on("membership", (turn) => (turn.membership.change === "opened" ? "Hi! Say /help." : undefined));

await bot.start();
