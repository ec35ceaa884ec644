/** Two installed copies of core: their types fit each other, and each knows the other's errors. */
import * as first from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import * as second from "second-copy";

const channel: first.Channel & second.Channel = createDingTalk({ appKey: "key", appSecret: "secret" });
const state: second.State = first.memoryState();
export const bots: readonly first.Bot[] = [
  first.createBot({ channels: [channel], state: second.memoryState() }),
  second.createBot({ channels: [channel], state }),
];

function thrownBy(core: typeof first | typeof second): unknown {
  try {
    return core.createBot({ channels: [channel, channel] });
  } catch (error) {
    return error;
  }
}

function code(error: unknown): string {
  if (!(error instanceof first.ChannelError) || !(error instanceof second.ChannelError)) return "a stranger";
  const known: second.ChannelError = error;
  return known.code;
}
console.log(
  JSON.stringify({
    copies: Object.is(first.createBot, second.createBot) ? 1 : 2,
    codes: [code(thrownBy(first)), code(thrownBy(second))],
    strangers: [code(new Error("no")), code(undefined)],
  }),
);
