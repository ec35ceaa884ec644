/** `gateway check`: the config as it is understood, without secrets; warnings; with `--online` what the platform says. */
import { createBot, type Finding, memoryState } from "@openclaw-china/core";
import { loadConfig } from "../config/load.ts";
import { shownConfig } from "../config/shown.ts";
import { openRobots } from "../sending/robots.ts";
import { type Io, sayWarnings } from "./io.ts";

/** Standard output holds the config alone, for `jq`; everything else goes to standard error. */
export async function check(options: { readonly config: string; readonly online: boolean }, io: Io): Promise<number> {
  const loaded = await loadConfig(options.config);
  openRobots(loaded.file.robots); // what cannot be right is told here too
  io.out(JSON.stringify(shownConfig(loaded), undefined, 2));
  sayWarnings(io, loaded.warnings);
  if (!options.online) {
    io.err(`✓ ${options.config} is valid (add --online to ask the platform) · 配置有效`);
    return 0;
  }
  const bot = createBot({ channels: loaded.channels, state: { ...memoryState(), durable: true } });
  try {
    const findings = await bot.probe();
    for (const finding of findings) sayFinding(finding, io);
    const failed = findings.some(({ level }) => level === "error");
    io.err(
      failed ? "✗ see above · 见上" : `✓ ${options.config} is valid, and the platform accepts it · 配置有效,平台已接受`,
    );
    return failed ? 1 : 0;
  } finally {
    await bot.stop({ timeoutMs: 0 });
  }
}

function sayFinding({ level, channel, account, cause, fix, url }: Finding, io: Io): void {
  const mark = { ok: "✓", warning: "!", error: "✗" }[level];
  io.err(`${mark} ${channel}/${account}: ${cause.en}`);
  io.err(`  ${cause.zh}`);
  if (fix === undefined || level === "ok") return;
  io.err(`  → ${fix.en}`);
  io.err(`  → ${fix.zh}${url === undefined ? "" : ` ${url}`}`);
}
