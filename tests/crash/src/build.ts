/** Makes one file of the bot under test and one of its SQLite thread: some two hundred processes are started from them. */
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** CommonJS within the bundle asks for Node's own modules. */
const BANNER = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** Returns the script to start; `folder` ends in a place of its own. */
export async function buildChild(folder: string): Promise<string> {
  const core = dirname(createRequire(import.meta.url).resolve("@openclaw-china/core/package.json"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await build({
    entryPoints: {
      child: fileURLToPath(new URL("./child.ts", import.meta.url)),
      "sqlite-thread": join(core, "src/state/sqlite-thread.ts"),
    },
    bundle: true,
    format: "esm",
    platform: "node",
    conditions: ["@openclaw-china/source"],
    banner: { js: BANNER },
    outdir: folder,
    logLevel: "error",
  });
  return join(folder, "child.js");
}
