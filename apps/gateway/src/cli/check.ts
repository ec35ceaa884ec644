/** `gateway check`: the config as it is understood, without secrets; warnings; with `--online` what the platform says. */
import { loadConfig } from "../config/load.ts";
import { withoutSecrets } from "../config/secret.ts";
import { shownConfig } from "../config/shown.ts";
import { probeChannels } from "../doctor/channels.ts";
import { isFine, type Item, ofChannel, sayItem } from "../doctor/report.ts";
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
  const findings = (await probeChannels(loaded, { spend: false })).map(ofChannel);
  const shown = withoutSecrets(findings, loaded.hidden) as readonly Item[];
  for (const item of shown) sayItem(item, io.err);
  const isGood = isFine(shown);
  io.err(
    isGood ? `✓ ${options.config} is valid, and the platform accepts it · 配置有效,平台已接受` : "✗ see above · 见上",
  );
  return isGood ? 0 : 1;
}
