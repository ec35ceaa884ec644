/** `gateway why <id>`: everything that happened to one message. Asks the running gateway, or reads the state file itself. */
import { existsSync } from "node:fs";
import { ChannelError, sqliteState, type TraceLine } from "@openclaw-china/core";
import { configError } from "@openclaw-china/core/internal";
import { adminPath, askAdmin } from "../admin/socket.ts";
import { stateFileOf } from "../config/load.ts";
import type { Io } from "./io.ts";

export async function why(id: string, options: { readonly config: string }, io: Io): Promise<number> {
  const file = await stateFileOf(options.config);
  const running = await askAdmin(adminPath(file), { path: `/trace?id=${encodeURIComponent(id)}` });
  const lines = running === undefined ? await readAlone(file, id) : (running as readonly TraceLine[]);
  if (lines.length === 0) {
    io.err(`✗ nothing is known of ${id}`);
    io.err(
      "  It never arrived (not mentioned in the group? outside the app's visible range?), or it is older than 7 days.",
    );
    io.err("  没有到达(群里未 @机器人?不在应用可见范围?),或已超过 7 天。");
    return 1;
  }
  for (const { at, hop, outcome, detail } of lines) {
    const line = `${new Date(at).toISOString()}  ${hop.padEnd(8)} ${outcome}${detail === undefined ? "" : `  ${detail}`}`;
    io.out(line.replaceAll(/\p{Cc}+/gu, " ")); // names and texts of others: nothing in them may move the cursor
  }
  return 0;
}

/** Looks only: where there is no state file, none is made. */
async function readAlone(file: string, id: string): Promise<readonly TraceLine[]> {
  if (!existsSync(file)) throw noState(file);
  const state = sqliteState({ file });
  try {
    return ((await state.traces?.read(id)) ?? []).map(({ line }) => line);
  } catch (error) {
    if (!(error instanceof ChannelError) || !error.message.includes("held by another process")) throw error;
    throw configError(`${error.message}, which does not answer on its admin socket`, HELD, error);
  } finally {
    await state.close();
  }
}

function noState(file: string): Error {
  return configError(`there is no state file ${file}, and no gateway runs on it`, {
    en: "Give the config file of the gateway with --config; the state appears with its first start.",
    zh: "请用 --config 指定网关所用的配置文件;状态文件在首次启动后才会出现。",
  });
}

const HELD = {
  en: "Ask again in a moment, or stop that process and ask then.",
  zh: "请稍后重试,或停止该进程后再查询。",
};
