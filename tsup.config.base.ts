import { readFile } from "node:fs/promises";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

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
    esbuildPlugins: [withoutForeignMaps()],
    ...options,
  };
}

/** What is bundled from node_modules stays out of the source maps: half a megabyte that helps nobody. */
function withoutForeignMaps(): Plugin {
  const empty = Buffer.from('{"version":3,"sources":[""],"sourcesContent":[" "],"mappings":"AAAA"}').toString("base64");
  return {
    name: "without-foreign-maps",
    setup(build) {
      build.onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => ({
        contents: `${await readFile(path, "utf8")}\n//# sourceMappingURL=data:application/json;base64,${empty}`,
        loader: "js",
      }));
    },
  };
}
