/** The files a channel package has, names that say nothing, and platform names in core. */
import ts from "typescript";
import type { Finding } from "./finding.ts";
import { lineOf, type Source, type Tree, walk } from "./tree.ts";

/** Rule 3: each channel has the files of tree.json and no others. Files that come later are allowed. */
export function checkFiles(tree: Tree): Finding[] {
  return Object.entries(tree.config.channels).flatMap(([folder, { files, later, maxLines }]) => {
    const base = `packages/${folder}/src/`;
    const present = tree.sources.filter(({ path }) => path.startsWith(base));
    const names = new Set(present.map(({ path }) => path.slice(base.length)));
    const missing = files
      .filter((name) => !names.has(name))
      .map((name) =>
        finding(
          base + name,
          1,
          "missing-file",
          "this file of every channel is missing",
          "Write it, or move it under `later` in scripts/tree.json.",
        ),
      );
    const extra = [...names]
      .filter((name) => !files.includes(name) && !later.includes(name))
      .map((name) =>
        finding(
          base + name,
          1,
          "unlisted-file",
          "this file is not in scripts/tree.json",
          "Use the place the other channels use, or list it there.",
        ),
      );
    const long = present.flatMap((source) => checkLength(source, maxLines?.[source.path.slice(base.length)]));
    return [...missing, ...extra, ...long];
  });
}

function checkLength({ path, text }: Source, max: number | undefined): Finding[] {
  const lines = text.trimEnd().split("\n").length;
  if (max === undefined || lines <= max) return [];
  return [
    finding(
      path,
      max,
      "too-long",
      `${lines} lines, at most ${max} here`,
      "This file only wires: move decisions where they belong.",
    ),
  ];
}

/** No `utils`, `helpers`, `common`, `misc`: a file is named for the one thing it does. */
export function checkNames(tree: Tree): Finding[] {
  return tree.sources
    .filter(({ path }) =>
      path.split("/").some((part) => tree.config.vagueNames.includes(part.replace(/(\.test)?\.tsx?$/, ""))),
    )
    .map(({ path }) =>
      finding(
        path,
        1,
        "vague-name",
        "the path does not say what is in it",
        "Name file and folder for the one thing they do.",
      ),
    );
}

/** Rule 2: core's code and texts name no platform. Comments may, as an example. */
export function checkPlatformNames(tree: Tree): Finding[] {
  const pattern = new RegExp(tree.config.platformNames.words.join("|"), "i");
  return tree.sources
    .filter(({ path }) => path.startsWith("packages/core/src/"))
    .flatMap((source) =>
      namesIn(source, pattern).map(({ line, text }) =>
        finding(
          source.path,
          line,
          "platform-name",
          `core names a platform: ${around(text, pattern)}`,
          "Core knows channels as data: let the channel pass it in.",
        ),
      ),
    );
}

function around(text: string, pattern: RegExp): string {
  const at = text.search(pattern);
  return text.slice(Math.max(0, at - 20), at + 20);
}

function namesIn({ ast, path }: Source, pattern: RegExp): { readonly line: number; readonly text: string }[] {
  const found: { line: number; text: string }[] = [];
  if (pattern.test(path)) found.push({ line: 1, text: path });
  walk(ast, (node) => {
    const text =
      ts.isIdentifier(node) ||
      ts.isLiteralExpression(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
        ? node.text
        : undefined;
    if (text !== undefined && pattern.test(text) && !inComment(node)) found.push({ line: lineOf(ast, node), text });
  });
  return found;
}

/** Names inside of doc comments are nodes as well. */
function inComment(node: ts.Node): boolean {
  return ts.findAncestor(node, (one) => ts.isJSDoc(one)) !== undefined;
}

interface Said {
  (file: string, line: number, ...said: readonly [rule: string, message: string, fix: string]): Finding;
}

const finding: Said = (file, line, ...[rule, message, fix]) => ({ file, line, rule, message, fix });
