/**
 * The whole pipeline: dedupe, normalisation, access, lanes, an isolated handler, the trace of every message; silent logger.
 * `memory` or `sqlite` as the first argument. Without the thinking sign, which costs two calls a message: the others send none.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBot, memoryState, sqliteState } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { answer, cpuMs } from "../process.ts";

let handled = 0;
const folder = mkdtempSync(join(tmpdir(), "bench-"));

answer({
  async connect(port: number) {
    const origin = `http://127.0.0.1:${port}`;
    const endpoints = { api: origin, oapi: origin };
    const app = { appKey: "dingbenchkey", appSecret: "secret", endpoints };
    const bot = createBot({
      channels: [createDingTalk({ ...app, thinking: "off" })],
      state: process.argv[2] === "sqlite" ? sqliteState({ file: join(folder, "bench.db") }) : memoryState(),
      handler: (turn) => {
        if (turn.text.length > 0) handled += 1;
      },
    });
    await bot.start();
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
  clean: () => rmSync(folder, { recursive: true, force: true }),
});
