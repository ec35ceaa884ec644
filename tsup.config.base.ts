import type { Options } from "tsup";

/** One build recipe for every published package: ESM only, declarations, source maps. */
export function library(options: Options): Options {
  return {
    format: ["esm"],
    dts: true,
    sourcemap: true,
    clean: true,
    target: "node22",
    platform: "node",
    treeshake: true,
    removeNodeProtocol: false, // `node:sqlite` exists under that name only
    noExternal: ["zod"],
    ...options,
  };
}
