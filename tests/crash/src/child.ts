/** The bot under test, in a process of its own: a real channel, real SQLite, a handler that streams. Told what to do by its environment. */
import { createBot, sqliteState } from "@openclaw-china/core";
import { createDingTalk, type DingTalkOptions } from "@openclaw-china/dingtalk";
import { createKiller, instrumentChannel, instrumentState } from "./instrument.ts";

interface Orders {
  readonly app: DingTalkOptions;
  readonly file: string;
  readonly killAt?: string;
  readonly skip?: number;
  readonly unknownReply?: "notice" | "resend" | "silent";
  /** Milliseconds between the words of an answer. */
  readonly paceMs?: number;
}

const orders = JSON.parse(process.env["ORDERS"] ?? "{}") as Orders;
const killer = createKiller(orders.killAt, orders.skip);

const bot = createBot({
  channels: [instrumentChannel(createDingTalk(orders.app), killer)],
  state: instrumentState(sqliteState({ file: orders.file }), killer),
  unknownReply: orders.unknownReply ?? "notice",
  handler: async function* (turn) {
    killer.at("handler");
    if (turn.text.startsWith("poison")) killer.at("poison");
    const words = turn.text.startsWith("long") ? "word ".repeat(2_000) : `You said: ${turn.text}`;
    for (const word of words.split(/(?<= )/)) {
      yield word;
      if (orders.paceMs !== undefined) await new Promise((resolve) => setTimeout(resolve, orders.paceMs));
    }
  },
});

process.once("SIGTERM", () => {
  void bot.stop({ timeoutMs: 1_000 }).then(() => process.exit(0));
});
await bot.start();
process.send?.("ready");
