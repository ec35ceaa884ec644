import type { Options } from "tsup";

/**
 * One build recipe for every published package: ESM only, with declarations. Without source maps: the build is readable as it
 * is, and they would be more than half of what is installed.
 */
export function library(options: Options): Options {
  return {
    format: ["esm"],
    dts: true,
    clean: true,
    target: "node22",
    platform: "node",
    treeshake: true,
    removeNodeProtocol: false, // `node:sqlite` exists under that name only
    noExternal: ["zod", "fast-xml-parser"],
    ...options,
  };
}
