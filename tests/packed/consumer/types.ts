/** Compiled under several names and settings: what the declarations must offer, and one mistake that they must refuse. */
import {
  type AnyTurn,
  ChannelError,
  createBot,
  memoryState,
  sqliteState,
  type State,
  toNodeHandler,
  type Turn,
} from "@openclaw-china/core";
import { createDingTalk, type DingTalkOptions } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, fakeClock } from "@openclaw-china/testkit";
import type { StateSubject } from "@openclaw-china/testkit/contracts";

const options: DingTalkOptions = { appKey: process.env["KEY"], appSecret: process.env["SECRET"] };
const state: State = options.appKey === undefined ? memoryState() : sqliteState({ file: "bot.db" });
const bot = createBot({
  channels: [createDingTalk(options)],
  state,
  agents: { report: (turn: Turn) => `# ${turn.text}` },
  routes: [{ when: { text: "report" }, agent: "report" }],
  async *handler(turn) {
    yield "You said: ";
    yield turn.text;
  },
  onError: (error) => (error instanceof ChannelError ? error.fix.en : undefined),
});
bot.on("action", (turn) => turn.action.button);

// @ts-expect-error: the option is called appKey
createDingTalk({ appkey: "ding" });

export const webhook: ReturnType<typeof toNodeHandler> = toNodeHandler((request) => bot.webhook(request));
export const subject: StateSubject["name"] = "a state of my own";
export function kindOf(turn: AnyTurn): string {
  return turn.kind === "message" ? turn.message.text : turn.kind;
}
export async function tried(): Promise<string> {
  await using sim = await createDingTalkSimulator({ clock: fakeClock() });
  return sim.app.appKey;
}
