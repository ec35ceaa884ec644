/**
 * The whole pipeline: dedupe, normalisation, access, lanes, an isolated handler, the trace of every message; silent logger.
 * `memory` or `sqlite` as the first argument. Without the thinking sign, which costs two frames a message.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBot, memoryState, sqliteState } from "@openclaw-china/core";
import { createWeCom } from "@openclaw-china/wecom";
import { answer, cpuMs } from "../process.ts";

let handled = 0;
const folder = mkdtempSync(join(tmpdir(), "bench-"));

answer({
  async connect(port: number) {
    const endpoints = { api: `http://127.0.0.1:${port}`, socket: `ws://127.0.0.1:${port}` };
    const bot = createBot({
      channels: [createWeCom({ botId: "aibbench", botSecret: "secret", endpoints, thinking: "off" })],
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
