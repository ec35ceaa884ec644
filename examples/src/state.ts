/** Durable state: what was accepted before a crash is answered after it. */
import { createBot, sqliteState } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

// What was accepted before a crash is answered after it.
const state = sqliteState({ file: process.env["STATE_FILE"] ?? "bot.db" });

const bot = createBot({
  channels: [createDingTalk()],
  state,
  handler: async (turn) => {
    const key = `visits:${turn.conversation.key}`;
    const visits = 1 + Number((await state.store.get(key))?.value ?? 0);
    await state.store.put(key, String(visits));
    return `Visit ${visits}.`;
  },
});
await bot.start();
