/**
 * Markdown written for people's models, in DingTalk's two dialects. Pure. Text never notifies anybody: an `@` that the
 * platform could read as a mention gets an invisible joiner; who shall be notified stands in `mentions`.
 */

/** Word joiner: keeps `@name` readable and takes its meaning. */
const JOINER = "\u2060";
const TITLE_CHARS = 20;

/** `@everyone` and the like in texts of ours. Code and e-mail addresses stay as they are: they are copied. */
export function escapeMentions(text: string): string {
  const parts = text.split(/(`{3}[\s\S]*?(?:`{3}|$)|`[^`\n]*`)/);
  const escaped = parts.map((part, at) =>
    at % 2 === 1 ? part : part.replace(/(?<![\w.+-])@(?=[^\s@\u2060])/g, `@${JOINER}`),
  );
  return escaped.join("");
}

/** Robot markdown: a single newline is no line break there; two blanks in front make it one. Fences and tables stay. */
export function robotMarkdown(text: string): string {
  return mapLines(withTables(text), (line, next) =>
    isPlain(line) && next !== undefined && isPlain(next) ? `${line.trimEnd()}  \n` : `${line}\n`,
  );
}

/**
 * AI card markdown: a single newline is swallowed there; `<br>` makes it one, outside of fences, tables, lists and headings.
 * The lines of a quote are one line there.
 */
export function cardMarkdown(text: string): string {
  return mapLines(withTables(text), (line, next, before) => {
    const own = before !== undefined && isQuote(line) && isOneLine(before, line) ? withoutMarker(line) : line;
    return next !== undefined && isOneLine(line, next) ? `${own}<br>` : `${own}\n`;
  });
}

/** Two lines that a card joins by `<br>`: both of a paragraph, or both of a quote. */
function isOneLine(line: string, next: string): boolean {
  if (!isPlain(line) || !isPlain(next) || isQuote(line) !== isQuote(next)) return false;
  return !isQuote(line) || (isPlain(withoutMarker(line)) && isPlain(withoutMarker(next)));
}

function withoutMarker(quoted: string): string {
  return quoted.replace(/^\s*>\s?/, "");
}

/** The push preview: first words of the text without markup. */
export function titleOf(text: string): string {
  const line = text.split("\n").find((one) => one.replace(/[#>*`\-\s|]/g, "") !== "") ?? "";
  const plain = line
    .replace(/^[#>\s*-]+/, "")
    .replace(/[*`_]/g, "")
    .trim();
  return [...plain].slice(0, TITLE_CHARS).join("") || "消息";
}

/** True when nothing in the text needs markdown. */
export function isPlainText(text: string): boolean {
  return !/[*_`#>|[\]~]|^\s*([-+]|\d+\.)\s|\n/m.test(text);
}

/** `@id` at the front for everybody who shall be notified and is not named in the text by `<@id>`. */
export function withMentions(text: string, mentions: readonly string[] | "all" | undefined): string {
  if (mentions === undefined) return escapeMentions(text);
  const ids = mentions === "all" ? [] : mentions;
  let shown = escapeMentions(text);
  const front: string[] = [];
  for (const id of ids) {
    const marker = `<@${JOINER}${id}>`;
    if (shown.includes(marker)) shown = shown.replaceAll(marker, `@${id}`);
    else front.push(`@${id}`);
  }
  return front.length === 0 ? shown : `${front.join(" ")} ${shown}`;
}

const TABLE_ROW = /^\s*\|.*\|\s*$/;

/** Clients draw a table only after an empty line, with colons in its delimiter row; task lists are not drawn at all. */
function withTables(text: string): string {
  const lines: string[] = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    if (/^\s*(`{3}|~{3})/.test(line)) fenced = !fenced;
    const before = lines.at(-1) ?? "";
    if (!fenced && TABLE_ROW.test(line) && !TABLE_ROW.test(before) && before.trim() !== "") lines.push("");
    lines.push(fenced ? line : plainTask(withColons(line)));
  }
  return lines.join("\n");
}

function withColons(line: string): string {
  if (!/^\s*\|(\s*:?-+:?\s*\|)+\s*$/.test(line)) return line;
  return line.replace(/\|\s*-+\s*(?=\|)/g, "|:-:");
}

function plainTask(line: string): string {
  return line.replace(
    /^(\s*[-*+]\s)\[([ xX])\]\s/,
    (_, bullet: string, mark: string) => `${bullet}${mark === " " ? "☐" : "☑"} `,
  );
}

function isPlain(line: string): boolean {
  return line.trim() !== "" && !/^\s*(#{1,6}\s|[-*+]\s|\d+\.\s|\||`{3}|~{3})/.test(line);
}

function isQuote(line: string): boolean {
  return /^\s*>/.test(line);
}

type MapLine = (line: string, next: string | undefined, before: string | undefined) => string;

/** Calls `map` for each line outside of code fences; what is inside stays as it is. */
function mapLines(text: string, map: MapLine): string {
  const lines = text.split("\n");
  let fenced = false;
  let shown = "";
  for (const [at, line] of lines.entries()) {
    const fence = /^\s*(`{3}|~{3})/.test(line);
    const inside = fenced || fence;
    if (fence) fenced = !fenced;
    shown += inside ? `${line}\n` : map(line, lines[at + 1], lines[at - 1]);
  }
  return shown.replace(/\n$/, "");
}
