/** Type-checks code blocks of Markdown as if each were a module of examples/, in memory: nothing is written. */
import { join } from "node:path";
import ts from "typescript";
import type { Block } from "./markdown.ts";

/** Every error as `page:line: message`, in the lines of the page. */
export function compileBlocks(root: string, blocks: readonly Block[]): readonly string[] {
  const options = optionsOf(root);
  const files = new Map(blocks.map((block, at) => [join(root, "examples", "src", `page-${at}.ts`), block]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  const program = ts.createProgram([...files.keys()], options, {
    ...host,
    fileExists: (name) => files.has(name) || fileExists(name),
    readFile: (name) => files.get(name)?.code ?? readFile(name),
    getSourceFile(name, target, ...rest) {
      const block = files.get(name);
      return block === undefined
        ? getSourceFile(name, target, ...rest)
        : ts.createSourceFile(name, block.code, target, true);
    },
  });
  return [...files].flatMap(([name, block]) => errorsIn(program, name, block));
}

function errorsIn(program: ts.Program, name: string, block: Block): string[] {
  const source = program.getSourceFile(name);
  if (source === undefined) return [`${block.page}:${block.line}: the block could not be read`];
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((error) => {
    const { line } = source.getLineAndCharacterOfPosition(error.start ?? 0);
    return `${block.page}:${block.line + line}: ${ts.flattenDiagnosticMessageText(error.messageText, " ")}`;
  });
}

/** Those of the workspace, with the source condition: blocks are checked against the sources, not against a build. */
function optionsOf(root: string): ts.CompilerOptions {
  const file = join(root, "examples", "tsconfig.json");
  const read = ts.readConfigFile(file, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, join(root, "examples"), {}, file);
  return { ...options, isolatedDeclarations: false, declaration: false, declarationMap: false, noEmit: true };
}
