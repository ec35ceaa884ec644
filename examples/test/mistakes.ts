/** Mistakes that must not compile. Checked by `tsc`: an error that is missing here is an unused `@ts-expect-error`. */
import { createBot, type AnyTurn, type Bot, type Turn } from "@openclaw-china/core";
import { createDingTalk, createDingTalkRobot } from "@openclaw-china/dingtalk";

const channels = [createDingTalk()];

// A route to an agent that does not exist.
createBot({
  channels,
  agents: { report: () => "42" },
  // @ts-expect-error: "reprot" is not one of the agents
  routes: [{ when: { text: "x" }, agent: "reprot" }],
});

// Routes without agents.
createBot({
  channels,
  // @ts-expect-error: there are no agents a route could name
  routes: [{ when: { text: "x" }, agent: "report" }],
});

// Comparing the answer with a button the card lacks.
export async function ask(turn: Turn): Promise<string> {
  const answer = await turn.ask({ kind: "card", title: "Deploy?", buttons: [{ id: "approve", label: "Approve" }] });
  if (answer.outcome === "timeout") return "too late";
  // @ts-expect-error: the card has no button "aprove"
  return answer.button === "aprove" ? "yes" : "no";
}

// A kind that does not exist.
export function misspelt(bot: Bot): void {
  // @ts-expect-error: the kind is called "action"
  bot.on("actoin", () => undefined);
}

// A handler that returns a number.
createBot({
  channels,
  // @ts-expect-error: a number is no reply
  handler: () => 42,
});

// The message of an action turn.
export function wrongMember(bot: Bot): void {
  // @ts-expect-error: an action turn has `action`, not `message`
  bot.on("action", (turn) => turn.message.text);
}

// An option with a wrong name.
// @ts-expect-error: the option is called appKey
createDingTalk({ appkey: "ding" });

/** `kind` narrows to the right property, and what an editor prints can be imported. */
export function narrowed(turn: AnyTurn): string {
  switch (turn.kind) {
    case "message":
      return turn.message.text;
    case "action":
      return turn.action.button;
    case "membership":
      return turn.membership.change;
    case "reaction":
      return turn.reaction.emoji;
    case "recall":
      return turn.recall.messageId;
    case "other":
      return turn.other.type;
  }
}

export const anyTurn = (turn: AnyTurn): AnyTurn => turn;

// A robot hears nothing, and its token must be named, be it undefined.
// @ts-expect-error: accessToken is missing
createDingTalkRobot({ secret: "SEC…" });
// @ts-expect-error: one keyword, not a list
createDingTalkRobot({ accessToken: undefined, keyword: ["alert"] });
