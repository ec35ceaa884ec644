/** An approval, and who may press. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const managers = ["staff-002", "staff-003"];
const bot = createBot({ channels: [createDingTalk()] });

bot.command("deploy", async (turn) => {
  const answer = await turn.ask(
    {
      kind: "card",
      title: `Deploy ${turn.args}?`,
      fields: [{ name: "Asked by", value: turn.sender.name ?? turn.sender.id }],
      inputs: [{ kind: "text", id: "why", label: "Reason" }],
      buttons: [
        { id: "approve", label: "Approve", style: "primary" },
        { id: "reject", label: "Reject" },
      ],
    },
    { from: managers, timeoutMs: 3_600_000 },
  );
  if (answer.outcome === "timeout") return "Nobody decided within an hour.";
  const who = answer.by.name ?? answer.by.id; // a name is known of those who have written to the bot
  if (answer.button === "reject") return `${who} said no: ${String(answer.values["why"] ?? "no reason given")}`;
  return `Deploying, approved by ${who}.`;
});

await bot.start();
