/** Markdown of answers as a tree of plain data: a small safe part of the language, and everything else as text. Pure. */

export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "bold" | "italic"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: "paragraph" | "quote"; readonly lines: readonly (readonly Inline[])[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "rule" };

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const BULLET = /^ {0,6}[-*+]\s+(.*)$/;
const NUMBER = /^ {0,6}\d{1,9}[.)]\s+(.*)$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;

export function parseMarkdown(source: string): readonly Block[] {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.trim() === "") at += 1;
    else at = blockAt(lines, at, blocks);
  }
  return blocks;
}

/** Reads one block; returns the line behind it. */
function blockAt(lines: readonly string[], at: number, blocks: Block[]): number {
  const line = lines[at] ?? "";
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) return codeAt(lines, at, { fence, blocks });
  const heading = HEADING.exec(line);
  if (heading !== null) {
    blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, children: parseInline(heading[2] ?? "") });
    return at + 1;
  }
  if (RULE.test(line)) {
    blocks.push({ kind: "rule" });
    return at + 1;
  }
  for (const [pattern, make] of GROUPS) {
    if (!pattern.test(line)) continue;
    const found = runOf(lines, at, pattern);
    blocks.push(make(found.map(parseInline)));
    return at + found.length;
  }
  const end = lines.findIndex((one, index) => index > at && startsBlock(one));
  const taken = lines.slice(at, end === -1 ? lines.length : end);
  blocks.push({ kind: "paragraph", lines: taken.map((one) => parseInline(one.trimEnd())) });
  return at + taken.length;
}

type Make = (items: readonly (readonly Inline[])[]) => Block;
const GROUPS: readonly (readonly [RegExp, Make])[] = [
  [BULLET, (items) => ({ kind: "list", ordered: false, items })],
  [NUMBER, (items) => ({ kind: "list", ordered: true, items })],
  [QUOTE, (lines) => ({ kind: "quote", lines })],
];

function runOf(lines: readonly string[], at: number, pattern: RegExp): readonly string[] {
  const end = lines.findIndex((one, index) => index >= at && !pattern.test(one));
  return lines.slice(at, end === -1 ? lines.length : end).map((one) => pattern.exec(one)?.[1] ?? "");
}

function startsBlock(line: string): boolean {
  return line.trim() === "" || [FENCE, HEADING, BULLET, NUMBER, QUOTE, RULE].some((pattern) => pattern.test(line));
}

function codeAt(
  lines: readonly string[],
  at: number,
  { fence, blocks }: { readonly fence: string; readonly blocks: Block[] },
): number {
  const end = lines.findIndex((one, index) => index > at && one.trim().startsWith(fence));
  const taken = lines.slice(at + 1, end === -1 ? lines.length : end); // one that is still growing has no end yet
  blocks.push({ kind: "code", text: taken.join("\n") });
  return end === -1 ? lines.length : end + 1;
}

/** Its words in one line, without marks. */
export function plainText(source: string): string {
  return parseMarkdown(source).flatMap(wordsOf).join(" ").replaceAll(/\s+/g, " ").trim();
}

function wordsOf(block: Block): readonly string[] {
  switch (block.kind) {
    case "heading":
      return [inlineText(block.children)];
    case "list":
      return block.items.map(inlineText);
    case "code":
      return [block.text];
    case "rule":
      return [];
    case "paragraph":
    case "quote":
      return block.lines.map(inlineText);
  }
}

function inlineText(parts: readonly Inline[]): string {
  return parts.map((part) => ("text" in part ? part.text : inlineText(part.children))).join("");
}

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|\*([^*\s][^*]*?)\*|\[([^\]]+)\]\(([^)\s]+)\)/;

/** Code first, then bold, italic and links; links only to http and https. */
export function parseInline(source: string): readonly Inline[] {
  const parts: Inline[] = [];
  let rest = source;
  for (let found = INLINE.exec(rest); found !== null; found = INLINE.exec(rest)) {
    if (found.index > 0) parts.push({ kind: "text", text: rest.slice(0, found.index) });
    parts.push(inlineOf(found));
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest !== "") parts.push({ kind: "text", text: rest });
  return parts;
}

function inlineOf([whole, code, bold, italic, label, href]: RegExpExecArray): Inline {
  if (code !== undefined) return { kind: "code", text: code };
  if (bold !== undefined) return { kind: "bold", children: parseInline(bold) };
  if (italic !== undefined) return { kind: "italic", children: parseInline(italic) };
  if (href !== undefined && /^https?:\/\//i.test(href)) {
    return { kind: "link", href, children: parseInline(label ?? href) };
  }
  return { kind: "text", text: whole };
}
