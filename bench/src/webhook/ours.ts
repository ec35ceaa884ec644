/**
 * The whole pipeline behind `toNodeHandler`: body limit, window, replay guard, dedupe, normalisation, access, lanes, an
 * isolated handler; silent logger. `memory` or `sqlite` as the first argument.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBot, memoryState, sqliteState, toNodeHandler } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { answer, cpuMs } from "../process.ts";
import { APP_SECRET } from "./signature.ts";

let handled = 0;
const folder = mkdtempSync(join(tmpdir(), "bench-"));
/** Nobody listens there: nothing is sent. */
const NOWHERE = "http://127.0.0.1:9";

answer({
  async listen() {
    const app = { appKey: "dingbenchkey", appSecret: APP_SECRET, endpoints: { api: NOWHERE, oapi: NOWHERE } };
    const bot = createBot({
      channels: [createDingTalk({ ...app, mode: "webhook", thinking: "off" })],
      state: process.argv[2] === "sqlite" ? sqliteState({ file: join(folder, "bench.db") }) : memoryState(),
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
  clean: () => rmSync(folder, { recursive: true, force: true }),
});
