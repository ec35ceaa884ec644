/** What the documents say is true of the code: blocks compile, links lead somewhere, tables and commands agree. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../apps/gateway/src/config/resolve.ts";
import { runCli } from "../../apps/gateway/src/cli/program.ts";
import { compileBlocks } from "../docs/compile.ts";
import { PAGES, withTable } from "../docs/error-table.ts";
import { type Page, readPage, readPages, sectionsOf, tableOf } from "../docs/markdown.ts";
import { exportsOf, membersOf } from "../docs/surface.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = readPages(root);
const page = (path: string): Page => {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
};
const blocks = pages.flatMap((one) => one.blocks);

/** Pages that every reader needs in both languages. */
const TWINS = [
  "README.md",
  "apps/gateway/README.md",
  "docs/configuration.md",
  "docs/dingtalk.md",
  "docs/wecom.md",
  "docs/feishu.md",
  "docs/gateway.md",
  "packages/core/README.md",
  "packages/dingtalk/README.md",
  "packages/wecom/README.md",
  "packages/feishu/README.md",
  "packages/testkit/README.md",
];

describe("code blocks", () => {
  test("every ts block compiles against the sources, under the strict flags", { timeout: 120_000 }, () => {
    const code = blocks.filter(({ language }) => language === "ts");
    expect(code.length).toBeGreaterThan(10);
    expect(compileBlocks(root, code)).toEqual([]);
  });

  test("a block that does not compile is told by page and line", { timeout: 120_000 }, () => {
    const { blocks: wrong } = readPage(
      "PAGE.md",
      "# Title\n\n```ts\nconst fine = 1;\nexport const bad: string = fine;\n```\n",
    );
    expect(compileBlocks(root, wrong)).toEqual(["PAGE.md:5: Type 'number' is not assignable to type 'string'."]);
  });

  const configs = blocks.filter(({ language, code }) => language === "json5" && code.includes('"channels"'));
  test("there are configs to check", () => expect(configs.length).toBeGreaterThan(4));
  test.each(configs)("the config of $page:$line is one the gateway takes", ({ code }) => {
    const valueOf = (name: string): string => (name.endsWith("AES_KEY") ? "k".repeat(43) : `value-of-${name}`);
    const named = [...code.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => [name, valueOf(name)] as const);
    const credentials = ["DINGTALK_APP_KEY", "DINGTALK_APP_SECRET", "OPENAI_API_KEY"].map(
      (name) => [name, name] as const,
    );
    const env = Object.fromEntries([...credentials, ...named]);
    const given = JSON.parse(code) as { readonly channels: object };
    const resolved = resolveConfig(given, { env, secrets: { file: "", values: {}, warnings: [] } });
    expect(new Set(resolved.channels.map(({ id }) => id))).toEqual(new Set(Object.keys(given.channels)));
    expect(resolved.routes.map(({ agent }) => agent)).toContain("main");
    expect(resolved.warnings).toEqual([]);
  });

  test("both READMEs show the canonical block, unchanged", () => {
    const [english, chinese] = ["README.md", "README.zh-CN.md"].map((path) => {
      const code = page(path).blocks.find(({ language }) => language === "json5")?.code ?? "{}";
      return (JSON.parse(code) as { readonly channels: unknown }).channels;
    });
    expect(english).toEqual(CANONICAL);
    expect(chinese).toEqual(CANONICAL);
  });
});

const CANONICAL = {
  dingtalk: {
    enabled: true,
    mode: "stream",
    app_key: "${DINGTALK_APP_KEY}",
    app_secret: "${DINGTALK_APP_SECRET}",
    respond_to_mentions: true,
    respond_to_private: true,
    default_agent: "main",
    group_routing: {
      mention_only: true,
      keyword_routes: { report: "reporting-agent", translate: "translation-agent" },
      default_agent: "main",
    },
  },
};

describe("links", () => {
  test("relative links lead to files and headings that exist", () => {
    const byPath = new Map(pages.map((one) => [one.path, one]));
    const broken = pages.flatMap(({ path, links }) =>
      links
        .filter(({ target }) => !/^[a-z]+:/.test(target))
        .filter(({ target }) => {
          const [file = "", anchor] = target.split("#");
          const to = file === "" ? path : posix.join(posix.dirname(path), decodeURI(file));
          if (!existsSync(join(root, to))) return true;
          return anchor !== undefined && byPath.get(to)?.anchors.has(decodeURI(anchor)) !== true;
        })
        .map(({ target, line }) => `${path}:${line}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test.each(TWINS)("%s and its Chinese twin exist and link to each other", (path) => {
    const twin = path.replace(/\.md$/, ".zh-CN.md");
    const linksOf = (from: string): string[] => page(from).links.map(({ target }) => target);
    expect(linksOf(path)).toContain(basename(twin));
    expect(linksOf(twin)).toContain(basename(path));
  });

  test("every Chinese page is the twin of an English one", () => {
    const twins = TWINS.map((path) => path.replace(/\.md$/, ".zh-CN.md"));
    expect(pages.map(({ path }) => path).filter((path) => path.endsWith(".zh-CN.md"))).toEqual(
      expect.arrayContaining(twins),
    );
    const lonely = pages.filter(({ path }) => path.endsWith(".zh-CN.md") && !twins.includes(path));
    expect(lonely.map(({ path }) => path)).toEqual([]);
  });

  test("source files named in the architecture exist", () => {
    const names = new Set(
      globSync("{packages,apps,scripts}/**/*.ts", { cwd: root, exclude: ["**/node_modules/**"] }).map((path) =>
        basename(path),
      ),
    );
    const named = page("docs/architecture.md").text.match(/\b[a-z][a-z-]*\.ts\b/g) ?? [];
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe("commands", () => {
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };

  test("scripts that pages name exist", () => {
    const named = pages.flatMap(({ text }) => [
      ...[...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name]) => name),
      ...[...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name),
      ...[...text.matchAll(/\bpnpm (?:run )?(bench|test|lint|format|release)\b/g)].map(([, name]) => name),
    ]);
    expect(new Set(named)).toEqual(new Set(["start", "test", "test:e2e", "gateway", "bench", "lint", "format"]));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  test("the gateway has the commands and options that pages name", async () => {
    const help = async (...args: readonly string[]): Promise<string> => {
      const lines: string[] = [];
      const say = (line: string): void => void lines.push(line);
      await runCli([...args, "--help"], { out: say, err: say });
      return lines.join("\n");
    };
    const commands = [...(await help()).matchAll(/^ {2}(\w+)(?: \[options\])?(?: <\w+>)* {2,}\S/gm)].map(
      ([, name]) => name,
    );
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/(?:`gateway|npm run gateway --|npx @openclaw-china\/gateway) (\w+)/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(commands).toEqual(expect.arrayContaining([...new Set(named)]));
    expect(await help("check")).toContain("--online");
    for (const command of ["start", "check", "why", "send"]) expect(await help(command)).toContain("--config");
    for (const command of ["start", "demo"]) expect(await help(command)).toContain("--port");
  });
});

describe("tables", () => {
  const entries = [
    "core/src/index.ts",
    "dingtalk/src/index.ts",
    "wecom/src/index.ts",
    "testkit/src/index.ts",
    "testkit/src/contracts.ts",
  ];
  const exported = new Map(entries.flatMap((entry) => [...exportsOf(join(root, "packages", entry))]));
  const described = ["docs/api.md", "docs/testing.md"].flatMap((path) =>
    sectionsOf(page(path).text)
      .map(({ title, body }) => ({ path, name: /^`(\w+)`$/.exec(title)?.[1] ?? "", body }))
      .filter(({ name }) => name !== ""),
  );

  test.each(described)("$path: the table of $name has its members, and no others", ({ name, body }) => {
    const file = exported.get(name);
    expect(file, `${name} is exported`).toBeDefined();
    const listed = tableOf(body).flatMap(([first = ""]) => [...first.matchAll(/`(\w+)`/g)].map(([, member]) => member));
    expect(new Set(listed)).toEqual(membersOf(file ?? "", name));
    expect(listed.length, "each once").toBe(new Set(listed).size);
  });

  test("every exported name is on one of the pages", () => {
    const text = ["docs/api.md", "docs/testing.md"].map((path) => page(path).text).join("\n");
    const words = new Set(text.match(/\w+/g));
    expect(described.length).toBeGreaterThan(30);
    const missing = [...exported.keys()].filter((name) => !words.has(name));
    expect(missing).toEqual([]);
  });

  test("error codes of core", () => {
    const declared = /type ErrorCode =([^;]+);/.exec(read("packages/core/src/errors.ts"))?.[1] ?? "";
    const codes = [...declared.matchAll(/"(\w+)"/g)].map(([, code]) => code);
    const section = sectionsOf(page("docs/api.md").text).find(({ title }) => title === "Errors")?.body ?? "";
    const rows = tableOf(section.slice(section.indexOf("| `ErrorCode`")));
    const listed = rows.flatMap(([first = ""]) => [...first.matchAll(/`(\w+)`/g)].map(([, code]) => code));
    expect(codes.length).toBeGreaterThan(10);
    expect(new Set(listed)).toEqual(new Set(codes));
  });

  /** `node --conditions=@openclaw-china/source scripts/docs/error-table.ts` writes them anew. */
  test.each(PAGES)("the error codes of %s are those of the catalogue", (path, language) => {
    expect(page(path).text).toBe(withTable(page(path).text, language));
  });

  test("records of decisions are numbered, listed, and have their three parts", () => {
    const records = pages.filter(({ path }) => /^docs\/decisions\/\d{4}-[\w-]+\.md$/.test(path));
    const index = page("docs/decisions/README.md");
    expect(records.length).toBeGreaterThan(5);
    expect(tableOf(index.text).map(([first]) => first)).toEqual(
      records.map(({ path }) => `[${basename(path).slice(0, 4)}](${basename(path)})`),
    );
    for (const { path, text } of records) {
      expect(text, path).toMatch(new RegExp(`^# ${basename(path).slice(0, 4)}: `));
      expect(
        sectionsOf(text)
          .slice(1)
          .map(({ title }) => title),
        path,
      ).toEqual(["Context", "Decision", "Consequences"]);
    }
  });
});

test("changesets name packages that are published, and those share one version", () => {
  const manifests = globSync("{packages,apps}/*/package.json", { cwd: root }).map(
    (path) => JSON.parse(read(path)) as { readonly name: string; readonly private?: boolean; readonly version: string },
  );
  const published = manifests.filter((one) => one.private !== true);
  const config = JSON.parse(read(".changeset/config.json")) as { readonly fixed: readonly (readonly string[])[] };
  expect(new Set(config.fixed.flat())).toEqual(new Set(published.map(({ name }) => name)));
  expect(new Set(published.map(({ version }) => version)).size).toBe(1);
  for (const path of globSync(".changeset/*.md", { cwd: root })) {
    const named = [...(read(path).split("---")[1] ?? "").matchAll(/^"(.+)": (?:patch|minor|major)$/gm)];
    expect(named.length, path).toBeGreaterThan(0);
    for (const [, name] of named) expect(config.fixed.flat(), path).toContain(name);
  }
});

test("no page names a folder of the machine it was written on", () => {
  const own = new RegExp(`${dirname(root)}/|/home/|/root/|/Users/`);
  expect(pages.filter(({ text }) => own.test(text)).map(({ path }) => path)).toEqual([]);
});
