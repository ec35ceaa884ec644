/** Compiles files of a project by a compiler of this workspace, under settings a user might have. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Project } from "./project.ts";
import { type Ended, node } from "./run.ts";
import { ROOT } from "./tarballs.ts";

export interface Compilation {
  /** TypeScript 7 as `typescript-7`, TypeScript 6 as `typescript`. */
  readonly compiler: "typescript" | "typescript-7";
  readonly module: "nodenext" | "bundler";
  readonly files: readonly string[];
  /** Default false: our declarations, and Node's, are checked too. */
  readonly skipLibCheck?: boolean;
  /** Default false: only checked. */
  readonly emit?: boolean;
}

const BIN = { typescript: "bin/tsc6", "typescript-7": "bin/tsc" } as const;

/** Strict in every way, so that what we declare can be used under any flags. */
export function compile(project: Project, of: Compilation): Promise<Ended> {
  const { compiler, module, files, skipLibCheck = false, emit = false } = of;
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: module === "nodenext" ? "nodenext" : "preserve",
    moduleResolution: module,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    isolatedModules: true,
    skipLibCheck,
    noEmit: !emit,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  const config = project.at(`tsconfig.${compiler}.${module}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const manifest = createRequire(import.meta.url).resolve(`${compiler}/package.json`);
  return node([join(manifest, "..", BIN[compiler]), "-p", config], { cwd: project.folder });
}
