/** What would be published: manifests, files, weight, declarations, and what the checkers of packages say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../src/bundle.ts";
import { createProject, filesBelow, type Project } from "../src/project.ts";
import { node } from "../src/run.ts";
import { readJson } from "../src/tarballs.ts";

const SETUP_TIMEOUT_MS = 180_000;
const NAMES = [
  "@openclaw-china/core",
  "@openclaw-china/dingtalk",
  "@openclaw-china/feishu",
  "@openclaw-china/testkit",
  "@openclaw-china/wecom",
];

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

let project: Project;
beforeAll(async () => {
  project = await createProject();
}, SETUP_TIMEOUT_MS);
afterAll(() => project[Symbol.dispose]());

const folderOf = (name: string): string => project.at("node_modules", name);
const manifestOf = (name: string): Manifest => readJson(join(folderOf(name), "package.json")) as Manifest;
const weigh = (names: readonly string[]): number =>
  names.flatMap((name) => filesBelow(folderOf(name))).reduce((sum, { bytes }) => sum + bytes, 0);

test("every package of packages/ is packed", () => {
  expect(project.tarballs.map(({ name }) => name).toSorted()).toEqual(NAMES);
});

describe.each(NAMES)("%s", (name) => {
  test("holds its build, README and LICENSE, and nothing else", () => {
    const contents = project.tarballs.find((one) => one.name === name)?.contents ?? [];
    expect(contents).toEqual(expect.arrayContaining(["package.json", "LICENSE", "README.md"]));
    const allowed = /^(package\.json|LICENSE|README(\.zh-CN)?\.md|dist\/[\w./-]+\.(js|d\.ts))$/;
    expect(contents.filter((path) => !allowed.test(path))).toEqual([]);
  });

  test("has a manifest without traces of the workspace", () => {
    const text = readFileSync(join(folderOf(name), "package.json"), "utf8");
    expect(text).not.toMatch(/workspace:|catalog:|@openclaw-china\/source|"src\/|\.\/src\//);
    const { exports, dependencies = {} } = manifestOf(name);
    expect(exports).toHaveProperty(["."]);
    const installed = filesBelow(folderOf(name)).map(({ path }) => `./${path.replaceAll("\\", "/")}`);
    const targets = Object.values(exports).flatMap((one) =>
      typeof one === "string" ? one : Object.values(Object(one)),
    );
    expect(targets.filter((path) => !installed.includes(String(path)))).toEqual([]);
    for (const range of Object.values(dependencies)) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
  });

  test("publint finds nothing, strictly", async () => {
    const { messages } = await publint({ pkgDir: folderOf(name), strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, manifestOf(name)))).toEqual([]);
  });

  test("attw finds that its types resolve", async () => {
    const attw = fileURLToPath(import.meta.resolve("@arethetypeswrong/cli/package.json"));
    const file = String(project.tarballs.find((one) => one.name === name)?.file);
    const ended = await node([join(attw, "../dist/index.js"), file, "--profile", "esm-only"], { cwd: project.folder });
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  });

  test("its declarations name nothing that is bundled or hidden", () => {
    const declarations = filesBelow(folderOf(name)).filter(({ path }) => path.endsWith(".d.ts"));
    expect(declarations.length).toBeGreaterThan(0);
    const named = declarations.flatMap(({ path }) => {
      const text = readFileSync(join(folderOf(name), path), "utf8");
      return [...text.matchAll(/(?:\bfrom\s*|\bimport\(\s*|\brequire\(\s*|reference types=)["']([^"']+)["']/g)].map(
        ([, one]) => String(one),
      );
    });
    expect(named.filter((one) => !/^(\.|node:|@openclaw-china\/core($|\/))/.test(one))).toEqual([]);
  });
});

describe("weight", () => {
  /** WeCom's holds a reader of XML, of 100 KB. */
  test.each([
    ["dingtalk", 1_000_000],
    ["feishu", 1_000_000],
    ["wecom", 1_100_000],
  ])("%s brings three packages and at most %i bytes", (id, maxBytes) => {
    const channel = `@openclaw-china/${id}`;
    const closure = (name: string): string[] => [
      name,
      ...Object.keys(manifestOf(name).dependencies ?? {}).flatMap(closure),
    ];
    const names = [...new Set(closure(channel))].toSorted();
    expect(names).toEqual(["@openclaw-china/core", channel, "ws"]);
    expect(weigh(names)).toBeLessThan(maxBytes);
  });

  test("the tarballs are small", () => {
    const sizes = Object.fromEntries(project.tarballs.map(({ name, bytes }) => [name, bytes]));
    expect(sizes["@openclaw-china/core"]).toBeLessThan(150_000);
    expect(sizes["@openclaw-china/dingtalk"]).toBeLessThan(100_000);
    expect(sizes["@openclaw-china/feishu"]).toBeLessThan(100_000);
    expect(sizes["@openclaw-china/wecom"]).toBeLessThan(130_000);
    expect(sizes["@openclaw-china/testkit"]).toBeLessThan(100_000);
  });

  /** Of these `ws` is 14 KB, zod/mini 11 and the catalogue of errors in two languages 6. */
  test("the smallest bot, bundled and compressed, is at most 108 KB", async () => {
    const { gzippedBytes } = await bundle(project, { entry: "echo.mts", format: "esm", minify: true });
    expect(gzippedBytes).toBeLessThan(108_000);
  });
});
