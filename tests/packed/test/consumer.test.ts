/** The packed packages in an empty project: every way to import them, every compiler, and programs that run. */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDingTalkSimulator } from "@openclaw-china/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../src/bundle.ts";
import { type Compilation, compile } from "../src/compile.ts";
import { createProject, type Project } from "../src/project.ts";
import { node, outputOf } from "../src/run.ts";
import { readJson } from "../src/tarballs.ts";

const SETUP_TIMEOUT_MS = 180_000;

let project: Project;
beforeAll(async () => {
  project = await createProject();
}, SETUP_TIMEOUT_MS);
afterAll(() => project[Symbol.dispose]());

/** What a script says as JSON on its last line. */
async function saidBy(...args: readonly string[]): Promise<unknown> {
  const lines = (await outputOf(node(args, { cwd: project.folder }))).trim().split("\n");
  return JSON.parse(lines.at(-1) ?? "") as unknown;
}

/** Every subpath a user may import. The contract suites run inside of vitest only. */
function entries(): string[] {
  return ["core", "dingtalk", "wecom", "feishu", "testkit"].flatMap((name) => {
    const { exports } = readJson(project.at(`node_modules/@openclaw-china/${name}/package.json`)) as {
      exports: object;
    };
    return Object.keys(exports)
      .filter((path) => path !== "./package.json" && path !== "./contracts")
      .map((path) => `@openclaw-china/${name}${path.slice(1)}`);
  });
}

describe("import and require", () => {
  const expected = expect.objectContaining({
    "@openclaw-china/core": [
      "ChannelError",
      "createBot",
      "memoryState",
      "parseAddress",
      "prometheusText",
      "sqliteState",
      "toNodeHandler",
    ],
    "@openclaw-china/core/internal": expect.arrayContaining(["channelError", "openSocket"]),
    "@openclaw-china/core/internal/config": expect.arrayContaining([expect.any(String)]),
    "@openclaw-china/dingtalk": ["createDingTalk", "createDingTalkRobot"],
    "@openclaw-china/dingtalk/config": expect.arrayContaining([expect.any(String)]),
    "@openclaw-china/feishu": ["createFeishu", "createFeishuRobot"],
    "@openclaw-china/feishu/config": expect.arrayContaining([expect.any(String)]),
    "@openclaw-china/wecom": ["createWeCom", "createWeComRobot"],
    "@openclaw-china/wecom/config": expect.arrayContaining([expect.any(String)]),
    "@openclaw-china/testkit": expect.arrayContaining(["createDingTalkSimulator", "createWeComSimulator", "fakeClock"]),
  });

  test("import finds every entry", async () => {
    expect(await saidBy("imports.mjs", ...entries())).toEqual(expected);
  });

  test("require() finds the same: nothing awaits at its top level", async () => {
    const required = (await saidBy("requires.cjs", ...entries())) as Record<string, string[]>;
    const named = Object.entries(required).map(([name, names]) => [
      name,
      names.filter((one) => one !== "__esModule" && one !== "module.exports"),
    ]);
    expect(Object.fromEntries(named)).toEqual(expected);
  });

  test("importing loads none of Node's HTTP, and not its fetch client", async () => {
    expect(
      await saidBy("light.mjs", "@openclaw-china/core", "@openclaw-china/dingtalk", "@openclaw-china/wecom"),
    ).toEqual([]);
  });

  test("sending loads no ws", async () => {
    await using sim = await createDingTalkSimulator();
    const lin = sim.user("Lin");
    expect(await saidBy("send-only.mjs", JSON.stringify(sim.app), lin.id)).toEqual({
      channel: "dingtalk",
      sentAt: "number",
    });
    expect((await lin.screen().next()).text).toBe("The report is out.");
  });
});

describe("TypeScript", () => {
  beforeAll(() => {
    for (const name of ["types.mts", "types.cts"]) copyFileSync(project.at("types.ts"), project.at(name));
  });
  const cases: readonly Compilation[] = [
    { compiler: "typescript-7", module: "nodenext", files: ["types.mts", "types.cts", "echo.mts"] },
    { compiler: "typescript-7", module: "bundler", files: ["types.ts"] },
    { compiler: "typescript", module: "nodenext", files: ["types.mts", "types.cts", "echo.mts"], skipLibCheck: true },
    { compiler: "typescript", module: "bundler", files: ["types.ts"], skipLibCheck: true },
  ];
  test.each(cases)("$compiler, $module", async (of) => {
    const { code, stdout } = await compile(project, of);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  test("a mistake is refused", async () => {
    writeFileSync(
      project.at("mistake.mts"),
      'import { createDingTalk } from "@openclaw-china/dingtalk";\ncreateDingTalk({ appkey: "ding" });\n',
    );
    const { code, stdout } = await compile(project, {
      compiler: "typescript-7",
      module: "nodenext",
      files: ["mistake.mts"],
    });
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/mistake\.mts\(2,18\): error TS\d+:.*'appkey'/);
  });
});

describe("programs", () => {
  test("the smallest program compiles, and answers on the simulator", async () => {
    const of: Compilation = { compiler: "typescript-7", module: "nodenext", files: ["echo.mts"], emit: true };
    const { code, stdout } = await compile(project, of);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(await outputOf(node(["supply.mjs", "./echo.mjs"], { cwd: project.folder }))).toBe("You said: hello\n");
  });

  test("a bot in CommonJS remembers in a SQLite file", async () => {
    expect(await saidBy("durable.cjs")).toEqual(["Visit 1.", "Visit 2."]);
  });
});

describe("two copies of core", () => {
  test("know each other's errors and take each other's types", async () => {
    const copy = project.at("node_modules/second-copy");
    mkdirSync(copy);
    writeFileSync(
      project.at("node_modules/second-copy/package.json"),
      JSON.stringify({ name: "second-copy", type: "module", exports: "./index.js" }),
    );
    for (const name of ["index.js", "index.d.ts"]) {
      writeFileSync(project.at("node_modules/second-copy", name), 'export * from "@openclaw-china/core";\n');
    }
    cpSync(
      project.at("node_modules/@openclaw-china/core"),
      project.at("node_modules/second-copy/node_modules/@openclaw-china/core"),
      { recursive: true },
    );
    const of: Compilation = { compiler: "typescript-7", module: "nodenext", files: ["copies.mts"], emit: true };
    const { code, stdout } = await compile(project, of);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(await saidBy("copies.mjs")).toEqual({
      copies: 2,
      codes: ["config_invalid", "config_invalid"],
      strangers: ["a stranger", "a stranger"],
    });
  });
});

describe.each(["cjs", "esm"] as const)("a bundle in %s", (format) => {
  test("keeps its state in a SQLite file when the thread's file is beside it, and says so when it is not", async () => {
    const { file } = await bundle(project, { entry: "bundled.mjs", format });
    const beside = join(file, "../sqlite-thread.js");
    rmSync(beside, { force: true });
    expect(await saidBy(file)).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("sqlite-thread.js"),
      fix: { en: expect.stringContaining("beside the bundle"), zh: expect.any(String) },
    });
    copyFileSync(project.at("node_modules/@openclaw-china/core/dist/state/sqlite-thread.js"), beside);
    expect(await saidBy(file)).toEqual({ value: "dingtalk" });
  });
});
