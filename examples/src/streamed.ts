/** A streamed answer of a model: the card grows as the words come, and /stop ends it. */
import OpenAI from "openai";
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const openai = new OpenAI();

const bot = createBot({
  channels: [createDingTalk()],
  handler: async function* (turn) {
    const chunks = await openai.chat.completions.create(
      { model: "gpt-5-mini", stream: true, messages: [{ role: "user", content: turn.text }] },
      { signal: turn.signal },
    );
    for await (const chunk of chunks) yield chunk.choices[0]?.delta.content ?? "";
  },
});
await bot.start();
