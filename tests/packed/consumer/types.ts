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
import { createWeCom, createWeComRobot, type WeComOptions } from "@openclaw-china/wecom";
import { createDingTalkSimulator, fakeClock } from "@openclaw-china/testkit";
import type { StateSubject } from "@openclaw-china/testkit/contracts";

const options: DingTalkOptions = { appKey: process.env["KEY"], appSecret: process.env["SECRET"] };
const wecom: WeComOptions = { botId: process.env["BOT_ID"], botSecret: process.env["BOT_SECRET"] };
const state: State = options.appKey === undefined ? memoryState() : sqliteState({ file: "bot.db" });
const bot = createBot({
  channels: [createDingTalk(options), createWeCom(wecom)],
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

// @ts-expect-error: the option is called botId
createWeCom({ botid: "aib" });

export const robot: ReturnType<typeof createWeComRobot> = createWeComRobot({ key: process.env["ROBOT_KEY"] });
export const webhook: ReturnType<typeof toNodeHandler> = toNodeHandler((request) => bot.webhook(request));
export const subject: StateSubject["name"] = "a state of my own";
export function kindOf(turn: AnyTurn): string {
  return turn.kind === "message" ? turn.message.text : turn.kind;
}
export async function tried(): Promise<string> {
  await using sim = await createDingTalkSimulator({ clock: fakeClock() });
  return sim.app.appKey;
}
