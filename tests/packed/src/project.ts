/** An empty project outside of the workspace, with the tarballs installed; beside them the smallest program and `consumer/`. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf, run } from "./run.ts";
import { packAll, packWs, ROOT, type Tarball } from "./tarballs.ts";

export interface Project extends Disposable {
  readonly folder: string;
  readonly tarballs: readonly Tarball[];
  /** A path below the project. */
  at(...path: readonly string[]): string;
}

const CONSUMER = join(import.meta.dirname, "../consumer");

/** Packs, and installs offline: every dependency is a tarball, so an installation that wanted more would fail. */
export async function createProject(): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "packed-"));
  const packs = join(folder, "packs");
  mkdirSync(packs);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  const tarballs = await packAll(packs);
  const files = [...tarballs.map(({ file }) => file), await packWs(packs)];
  const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  await outputOf(run("npm", ["install", ...quiet, ...files], { cwd: folder }));
  cpSync(CONSUMER, folder, { recursive: true });
  cpSync(join(ROOT, "examples/src/echo.ts"), join(folder, "echo.mts"));
  return {
    folder,
    tarballs,
    at: (...path) => join(folder, ...path),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** All files below a folder, with their size. */
export function filesBelow(folder: string): readonly { readonly path: string; readonly bytes: number }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((path) => {
    const stat = statSync(join(folder, path));
    return stat.isFile() ? [{ path, bytes: stat.size }] : [];
  });
}
