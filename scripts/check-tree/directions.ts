/** Who may import whom: parts of a channel package, sibling packages, third-party packages, the OpenClaw host. */
import type { Finding } from "./finding.ts";
import type { Import, Source, Tree } from "./tree.ts";

const SCOPE = "@openclaw-china/";
/** The only files that may import the host at run time. */
const HOST_FILES = new Set(["secret-contract-api.ts", "openclaw-setup.ts"]);
/** What a config block is made of: a door of its own, so that importing a channel does not load it. */
const CONFIG_DOOR = "core/internal/config";
/** Not included in `*`. */
const NAMED_ONLY: ReadonlySet<string> = new Set(["openclaw", "host", CONFIG_DOOR]);

/** Rules 1 and 2 of docs/architecture.md. */
export function checkDirections(tree: Tree): Finding[] {
  return tree.sources.flatMap((source) => {
    const place = /^packages\/([^/]+)\/src\/(.+)$/.exec(source.path);
    if (place === null) return [];
    const [, folder = "", inner = ""] = place;
    return source.imports.flatMap((one) => [
      ...checkHost(source, inner, one),
      ...checkPackage(tree, { source, folder, inner, one }),
      ...(folder in tree.config.channels ? checkPart(tree, { source, folder, inner, one }) : []),
    ]);
  });
}

interface Case {
  readonly source: Source;
  readonly folder: string;
  readonly inner: string;
  readonly one: Import;
}

function checkHost(source: Source, inner: string, one: Import): Finding[] {
  if (!/^openclaw(\/|$)/.test(one.specifier) || one.typeOnly || HOST_FILES.has(inner)) return [];
  return [
    at(
      source,
      one,
      "host-import",
      `"${one.specifier}" is imported at run time`,
      "Import types only; the host hands its runtime to the plugin.",
    ),
  ];
}

function checkPackage(tree: Tree, { source, folder, inner, one }: Case): Finding[] {
  const own = `packages/${folder}/src/`;
  if (one.target !== undefined) {
    if (one.target.startsWith(own)) return [];
    return [
      at(source, one, "leaves-package", `"${one.specifier}" is outside of ${own}`, "Import the package by its name."),
    ];
  }
  if (one.specifier.startsWith("node:") || /^openclaw(\/|$)/.test(one.specifier)) return [];
  const rules = tree.config.packages[folder];
  if (rules === undefined) {
    return [
      at(
        source,
        one,
        "unknown-package",
        `packages/${folder} is not described in scripts/tree.json`,
        "Add it under packages.",
      ),
    ];
  }
  if (one.specifier.startsWith(SCOPE)) {
    const sibling = one.specifier.slice(SCOPE.length);
    if (inner.startsWith("openclaw") && sibling === "openclaw") return [];
    if (rules.siblings.includes(sibling) || (one.typeOnly && rules.siblings.includes(`type:${sibling}`))) return [];
    const allowed = rules.siblings.map(
      (name) => SCOPE + name.replace("type:", "") + (name.startsWith("type:") ? " (types only)" : ""),
    );
    const fix =
      allowed.length === 0
        ? "It imports no sibling: pass what is needed in, or move it here."
        : `Allowed: ${allowed.join(", ")}.`;
    return [at(source, one, "sibling", `packages/${folder} may not import ${one.specifier}`, fix)];
  }
  if (one.typeOnly || rules.external.includes(one.specifier)) return [];
  return [
    at(
      source,
      one,
      "dependency",
      `packages/${folder} may not import "${one.specifier}"`,
      `Allowed: ${rules.external.join(", ")} and node:. A new one needs a page in docs/decisions.`,
    ),
  ];
}

function checkPart(tree: Tree, { source, folder, inner, one }: Case): Finding[] {
  const from = partOf(inner);
  const may = tree.config.directions[from];
  if (may === undefined) return []; // reported by the file list
  const to = targetPart(folder, one);
  if (to === undefined || to === from || may.includes(to)) return [];
  if (may.includes("*") && !NAMED_ONLY.has(to)) return [];
  if (one.typeOnly && may.includes(`type:${to}`)) return [];
  return [
    at(
      source,
      one,
      "direction",
      `${from} may not import ${to} ("${one.specifier}")`,
      `${from} may import: ${may.join(", ")}. Let channel.ts pass it in.`,
    ),
  ];
}

/** `wire`, `edge`, … for files in folders, otherwise the file's own name. */
function partOf(inner: string): string {
  const [first = "", second] = inner.split("/");
  return second === undefined ? first.replace(/\.tsx?$/, "") : first;
}

function targetPart(folder: string, one: Import): string | undefined {
  if (one.target !== undefined) {
    const own = `packages/${folder}/src/`;
    return one.target.startsWith(own) ? partOf(one.target.slice(own.length)) : undefined;
  }
  if (one.specifier === SCOPE + CONFIG_DOOR) return CONFIG_DOOR;
  if (/^@openclaw-china\/core(\/|$)/.test(one.specifier)) return "core";
  if (one.specifier === "@openclaw-china/openclaw") return "openclaw";
  if (/^openclaw(\/|$)/.test(one.specifier)) return one.typeOnly ? undefined : "host";
  if (/^zod(\/|$)/.test(one.specifier)) return "zod";
  return one.specifier.startsWith("node:") ? undefined : one.specifier;
}

type Said = readonly [rule: string, message: string, fix: string];

function at(source: Source, one: Import, ...[rule, message, fix]: Said): Finding {
  return { file: source.path, line: one.line, rule, message, fix };
}
