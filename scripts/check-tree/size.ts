/** Limits of size: lines of files and functions, parameters, imports. */
import ts from "typescript";
import type { Finding } from "./finding.ts";
import { lineOf, type Source, type Tree, walk } from "./tree.ts";
import type { Limits } from "./config.ts";

/**
 * Rule 6. A function's own lines do not include those of named functions inside of it (the members of what it makes), which
 * are measured themselves; all together have a bound as well. A decoder that is mostly one `switch` may be longer.
 */
export function checkSize(tree: Tree): Finding[] {
  return tree.sources.flatMap((source) => checkSourceSize(source, tree.config.limits));
}

/** The same for one file. */
export function checkSourceSize(source: Source, limits: Limits): Finding[] {
  const found: Finding[] = [];
  const report: Report = (line, message, fix) => {
    found.push({ file: source.path, line, rule: "size", message, fix });
  };
  const lines = source.text.trimEnd().split("\n").length;
  const most = /\.test\.tsx?$/.test(source.path) ? limits.testFileLines : limits.fileLines;
  if (lines > most) report(most, `${lines} lines, at most ${most}`, "Split it by what its parts do.");
  const modules = new Set(source.imports.filter((one) => one.kind === "import").map((one) => one.specifier)).size;
  if (modules > limits.imports)
    report(1, `${modules} imports, at most ${limits.imports}`, "It knows too much: move a step out.");
  walk(source.ast, (node) => {
    if (isFunction(node)) checkFunction({ ast: source.ast, node, limits, report });
  });
  return found;
}

type Report = (line: number, message: string, fix: string) => void;
type FunctionNode = ts.FunctionLikeDeclaration & { readonly body: ts.Node };

interface Case {
  readonly ast: ts.SourceFile;
  readonly node: FunctionNode;
  readonly limits: Limits;
  readonly report: Report;
}

function checkFunction({ ast, node, limits, report }: Case): void {
  const line = lineOf(ast, node);
  const name = nameOf(node);
  const { length: parameters } = node.parameters;
  if (parameters > limits.parameters)
    report(line, `${name} has ${parameters} parameters, at most ${limits.parameters}`, "Take one options object.");
  if (!isMeasured(node)) return;
  const total = linesOf(ast, node);
  const own = total - innerLines(ast, node.body);
  const most = isDecoder(ast, node) ? limits.decoderLines : limits.functionLines;
  if (own > most)
    report(line, `${name} has ${own} lines of its own, at most ${most}`, "One function, one level: name its steps.");
  if (total > limits.factoryLines)
    report(
      line,
      `${name} has ${total} lines with all its members, at most ${limits.factoryLines}`,
      "Give what its members share a factory of its own.",
    );
}

function isFunction(node: ts.Node): node is FunctionNode {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

function linesOf(ast: ts.SourceFile, node: ts.Node): number {
  return ast.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(ast, node);
}

/** Lines of the functions inside that are measured themselves: a factory is not its members. */
function innerLines(ast: ts.SourceFile, node: ts.Node): number {
  let lines = 0;
  node.forEachChild((child) => {
    lines += isFunction(child) && isMeasured(child) ? linesOf(ast, child) : innerLines(ast, child);
  });
  return lines;
}

/** Declared, bound to a name, or the body of a test. Other callbacks belong to the function around them. */
function isMeasured(node: ts.Node): boolean {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return true;
  const { parent } = node;
  if (ts.isCallExpression(parent))
    return /^(test|it|describe)\b/.test(parent.expression.getText()) && ts.isExpressionStatement(parent.parent);
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
}

function nameOf(node: FunctionNode): string {
  const { parent } = node;
  const named =
    node.name ?? (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined);
  return named?.getText() ?? "a function";
}

function isDecoder(ast: ts.SourceFile, node: FunctionNode): boolean {
  if (!ts.isBlock(node.body)) return false;
  const switched = node.body.statements.find((statement) => ts.isSwitchStatement(statement));
  return switched !== undefined && linesOf(ast, switched) >= 0.8 * linesOf(ast, node);
}
