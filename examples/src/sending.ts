/** Sending on one's own: a report to a group and to people, once however often the job runs. */
import { createBot, parseAddress } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const bot = createBot({ channels: [createDingTalk()] });

const day = new Date().toISOString().slice(0, 10);
const report = `## Sales of ${day}\n\n- 42 orders\n- 3 returns`;

await bot.send({ channel: "dingtalk", kind: "group", id: "cidSalesTeam==" }, report, { key: `sales-${day}` });
await bot.send(parseAddress("dingtalk:user:staff-001"), { kind: "text", text: "The report is out." });

const people = ["staff-002", "staff-003", "staff-404"];
const results = await Promise.allSettled(
  people.map((id) => bot.send({ channel: "dingtalk", kind: "user", id }, report)),
);
for (const [i, result] of results.entries()) {
  if (result.status === "rejected") console.error(people[i], String(result.reason));
}
await bot.stop();
