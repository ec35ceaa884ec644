/** The repository's Markdown as data: headings with their anchors, links, code blocks and tables. Rules only look at this. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** One Markdown file. */
export interface Page {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** As links name them: `#setup`, without the hash. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  readonly blocks: readonly Block[];
}

export interface Link {
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** A fenced code block. */
export interface Block {
  readonly page: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  /** What follows the fence: `ts`, `json5`, `sh`. */
  readonly language: string;
  readonly code: string;
}

/** A heading, with the text up to the next one. */
export interface Section {
  readonly title: string;
  readonly body: string;
}

const SKIPPED = new Set(["node_modules", "dist", "CHANGELOG.md"]);
const ROOTS = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs"];
const GROUPS = ["packages", "apps"];

/** Every page a reader may open: the root's, those under docs, and one set per package and app. */
export function readPages(root: string): readonly Page[] {
  const own = GROUPS.flatMap((group) =>
    list(root, group)
      .map((folder) => posix.join(group, folder))
      .flatMap((folder) => list(root, folder).map((name) => posix.join(folder, name))),
  );
  return [...ROOTS.flatMap((path) => markdownIn(root, path)), ...own.filter((path) => path.endsWith(".md"))].map(
    (path) => readPage(path, readFileSync(join(root, path), "utf8")),
  );
}

/** One file's text, read. */
export function readPage(path: string, text: string): Page {
  const prose = withoutCode(text);
  return {
    path,
    text,
    anchors: new Set(anchorsOf(prose)),
    links: linksOf(prose),
    blocks: blocksOf(path, text),
  };
}

/** Headings and what stands under each. */
export function sectionsOf(text: string): readonly Section[] {
  const parts = text.split(/^#{1,6} +(.+)$/m);
  return parts.flatMap((title, at) => (at % 2 === 1 ? [{ title: title.trim(), body: parts[at + 1] ?? "" }] : []));
}

/** Cells of the first table of a text, without its head. */
export function tableOf(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^\|[\s:|-]+\|$/.test(line));
  if (start < 1) return [];
  const rows = lines.slice(start + 1);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end === -1 ? rows.length : end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

function markdownIn(root: string, path: string): string[] {
  if (path.endsWith(".md")) return existsSync(join(root, path)) ? [path] : [];
  return list(root, path).flatMap((name) =>
    name.includes(".") && !name.endsWith(".md") ? [] : markdownIn(root, posix.join(path, name)),
  );
}

function list(root: string, folder: string): string[] {
  const full = join(root, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name) && (entry.isDirectory() || entry.name.endsWith(".md")))
    .map((entry) => entry.name)
    .toSorted();
}

/** Lines inside of fences blanked, so that numbers of lines stay. */
function withoutCode(text: string): string {
  return text.replace(/^( *)(`{3,})[^\n]*\n[\s\S]*?^\1\2 *$/gm, (block) => block.replace(/[^\n]/g, ""));
}

/** As GitHub makes them: lower case, without punctuation, blanks as hyphens, repeated ones numbered. */
function anchorsOf(prose: string): string[] {
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^#{1,6} +(.+?) *#* *$/gm)].map(([, title = ""]) => {
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

function linksOf(prose: string): Link[] {
  return prose.split("\n").flatMap((text, at) => {
    const bare = text.replace(/`[^`]*`/g, (code) => " ".repeat(code.length));
    return [...bare.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(([, target = ""]) => ({ target, line: at + 1 }));
  });
}

function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly fence: string; readonly language: string; readonly line: number } | undefined;
  let code: string[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const found = /^ *(`{3,})(.*)$/.exec(line);
    if (open === undefined) {
      if (found !== null) open = { fence: found[1] ?? "", language: (found[2] ?? "").trim(), line: at + 2 };
    } else if (found?.[1] === open.fence && found[2]?.trim() === "") {
      blocks.push({ page, line: open.line, language: open.language, code: code.join("\n") });
      open = undefined;
      code = [];
    } else {
      code.push(line);
    }
  }
  return blocks;
}
