/** XML of callbacks as a tree. Elements and words only: no document types, no entities of its own, no attributes. */
import { XMLParser } from "fast-xml-parser";
import type { XmlNode } from "../wire/callback.ts";

const MAX_DEPTH = 16;
const WORDS = "#text";
const VERBATIM = "#cdata";

/** The root element's content. Undefined when it is no XML, has a document type, or is nested too deeply. Never throws. */
export function parseXml(xml: string): XmlNode | undefined {
  const marked = xml.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, "");
  if (/<!(DOCTYPE|ENTITY)/i.test(marked) || tooDeep(marked)) return undefined;
  try {
    const parser = new XMLParser({
      preserveOrder: true, // so that words and verbatim sections of one element stay apart
      cdataPropName: VERBATIM,
      ignoreAttributes: true,
      processEntities: false,
      parseTagValue: false, // ids of 64 bits stay text
      trimValues: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
    });
    const roots = (parser.parse(xml, true) as readonly Ordered[]).filter((node) => !(WORDS in node));
    const [root] = roots;
    return root === undefined || roots.length > 1 ? undefined : contentOf(childrenOf(root));
  } catch {
    return undefined; // malformed input is a value here, and the sender is told
  }
}

/** Elements in a row that are opened and not closed; looked at before anything is built of them. */
function tooDeep(xml: string): boolean {
  let depth = 0;
  for (const [, closes, , closed] of xml.matchAll(/<(\/?)([A-Za-z_][^<>]*?)(\/?)>/g)) {
    if (closes === "/") depth -= 1;
    else if (closed !== "/" && (depth += 1) > MAX_DEPTH) return true;
  }
  return false;
}

/** One name and its children. */
type Ordered = Readonly<Record<string, readonly Ordered[] | string>>;

function childrenOf(node: Ordered): readonly Ordered[] {
  const [children] = Object.values(node);
  return Array.isArray(children) ? (children as readonly Ordered[]) : [];
}

function contentOf(children: readonly Ordered[]): XmlNode {
  const elements = new Map<string, XmlNode[]>();
  let words = "";
  for (const child of children) {
    const [name = ""] = Object.keys(child);
    if (name === WORDS) words += decoded(String(child[WORDS]));
    else if (name === VERBATIM)
      words += childrenOf(child)
        .map((inner) => String(inner[WORDS]))
        .join("");
    else elements.set(name, [...(elements.get(name) ?? []), contentOf(childrenOf(child))]);
  }
  if (elements.size === 0) return words;
  return Object.fromEntries(
    [...elements].map(([name, all]) => [name, all.length === 1 && all[0] !== undefined ? all[0] : all]),
  );
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Once: what looks like an entity afterwards is text. */
function decoded(words: string): string {
  return words.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (typeof name === "string") return NAMED[name] ?? whole;
    const code = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
