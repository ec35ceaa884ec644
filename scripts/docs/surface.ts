/** What the packages export, and the members of what they export, read from their sources. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** Name of every export of an entry → the file that declares it. */
export function exportsOf(entry: string): ReadonlyMap<string, string> {
  const ast = parse(entry);
  const names = ast.statements.flatMap((statement): [string, string][] => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return [];
    const file = join(dirname(entry), (statement.moduleSpecifier as ts.StringLiteral).text);
    const clause = statement.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) throw new Error(`${entry} exports without names`);
    return clause.elements.map((element) => [element.name.text, file]);
  });
  return new Map(names);
}

/** Names of the members of an interface; of a union, of all its parts; with what they inherit in the same file. */
export function membersOf(file: string, name: string): ReadonlySet<string> {
  const ast = parse(file);
  const members = new Set<string>();
  const visit = (of: string): void => {
    for (const statement of ast.statements) {
      if (ts.isTypeAliasDeclaration(statement) && statement.name.text === of) partsOf(statement.type).forEach(visit);
      if (!ts.isInterfaceDeclaration(statement) || statement.name.text !== of) continue;
      for (const member of statement.members) if (member.name !== undefined) members.add(member.name.getText(ast));
      for (const { types } of statement.heritageClauses ?? [])
        for (const { expression } of types) visit(expression.getText(ast));
    }
  };
  visit(name);
  return members;
}

function partsOf(type: ts.TypeNode): string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(partsOf);
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? [type.typeName.text] : [];
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}
