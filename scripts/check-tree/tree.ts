/** Reads the tree once: sources with their syntax and imports, packages with manifest and build entries. Rules only look at this. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import type { TreeConfig } from "./config.ts";

/** One import or re-export of a module. */
export interface Import {
  readonly specifier: string;
  /** For relative specifiers: the file, relative to the root. */
  readonly target?: string;
  readonly line: number;
  /** `import type …`. A list of inline `type` names is not: it still loads the module. */
  readonly typeOnly: boolean;
  /** `import("…")`. */
  readonly dynamic: boolean;
  /** `type` for `import("…").Name` in a type. */
  readonly kind: "import" | "export" | "call" | "type";
}

export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
}

export interface Package {
  /** For example `packages/core`. */
  readonly dir: string;
  /** The folder's name, for example `core`. */
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  /** `src/…`; undefined where there is no tsup.config.ts. */
  readonly entries: readonly string[] | undefined;
}

export interface Tree {
  readonly root: string;
  readonly config: TreeConfig;
  readonly sources: readonly Source[];
  readonly packages: readonly Package[];
}

const AREAS = ["packages", "apps", "tests", "e2e", "examples", "bench", "scripts"];
const SKIPPED = new Set(["node_modules", "dist", "vectors", "coverage", ".turbo"]);

/** Everything below the workspace's folders. */
export function readTree(root: string, config: TreeConfig): Tree {
  const files = AREAS.flatMap((area) => list(root, area)).filter(
    (path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"),
  );
  const sources = files.map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
  return { root, config, sources, packages: readPackages(root) };
}

/** Parses one file. */
export function readSource(path: string, text: string): Source {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, ast, imports: importsOf(ast, path) };
}

/** The line (from 1) where a node starts, without its comments. */
export function lineOf(ast: ts.SourceFile, node: ts.Node): number {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

/** Calls `visit` for every node. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

function list(root: string, path: string): string[] {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full)
    .filter((name) => !SKIPPED.has(name))
    .toSorted()
    .flatMap((name) => list(root, posix.join(path, name)));
}

function importsOf(ast: ts.SourceFile, path: string): Import[] {
  const found: Import[] = [];
  walk(ast, (node) => {
    const seen = importAt(node);
    if (seen === undefined || !ts.isStringLiteralLike(seen.name)) return;
    const { text } = seen.name;
    const target = text.startsWith(".") ? { target: posix.join(posix.dirname(path), text) } : {};
    const { kind, typeOnly } = seen;
    found.push({ specifier: text, ...target, line: lineOf(ast, node), kind, typeOnly, dynamic: kind === "call" });
  });
  return found;
}

interface Seen {
  readonly kind: Import["kind"];
  readonly name: ts.Node;
  readonly typeOnly: boolean;
}

function importAt(node: ts.Node): Seen | undefined {
  if (ts.isImportDeclaration(node)) {
    return { kind: "import", name: node.moduleSpecifier, typeOnly: node.importClause?.isTypeOnly === true };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { kind: "export", name: node.moduleSpecifier, typeOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [name] = node.arguments;
    return name === undefined ? undefined : { kind: "call", name, typeOnly: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { kind: "type", name: node.argument.literal, typeOnly: true };
  }
  return undefined;
}

function readPackages(root: string): Package[] {
  const base = join(root, "packages");
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .toSorted()
    .filter((folder) => existsSync(join(base, folder, "package.json")))
    .map((folder) => ({
      dir: `packages/${folder}`,
      folder,
      manifest: JSON.parse(readFileSync(join(base, folder, "package.json"), "utf8")) as Record<string, unknown>,
      entries: entriesOf(join(base, folder, "tsup.config.ts")),
    }));
}

/** The string literals of every `entry: […]` in a tsup config. */
function entriesOf(file: string): string[] | undefined {
  if (!existsSync(file)) return undefined;
  const ast = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const entries: string[] = [];
  walk(ast, (node) => {
    if (
      !ts.isPropertyAssignment(node) ||
      node.name.getText(ast) !== "entry" ||
      !ts.isArrayLiteralExpression(node.initializer)
    )
      return;
    for (const element of node.initializer.elements) if (ts.isStringLiteralLike(element)) entries.push(element.text);
  });
  return entries;
}
