/** XML as WeCom writes and reads it: elements, CDATA, no attributes. Lists are repeated elements. */
import type { Json } from "./json.ts";

export type Xml = string | number | readonly Xml[] | { readonly [name: string]: Xml | undefined };

/** One document with the root `xml`; texts are CDATA, numbers are not. */
export function writeXml(value: { readonly [name: string]: Xml | undefined }): string {
  return `<xml>${inside(value)}</xml>`;
}

function inside(value: Xml): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `<![CDATA[${value.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => (Array.isArray(one) ? (one as readonly Xml[]) : [one as Xml]).map((x) => element(name, x)))
    .flat()
    .join("");
}

function element(name: string, value: Xml): string {
  return `<${name}>${inside(value)}</${name}>`;
}

/** Members of the root by name; text is a string, what is repeated a list. Undefined when it is no document. */
export function readXml(text: string): Json | undefined {
  const reader = { text: text.trim(), at: 0 };
  try {
    const root = readElement(reader);
    return reader.at === reader.text.length && typeof root.value === "object" ? root.value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

const PIECE = /<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.-]*)\s*(\/?)>|([^<]+)/y;

function readElement(reader: Reader): { readonly name: string; readonly value: string | Json } {
  const open = take(reader);
  if (open.tag === undefined || open.isEnd) throw new SyntaxError("an element was expected");
  const name = open.tag;
  const members: Record<string, unknown> = {};
  let words = "";
  if (open.isEmpty) return { name, value: "" };
  for (;;) {
    const before = reader.at;
    const piece = take(reader);
    if (piece.tag === undefined) words += piece.text;
    else if (piece.isEnd) {
      if (piece.tag !== name) throw new SyntaxError(`</${name}> was expected`);
      return { name, value: Object.keys(members).length === 0 ? words : members };
    } else {
      reader.at = before;
      const child = readElement(reader);
      const known = members[child.name];
      if (known === undefined) members[child.name] = child.value;
      else members[child.name] = [...(Array.isArray(known) ? (known as unknown[]) : [known]), child.value];
    }
  }
}

interface Piece {
  readonly text: string;
  readonly tag: string | undefined;
  readonly isEnd: boolean;
  readonly isEmpty: boolean;
}

function take(reader: Reader): Piece {
  PIECE.lastIndex = reader.at;
  const found = PIECE.exec(reader.text);
  if (found === null) throw new SyntaxError(`nothing readable at ${reader.at}`);
  reader.at = PIECE.lastIndex;
  const [, cdata, slash, tag, empty, words] = found;
  return { text: cdata ?? decoded(words ?? ""), tag, isEnd: slash === "/", isEmpty: empty === "/" };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decoded(words: string): string {
  return words.replaceAll(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
