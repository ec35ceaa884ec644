/** Packs every published package as `pnpm publish` does, from what the build has made. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { outputOf, run } from "./run.ts";

/** A package as it would be published. */
export interface Tarball {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** Paths inside of the package. */
  readonly contents: readonly string[];
}

/** The workspace. */
export const ROOT: string = join(import.meta.dirname, "../../..");
const PACKAGES = join(ROOT, "packages");

/** Packs `packages/*` into `folder`. Throws when a package has not been built. */
export async function packAll(folder: string): Promise<readonly Tarball[]> {
  for (const name of readdirSync(PACKAGES)) {
    if (!existsSync(join(PACKAGES, name, "dist"))) {
      throw new Error(`packages/${name} has not been built. Run "turbo run build" first; "npm test" does.`);
    }
  }
  const { packageManager } = readJson(join(ROOT, "package.json")) as { packageManager: string };
  const args = ["--yes", "--prefer-offline", packageManager, "-r", "--filter", "./packages/*"];
  // With the settings of who runs the tests: a registry or a cache of their own is where npx finds pnpm.
  const where = { cwd: ROOT, env: process.env };
  const said = await outputOf(run("npx", [...args, "pack", "--pack-destination", folder, "--json"], where));
  const packed = JSON.parse(said.slice(said.indexOf("["))) as readonly {
    name: string;
    filename: string;
    size: number;
    files: readonly { path: string }[];
  }[];
  return packed.map(({ name, filename, size, files }) => ({
    name,
    file: filename,
    bytes: size,
    contents: files.map(({ path }) => path),
  }));
}

/** `ws` as it is installed here, as a tarball: so that the consumer's installation needs no registry. */
export async function packWs(folder: string): Promise<string> {
  const ws = dirname(createRequire(join(PACKAGES, "core/package.json")).resolve("ws/package.json"));
  const args = ["pack", "--ignore-scripts", "--offline", "--json", "--pack-destination", folder];
  const packed = JSON.parse(await outputOf(run("npm", [...args, ws], { cwd: folder }))) as readonly {
    filename: string;
  }[];
  return join(folder, String(packed[0]?.filename));
}

/** Parses a file. Throws when it cannot be read. */
export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8")) as unknown;
}
