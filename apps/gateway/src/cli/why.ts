/** `gateway why <id>`: everything that happened to one message. Asks the running gateway, or reads the state file itself. */
import { sqliteState, type TraceLine } from "@openclaw-china/core";
import { adminPath, askAdmin } from "../admin/socket.ts";
import type { Io } from "./io.ts";
import { loadConfig } from "./start.ts";

export async function why(id: string, options: { readonly config: string }, io: Io): Promise<number> {
  const { file } = (await loadConfig(options.config)).file.state;
  const running = await askAdmin(adminPath(file), `/trace?id=${encodeURIComponent(id)}`);
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
    io.out(`${new Date(at).toISOString()}  ${hop.padEnd(8)} ${outcome}${detail === undefined ? "" : `  ${detail}`}`);
  }
  return 0;
}

async function readAlone(file: string, id: string): Promise<readonly TraceLine[]> {
  const state = sqliteState({ file });
  try {
    return ((await state.traces?.read(id)) ?? []).map(({ line }) => line);
  } finally {
    await state.close();
  }
}
