/** Exports and build entries agree both ways; the published manifest is right; an import for webhooks loads no `ws`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "./finding.ts";
import type { Package, Source, Tree } from "./tree.ts";

const CONDITION = "@openclaw-china/source";
type Exports = Readonly<Record<string, unknown>>;

/** Rule 4, first half. */
export function checkEntries(tree: Tree): Finding[] {
  return tree.packages
    .filter(({ entries, manifest }) => entries !== undefined && manifest["private"] !== true)
    .flatMap((one) => [...checkExports(one), ...checkHidden(tree, one), ...checkManifest(tree, one)]);
}

function checkExports({ dir, manifest, entries = [] }: Package): Finding[] {
  const file = `${dir}/package.json`;
  const published = record(record(manifest["publishConfig"])["exports"]);
  return Object.entries(record(manifest["exports"])).flatMap(([path, value]) => {
    if (path === "./package.json") return [];
    const source = entryOf(record(value));
    const js = source?.replace(/^src\//, "./dist/").replace(/\.ts$/, ".js");
    const want = { [CONDITION]: `./${source}`, types: js?.replace(/\.js$/, ".d.ts"), default: js };
    if (source === undefined)
      return [
        finding(
          file,
          "exports",
          `"${path}" has no "${CONDITION}" condition`,
          "Tests and the demo run on sources: name src/….ts first.",
        ),
      ];
    const wrong =
      JSON.stringify(value) === JSON.stringify(want)
        ? []
        : [
            finding(
              file,
              "exports",
              `"${path}" is not ${JSON.stringify(want)}`,
              "Keep the three conditions in this order.",
            ),
          ];
    const { [CONDITION]: _, ...rest } = want;
    const unpublished =
      JSON.stringify(published[path]) === JSON.stringify(rest)
        ? []
        : [
            finding(
              file,
              "exports",
              `publishConfig.exports["${path}"] is not ${JSON.stringify(rest)}`,
              "It is `exports` without the source condition.",
            ),
          ];
    const unbuilt = entries.includes(source)
      ? []
      : [
          finding(
            file,
            "exports",
            `"${path}" is exported, but ${source} is not built`,
            "Add it to entry in tsup.config.ts.",
          ),
        ];
    return [...wrong, ...unpublished, ...unbuilt];
  });
}

function checkHidden(tree: Tree, { dir, folder, manifest, entries = [] }: Package): Finding[] {
  const exported = new Set(Object.values(record(manifest["exports"])).map((value) => entryOf(record(value))));
  const hidden = [...(tree.config.privateEntries[folder] ?? []), ...(tree.config.privateEntries["*"] ?? [])];
  return entries
    .filter((entry) => !exported.has(entry) && !hidden.includes(entry))
    .map((entry) =>
      finding(
        `${dir}/tsup.config.ts`,
        "exports",
        `${entry} is built, but not exported`,
        "Export it, or list it under privateEntries in scripts/tree.json.",
      ),
    );
}

function checkManifest(tree: Tree, { dir, manifest }: Package): Finding[] {
  const want: Readonly<Record<string, unknown>> = {
    type: "module",
    sideEffects: false,
    license: "MIT",
    files: ["dist"],
  };
  const wrong = Object.entries(want)
    .filter(([key, value]) => JSON.stringify(manifest[key]) !== JSON.stringify(value))
    .map(([key, value]) =>
      finding(
        `${dir}/package.json`,
        "manifest",
        `"${key}" is not ${JSON.stringify(value)}`,
        "Every published package has it so.",
      ),
    );
  const readme = existsSync(join(tree.root, dir, "README.md"))
    ? []
    : [
        finding(
          `${dir}/README.md`,
          "manifest",
          "the package has no README",
          "The registry's page is empty without one.",
        ),
      ];
  return [...wrong, ...readme];
}

/** Rule 4, second half: following static imports from every entry, nothing of `noStatic` is met. */
export function checkReach(tree: Tree): Finding[] {
  const byPath = new Map(tree.sources.map((source) => [source.path, source]));
  return tree.packages.flatMap(({ dir, folder, entries = [] }) => {
    const banned = tree.config.packages[folder]?.noStatic ?? [];
    if (banned.length === 0) return [];
    const reached = reach(
      tree,
      byPath,
      entries.map((entry) => `${dir}/${entry}`),
    );
    return reached.flatMap((source) =>
      source.imports
        .filter((one) => !one.typeOnly && !one.dynamic && banned.includes(one.specifier))
        .map((one) => ({
          ...finding(
            source.path,
            "reach",
            `importing ${dir} loads "${one.specifier}"`,
            "Use import type, and await import() where it is first needed.",
          ),
          line: one.line,
        })),
    );
  });
}

function reach(tree: Tree, byPath: ReadonlyMap<string, Source>, from: readonly string[]): Source[] {
  const seen = new Set<Source>();
  const queue = [...from];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = byPath.get(path);
    if (source === undefined || seen.has(source)) continue;
    seen.add(source);
    for (const one of source.imports) {
      const target = one.typeOnly || one.dynamic ? undefined : (one.target ?? sibling(tree, one.specifier));
      if (target !== undefined) queue.push(target);
    }
  }
  return [...seen];
}

function sibling(tree: Tree, specifier: string): string | undefined {
  for (const { dir, manifest } of tree.packages) {
    const name = String(manifest["name"]);
    if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
    const entry = entryOf(record(record(manifest["exports"])[`.${specifier.slice(name.length)}`]));
    return entry === undefined ? undefined : `${dir}/${entry}`;
  }
  return undefined;
}

function entryOf(conditions: Exports): string | undefined {
  const source = conditions[CONDITION];
  return typeof source === "string" ? source.replace(/^\.\//, "") : undefined;
}

function record(value: unknown): Exports {
  return typeof value === "object" && value !== null ? (value as Exports) : {};
}

function finding(file: string, ...[rule, message, fix]: readonly [string, string, string]): Finding {
  return { file, line: 1, rule, message, fix };
}
