/** The whole pipeline behind `bot.webhook`: body limit, freshness, replay guard, dedupe, inbox in memory, an isolated handler. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBot, memoryState, toNodeHandler } from "@openclaw-china/core";
import { createWeCom } from "@openclaw-china/wecom";
import { answer, cpuMs } from "../process.ts";
import { KEYS } from "./serve.ts";

let handled = 0;

answer({
  async listen() {
    const bot = createBot({
      channels: [createWeCom({ mode: "webhook", ...KEYS, thinking: "off" })],
      state: memoryState(),
      handler: (turn) => {
        if (turn.text.length > 0) handled += 1;
      },
    });
    await bot.start();
    const server = createServer(toNodeHandler((request) => bot.webhook(request)));
    return new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
