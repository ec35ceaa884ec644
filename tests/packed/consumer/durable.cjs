/** A bot with a SQLite file, in CommonJS: two bots after each other on one file. */
const { createBot, sqliteState } = require("@openclaw-china/core");
const { createDingTalk } = require("@openclaw-china/dingtalk");
const { createDingTalkSimulator } = require("@openclaw-china/testkit");

async function visit(sim, lin, text) {
  const state = sqliteState({ file: "visits.db" });
  const bot = createBot({
    channels: [createDingTalk(sim.app)],
    state,
    handler: async () => {
      const visits = 1 + Number((await state.store.get("visits"))?.value ?? 0);
      await state.store.put("visits", String(visits));
      return `Visit ${visits}.`;
    },
  });
  await bot.start();
  await lin.say(text);
  const answer = (await lin.screen().next()).text;
  await bot.stop();
  return answer;
}

async function main() {
  const sim = await createDingTalkSimulator();
  const lin = sim.user("Lin");
  console.log(JSON.stringify([await visit(sim, lin, "hello"), await visit(sim, lin, "again")]));
  await sim.close();
}

void main();
