/** What no source of ours contains: mutable module state, `any`, empty catch blocks, console output, signatures compared by `===`. */
import ts from "typescript";
import type { Finding } from "./finding.ts";
import { lineOf, type Source, type Tree, walk } from "./tree.ts";

type Said = readonly [rule: string, message: string, fix: string];
type Report = (node: ts.Node, ...said: Said) => void;

/** Rule 5. `any` and empty catch everywhere; the rest in sources of packages and apps. */
export function checkCode(tree: Tree): Finding[] {
  return tree.sources.flatMap((source) => checkSource(source, tree.config.environmentReader));
}

/** The same for one file. */
export function checkSource(source: Source, environmentReader: string): Finding[] {
  const found: Finding[] = [];
  const report: Report = (node, rule, message, fix) => {
    found.push({ file: source.path, line: lineOf(source.ast, node), rule, message, fix });
  };
  const inPackage = /^packages\/[^/]+\/src\//.test(source.path);
  const shipped = inPackage || /^apps\/[^/]+\/(src|page)\//.test(source.path);
  if (shipped) for (const statement of source.ast.statements) checkState(statement, report);
  walk(source.ast, (node) => {
    checkAny(node, report);
    checkCatch(node, source, report);
    if (shipped) checkSignature(node, report);
    if (inPackage) checkConsole(node, report);
    if (inPackage && source.path !== environmentReader) checkEnvironment(node, report);
  });
  return found;
}

function checkState(statement: ts.Statement, report: Report): void {
  if (!ts.isVariableStatement(statement)) return;
  const { declarationList } = statement;
  if ((declarationList.flags & ts.NodeFlags.Const) === 0) {
    report(
      statement,
      "module-state",
      "a module-level `let` or `var`",
      "Let a function own it: two accounts and two tests must never meet.",
    );
    return;
  }
  for (const { initializer } of declarationList.declarations) {
    if (initializer === undefined || !ts.isNewExpression(initializer)) continue;
    const name = initializer.expression.getText();
    if (/^(Map|Set|WeakMap|WeakSet)$/.test(name) && (initializer.arguments ?? []).length === 0) {
      report(
        statement,
        "module-state",
        `a module-level empty ${name}`,
        "Let a function own it, with a bound on its size.",
      );
    }
  }
}

function checkAny(node: ts.Node, report: Report): void {
  if (node.kind === ts.SyntaxKind.AnyKeyword) {
    report(node, "any", "the type `any`", "Use `unknown` and parse it once, at the door.");
  }
}

function checkCatch(node: ts.Node, { ast, text }: Source, report: Report): void {
  if (ts.isCatchClause(node) && node.block.statements.length === 0) {
    const inside = text.slice(node.block.getStart(ast) + 1, node.block.end - 1).trim();
    if (inside === "")
      report(
        node,
        "empty-catch",
        "an empty catch block",
        "Handle it, or say in a comment there why nothing is to be done.",
      );
  }
}

function checkConsole(node: ts.Node, report: Report): void {
  const direct =
    ts.isIdentifier(node) &&
    node.text === "console" &&
    ts.isPropertyAccessExpression(node.parent) &&
    node.parent.expression === node;
  if (direct) report(node, "console", "a library writes to the console", "Use the runtime's log.");
}

function checkEnvironment(node: ts.Node, report: Report): void {
  if (ts.isPropertyAccessExpression(node) && node.name.text === "env" && node.expression.getText() === "process") {
    report(
      node,
      "environment",
      "process.env is read here",
      "Only core's config/env.ts reads it: a file that reads the environment must not send.",
    );
  }
}

const EQUALITY = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);
const SIGNATURE_WORDS = new Set(["sign", "signature", "signatures", "hmac", "mac", "digest"]);

function checkSignature(node: ts.Node, report: Report): void {
  if (!ts.isBinaryExpression(node) || !EQUALITY.has(node.operatorToken.kind)) return;
  const sides = [node.left, node.right];
  if (sides.some(isConstant) || !sides.some((side) => SIGNATURE_WORDS.has(lastWord(side)))) return;
  report(
    node,
    "signature-compare",
    `${node.getText().slice(0, 60)} compares a signature in variable time`,
    "Use equal() of @openclaw-china/core/internal.",
  );
}

function isConstant(side: ts.Expression): boolean {
  return (
    ts.isLiteralExpression(side) ||
    side.kind === ts.SyntaxKind.NullKeyword ||
    side.getText() === "undefined" ||
    ts.isTypeOfExpression(side)
  );
}

/** `request.msgSignature` → `signature`. */
function lastWord(side: ts.Expression): string {
  const name = ts.isPropertyAccessExpression(side)
    ? side.name.text
    : ts.isElementAccessExpression(side) && ts.isStringLiteralLike(side.argumentExpression)
      ? side.argumentExpression.text
      : side.getText();
  return (
    name
      .split(/(?=[A-Z])|[_-]/)
      .at(-1)
      ?.toLowerCase() ?? ""
  );
}
