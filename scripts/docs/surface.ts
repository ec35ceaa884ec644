/** What the packages export, and the members of what they export, read from their sources. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** Name of every export of an entry → the file that declares it. */
export function exportsOf(entry: string): ReadonlyMap<string, string> {
  const named = parse(entry).statements.flatMap((statement): [string, string][] => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) return [];
    const file = fileOf(entry, statement.moduleSpecifier);
    if (file === undefined || !ts.isNamedExports(statement.exportClause)) return [];
    return statement.exportClause.elements.map((element) => [element.name.text, file]);
  });
  return new Map(named);
}

/** Names of the members of an interface; of a union, of all its parts; with what they inherit within the package. */
export function membersOf(file: string, name: string): ReadonlySet<string> {
  const ast = parse(file);
  const declared = ast.statements.filter(
    (statement) =>
      (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement)) && statement.name.text === name,
  );
  if (declared.length === 0) {
    const other = importedFrom(ast, file, name);
    return other === undefined ? new Set() : membersOf(other, name);
  }
  const members = declared.flatMap((statement) => {
    if (ts.isTypeAliasDeclaration(statement))
      return partsOf(statement.type).flatMap((part) => [...membersOf(file, part)]);
    if (!ts.isInterfaceDeclaration(statement)) return [];
    const own = statement.members.flatMap((member) => (member.name === undefined ? [] : [member.name.getText(ast)]));
    const bases = (statement.heritageClauses ?? []).flatMap(({ types }) => types);
    return [...own, ...bases.flatMap((base) => [...membersOf(file, base.expression.getText(ast))])];
  });
  return new Set(members);
}

function partsOf(type: ts.TypeNode): string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(partsOf);
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? [type.typeName.text] : [];
}

function importedFrom(ast: ts.SourceFile, file: string, name: string): string | undefined {
  for (const statement of ast.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const names = statement.importClause?.namedBindings;
    if (names === undefined || !ts.isNamedImports(names)) continue;
    if (names.elements.some((element) => element.name.text === name)) return fileOf(file, statement.moduleSpecifier);
  }
  return undefined;
}

/** Of a relative import; undefined for a package. */
function fileOf(from: string, specifier: ts.Expression | undefined): string | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return undefined;
  return join(dirname(from), specifier.text);
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}
