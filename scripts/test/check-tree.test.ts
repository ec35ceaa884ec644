/** Every rule of check-tree, on small trees written by the test: what is clean passes, each planted fault is found once. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { checkTree } from "../check-tree/check.ts";
import { formatFindings } from "../check-tree/finding.ts";

type Files = Readonly<Record<string, string>>;

const made: string[] = [];
afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
});

const entry = (name: string): object => ({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
function manifest(name: string, changes: object = {}): string {
  const base = {
    name: `@openclaw-china/${name}`,
    license: "MIT",
    type: "module",
    sideEffects: false,
    files: ["dist"],
    exports: {
      ".": { "@openclaw-china/source": "./src/index.ts", ...entry("index") },
      "./package.json": "./package.json",
    },
    publishConfig: { access: "public", exports: { ".": entry("index"), "./package.json": "./package.json" } },
  };
  return JSON.stringify({ ...base, ...changes });
}

const CLEAN: Files = {
  "tree.json": JSON.stringify({
    channels: {
      dingtalk: {
        files: ["index.ts", "channel.ts", "wire/message.ts"],
        later: ["robot.ts"],
        maxLines: { "channel.ts": 5 },
      },
    },
    directions: { wire: ["zod"], index: ["channel"], channel: ["*"], robot: ["core"], outbound: ["type:inbound"] },
    packages: {
      core: { siblings: [], external: ["ws"], noStatic: ["ws"] },
      dingtalk: { siblings: ["core"], external: ["zod/mini"], noStatic: ["ws"] },
    },
    privateEntries: { core: ["src/env.ts"] },
    environmentReader: "packages/core/src/env.ts",
    platformNames: { words: ["dingtalk"] },
    exceptions: [],
    limits: {
      fileLines: 30,
      testFileLines: 40,
      functionLines: 10,
      decoderLines: 15,
      factoryLines: 20,
      parameters: 2,
      imports: 3,
    },
    vagueNames: ["utils"],
  }),
  "packages/core/package.json": manifest("core"),
  "packages/core/README.md": "# core",
  "packages/core/tsup.config.ts": 'export default { entry: ["src/index.ts", "src/env.ts"] };',
  "packages/core/src/index.ts": 'export { open } from "./socket.ts";',
  "packages/core/src/env.ts": "export const home = (): string | undefined => process.env.HOME;",
  "packages/core/src/socket.ts":
    'import type { WebSocket } from "ws";\nexport const open = async (): Promise<WebSocket> => new (await import("ws")).WebSocket("");',
  "packages/dingtalk/package.json": manifest("dingtalk"),
  "packages/dingtalk/README.md": "# dingtalk",
  "packages/dingtalk/tsup.config.ts": 'export default { entry: ["src/index.ts"] };',
  "packages/dingtalk/src/index.ts": 'export { channel } from "./channel.ts";',
  "packages/dingtalk/src/channel.ts":
    'import { open } from "@openclaw-china/core";\nimport { parse } from "./wire/message.ts";\nexport const channel = { open, parse };',
  "packages/dingtalk/src/wire/message.ts":
    'import * as z from "zod/mini";\nexport const parse = (raw: unknown): string => z.string().parse(raw);',
};

/** Rules and places found in the clean tree with these changes. */
function found(changes: Files, without: readonly string[] = []): string[] {
  const root = mkdtempSync(join(tmpdir(), "check-tree-"));
  made.push(root);
  for (const [path, text] of Object.entries({ ...CLEAN, ...changes })) {
    if (without.includes(path)) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkTree(root, join(root, "tree.json")).findings.map(({ file, line, rule }) => `${rule} ${file}:${line}`);
}

function foundIn(path: string, text: string): string[] {
  return found({ [path]: text }).map((one) => one.replace(` ${path}`, ""));
}

test("a clean tree has no findings", () => {
  expect(found({})).toEqual([]);
});

test("a finding names place, rule and cure", () => {
  const one = { file: "a.ts", line: 3, rule: "any", message: "the type `any`", fix: "Use unknown." };
  expect(formatFindings([one])).toBe("a.ts:3  any  the type `any`\n    → Use unknown.");
});

describe("directions", () => {
  const WIRE = "packages/dingtalk/src/wire/message.ts";
  const CORE = "packages/core/src/index.ts";
  test.each([
    ["wire imports core", WIRE, 'import { open } from "@openclaw-china/core";', ["direction:1"]],
    ["wire imports types of core", WIRE, 'import type { A } from "@openclaw-china/core";', ["direction:1"]],
    ["wire imports the channel", WIRE, '\nimport { channel } from "../channel.ts";', ["direction:2"]],
    ["wire re-exports the channel", WIRE, 'export * from "../channel.ts";', ["direction:1"]],
    ["wire names a type of the channel in place", WIRE, 'export type A = import("../channel.ts").A;', ["direction:1"]],
    ["wire imports node", WIRE, 'import { x } from "node:crypto";', []],
    [
      "core imports a sibling",
      CORE,
      'import { channel } from "@openclaw-china/dingtalk";',
      ["platform-name:1", "sibling:1"],
    ],
    ["core reaches into a sibling", CORE, 'import { a } from "../../other/src/index.ts";', ["leaves-package:1"]],
    ["an unknown dependency", CORE, 'import axios from "axios";', ["dependency:1"]],
    ["types of an unknown dependency", CORE, 'import type axios from "axios";', []],
    ["the host at run time", CORE, 'import { plugin } from "openclaw/plugin-sdk";', ["host-import:1"]],
    ["the host loaded late", CORE, 'export const load = () => import("openclaw/plugin-sdk");', ["host-import:1"]],
    ["types of the host", CORE, 'import type { Plugin } from "openclaw/plugin-sdk";', []],
  ])("%s", (_name, path, text, want) => {
    expect(foundIn(path, text).toSorted()).toEqual(want);
  });

  test("a part may take types where only types are allowed", () => {
    const config = JSON.parse(CLEAN["tree.json"] ?? "") as { channels: { dingtalk: { later: string[] } } };
    config.channels.dingtalk.later.push("outbound/send.ts", "inbound/normalise.ts");
    const files = {
      "tree.json": JSON.stringify(config),
      "packages/dingtalk/src/inbound/normalise.ts": "export type A = string; export const a = 1;",
    };
    const send = "packages/dingtalk/src/outbound/send.ts";
    const unknown: string[] = [];
    expect(found({ ...files, [send]: 'import type { A } from "../inbound/normalise.ts";' })).toEqual(unknown);
    expect(found({ ...files, [send]: 'import { a } from "../inbound/normalise.ts";' })).toEqual([
      `direction ${send}:1`,
    ]);
  });
});

test("the door for config blocks is open to the parts that name it, and to no part that may import all", () => {
  const config = JSON.parse(CLEAN["tree.json"] ?? "") as {
    channels: { dingtalk: { later: string[] } };
    packages: { dingtalk: { siblings: string[] } };
    directions: Record<string, string[]>;
  };
  config.channels.dingtalk.later.push("config.ts");
  config.packages.dingtalk.siblings.push("core/internal/config");
  config.directions["config"] = ["core/internal/config"];
  const files = { "tree.json": JSON.stringify(config) };
  const text = 'import { block } from "@openclaw-china/core/internal/config";';
  expect(found({ ...files, "packages/dingtalk/src/config.ts": text })).toEqual([]);
  const channel = "packages/dingtalk/src/channel.ts";
  expect(found({ ...files, [channel]: text })).toEqual([`direction ${channel}:1`]);
});

describe("files", () => {
  test("one that every channel has is missing", () => {
    const path = "packages/dingtalk/src/wire/message.ts";
    expect(found({ "packages/dingtalk/src/channel.ts": "export const channel = 1;" }, [path])).toEqual([
      `missing-file ${path}:1`,
    ]);
  });
  test("one that no list knows", () => {
    const path = "packages/dingtalk/src/extra.ts";
    expect(found({ [path]: "" })).toEqual([`unlisted-file ${path}:1`]);
  });
  test("one that comes later", () => {
    expect(found({ "packages/dingtalk/src/robot.ts": "" })).toEqual([]);
  });
  test("a wiring file that is too long", () => {
    const path = "packages/dingtalk/src/channel.ts";
    expect(found({ [path]: "export const channel = [\n1,\n2,\n3,\n4,\n];" })).toEqual([`too-long ${path}:5`]);
  });
  test("a name that says nothing", () => {
    expect(found({ "apps/gateway/src/utils/load.ts": "" })).toEqual(["vague-name apps/gateway/src/utils/load.ts:1"]);
  });
});

describe("platform names in core", () => {
  const path = "packages/core/src/index.ts";
  test.each([
    ["in a string", 'export const a = "DingTalk";', ["platform-name:1"]],
    ["in a template", "export const a = (b: string): string => `${b} dingtalk`;", ["platform-name:1"]],
    ["in a name", "export const dingtalkUrl = 1;", ["platform-name:1"]],
    ["in a comment", "/** For example {@link dingtalk}. */\nexport const a = 1; // dingtalk", []],
  ])("%s", (_name, text, want) => {
    expect(foundIn(path, text)).toEqual(want);
  });

  test("an exception is needed, and no longer than it is", () => {
    const exceptions = [{ file: path, rule: "platform-name", text: "dingtalk", why: "an example" }];
    const config = JSON.stringify({ ...(JSON.parse(CLEAN["tree.json"] ?? "") as object), exceptions });
    expect(found({ "tree.json": config, [path]: 'export const a = "dingtalk";' })).toEqual([]);
    expect(found({ "tree.json": config })).toEqual(["stale-exception scripts/tree.json:1"]);
  });
});

describe("entries", () => {
  const source = { "@openclaw-china/source": "./src/index.ts", ...entry("index") };
  test.each([
    [
      "built, but not exported",
      "tsup.config.ts",
      'export default [{ entry: ["src/index.ts"] }, { entry: ["src/more.ts"] }];',
      "tsup.config.ts",
    ],
    ["exported, but not built", "tsup.config.ts", "export default { entry: [] };", "package.json"],
    [
      "the source condition is missing",
      "package.json",
      manifest("dingtalk", { exports: { ".": entry("index") } }),
      undefined,
    ],
    [
      "the source condition is published",
      "package.json",
      manifest("dingtalk", { publishConfig: { exports: { ".": source } } }),
      "package.json",
    ],
  ])("%s", (_name, file, text, where) => {
    const findings = found({ [`packages/dingtalk/${file}`]: text });
    expect(findings).toContain(`exports packages/dingtalk/${where ?? "package.json"}:1`);
  });
  test("a private package has no such duties", () => {
    expect(found({ "packages/dingtalk/package.json": manifest("dingtalk", { private: true, exports: {} }) })).toEqual(
      [],
    );
  });
  test("a README is missing, sideEffects is not false", () => {
    const changes = { "packages/core/package.json": manifest("core", { sideEffects: true }) };
    expect(found(changes, ["packages/core/README.md"])).toEqual([
      "manifest packages/core/package.json:1",
      "manifest packages/core/README.md:1",
    ]);
  });
  test.each([
    [
      "a static import of ws behind an entry",
      'import { WebSocket } from "ws";\nexport const open = WebSocket;',
      ["reach:1", "reach:1"],
    ],
    [
      "a list of inline types still loads the module",
      'import { type WebSocket } from "ws";\nexport const open = (a: WebSocket): WebSocket => a;',
      ["reach:1", "reach:1"],
    ],
  ])("%s", (_name, text, want) => {
    expect(foundIn("packages/core/src/socket.ts", text)).toEqual(want);
  });
});

describe("code", () => {
  test.each([
    ["a module-level let", "let a = 1;\nexport const b = (): number => a++;", ["module-state:1"]],
    ["a module-level empty Map", "export const a: Map<string, string> = new Map();", ["module-state:1"]],
    ["a module-level table", 'export const a: ReadonlySet<string> = new Set(["x"]);', []],
    ["a Map of a function's own", "export const a = (): unknown => { const b = new Map(); return b; };", []],
    ["any", "export const a = (b: any): unknown => b;", ["any:1"]],
    ["an empty catch", "export function a(): void {\n  try { a(); } catch {}\n}", ["empty-catch:2"]],
    ["a catch with a reason", "export function a(): void {\n  try { a(); } catch { /* gone already */ }\n}", []],
    ["console", 'export const a = (): void => console.log("x");', ["console:1"]],
    ["a logger called console", "export const a = (b: { console: number }): number => b.console;", []],
    ["the environment", 'export const a = (): unknown => process.env["A"];', ["environment:1"]],
    [
      "a signature compared",
      "export const a = (msgSignature: string, b: string): boolean => msgSignature === b;",
      ["signature-compare:1"],
    ],
    [
      "a member compared",
      "export const a = (q: { sign: string }, b: string): boolean => b !== q.sign;",
      ["signature-compare:1"],
    ],
    [
      "a quoted member compared",
      'export const a = (q: Record<string, string>, b: string): boolean => b === q["signature"];',
      ["signature-compare:1"],
    ],
    ["a signature that is absent", "export const a = (signature?: string): boolean => signature === undefined;", []],
    ["a design compared", "export const a = (design: string, b: string): boolean => design === b;", []],
  ])("%s", (_name, text, want) => {
    expect(foundIn("packages/core/src/index.ts", text)).toEqual(want);
  });
  test("an app may print and read the environment, a script may keep state", () => {
    expect(foundIn("apps/gateway/src/main.ts", "console.log(process.env.HOME);")).toEqual([]);
    expect(foundIn("scripts/a.ts", "let a = 1;\na++;")).toEqual([]);
  });
});

describe("size", () => {
  const lines = (count: number): string => "  work();\n".repeat(count);
  const path = "apps/gateway/src/a.ts";
  test.each([
    ["a long file", `// x\n`.repeat(31), ["size:30"]],
    ["a long function", `\nfunction a() {\n${lines(9)}}`, ["size:2"]],
    ["a long method", `const a = {\n  run() {\n${lines(9)}  },\n};`, ["size:2"]],
    ["a long arrow", `const a = () => {\n${lines(9)}};`, ["size:1"]],
    [
      "a factory is not its members",
      `function a() {\n  return { b() {\n${lines(7)}  }, c() {\n${lines(2)}  } };\n}`,
      [],
    ],
    [
      "all members together have a bound",
      `function a() {\n  return { b() {\n${lines(8)}  }, c() {\n${lines(8)}  } };\n}`,
      ["size:1"],
    ],
    ["a callback belongs to the function around it", `function a() {\n  work(() => {\n${lines(8)}  });\n}`, ["size:1"]],
    ["a decoder", `function a(b) {\n  switch (b) {\n${"    case 1: return 1;\n".repeat(10)}  }\n}`, []],
    ["parameters", "function a(b, c, d) {}", ["size:1"]],
    ["imports", 'import "a1";\nimport "a2";\nimport "a3";\nimport "a4";', ["size:1"]],
    [
      "re-exports of an index",
      'export * from "a1";\nexport * from "a2";\nexport * from "a3";\nexport * from "a4";',
      [],
    ],
  ])("%s", (_name, text, want) => {
    expect(foundIn(path, text)).toEqual(want);
  });
});
