/** Bundles a file of a project by esbuild, as those do who ship one file. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Project } from "./project.ts";

export interface Bundle {
  /** Below the project. */
  readonly entry: string;
  readonly format: "esm" | "cjs";
  readonly minify?: boolean;
}

/** One file with everything in it, `ws` included. Rejects on any error or warning. */
export async function bundle(
  project: Project,
  { entry, format, minify = false }: Bundle,
): Promise<{ readonly file: string; readonly gzippedBytes: number }> {
  const file = project.at("bundles", `${entry}.${format === "cjs" ? "cjs" : "mjs"}`);
  const { warnings } = await build({
    absWorkingDir: project.folder,
    entryPoints: [project.at(entry)],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node22",
    format,
    minify,
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  return { file, gzippedBytes: gzipSync(readFileSync(file), { level: 9 }).length };
}
