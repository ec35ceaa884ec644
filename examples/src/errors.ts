/** Errors: what a handler throws, and what a platform refuses. */
import { ChannelError, createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const bot = createBot({
  channels: [createDingTalk()],
  handler: () => {
    throw new Error("model is down");
  },
  onError: (error, turn) => {
    console.error(turn.id, error);
    return "Sorry, that did not work. Please try again.";
  },
});
await bot.start();

try {
  await bot.send({ channel: "dingtalk", kind: "group", id: "cidGone==" }, "hello");
} catch (error) {
  if (!(error instanceof ChannelError)) throw error;
  switch (error.code) {
    case "target_unknown":
      console.warn("forget this group:", error.platform?.code);
      break;
    case "rate_limited":
      console.warn(error.verdict.kind === "retryLater" ? error.verdict.afterMs : "soon");
      break;
    default:
      console.error(error.message, error.cause, "→", error.fix.zh);
  }
}
