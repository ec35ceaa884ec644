/** The smallest bot: it answers each message with its text. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const bot = createBot({
  channels: [createDingTalk()],
  handler: (turn) => `You said: ${turn.text}`,
});
await bot.start();
