/**
 * Markdown written for people's models, in the dialects of WeCom's ways: the bot draws all of it, an application a part, and
 * customer service and cards show plain text. Pure. Text notifies nobody by itself: `<@id>` gets an invisible joiner.
 */
import type { Outbound } from "@openclaw-china/core";

/** A message of words. */
export type Textual = Extract<Outbound, { readonly kind: "text" | "markdown" }>;

/** UTF-8 bytes of one message. What an application sends beyond is cut by the platform without a word. */
export const TEXT_LIMITS = { bot: 20_480, app: 2_048, kf: 2_048, robot: 4_096 } as const;

/** Word joiner: keeps `<@name>` readable and takes its meaning. */
const JOINER = "\u2060";
const FENCE = /^\s*(`{3,}|~{3,})/;

/** For the bot: markdown as it is, a text so that every character is shown. */
export function botText(message: Textual): string {
  const text = message.kind === "text" ? escapeMarkdown(message.text) : message.text;
  return withNames(escapeMentions(text), message.mentions);
}

/** For an application: a text where nothing needs markdown (the WeChat plug-in shows only that), else its small markdown. */
export function appBody(message: Textual): { readonly msgtype: "text" | "markdown"; readonly content: string } {
  const isText = message.kind === "text" || isPlainText(message.text);
  const content = isText ? message.text : appMarkdown(message.text);
  return { msgtype: isText ? "text" : "markdown", content: withNames(content, message.mentions) };
}

/** For customer service, and inside of cards. */
export function plainBody(message: Textual): string {
  const text = message.kind === "text" ? message.text : plainOf(message.text);
  return withNames(text, message.mentions);
}

/** `<@everyone>` and the like in texts of ours. Code stays as it is: it is copied. */
export function escapeMentions(text: string): string {
  const parts = text.split(/(`{3}[\s\S]*?(?:`{3}|$)|`[^`\n]*`)/);
  return parts.map((part, at) => (at % 2 === 1 ? part : part.replaceAll("<@", `<${JOINER}@`))).join("");
}

/** Shown letter by letter: what would be markup, or the block of a model's thoughts, is not. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]~|]/g, String.raw`\$&`)
    .replaceAll(/^(\s*)([#>]|[-+](?=\s))/gm, String.raw`$1\$2`)
    .replaceAll(/^(\s*\d+)\.(?=\s)/gm, String.raw`$1\.`)
    .replaceAll(/<(?=\/?\w)/g, String.raw`\<`);
}

/** True when nothing in the text needs markdown. */
export function isPlainText(text: string): boolean {
  return !/[*_`#>|[\]~]|^\s*([-+]|\d+\.)\s/m.test(text);
}

/**
 * The markdown of an application: headings, bold, links, code in a line, quotes and colours stay; lists, tables, pictures,
 * fenced code and the rest become lines that can be read.
 */
export function appMarkdown(text: string): string {
  return mapLines(text, (line, isCode) => (isCode ? line : appLine(line)));
}

function appLine(line: string): string {
  return tableRow(line)
    .replaceAll(/!\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g, (_, alt: string, url: string) => `[${alt || "图片"}](${url})`)
    .replace(/^(\s*)[-*+]\s+\[([ xX])\]\s/, (_, indent: string, mark: string) => `${indent}${box(mark)} `)
    .replace(/^(\s*)[-*+]\s+/, "$1• ")
    .replaceAll(/~~([^~]+)~~/g, "$1")
    .replaceAll(/(^|[^*\w])\*([^*\s][^*]*)\*(?![*\w])/g, "$1$2");
}

/** Markdown as plain text: nothing that is said is lost, links show where they lead. */
export function plainOf(text: string): string {
  return mapLines(text, (line, isCode) => (isCode ? line : plainLine(line)));
}

function plainLine(line: string): string {
  return appLine(line)
    .replace(/^#{1,6}\s+/, "")
    .replace(/^\s*>\s?/, "")
    .replaceAll(/<font\b[^>]*>|<\/font>/g, "")
    .replaceAll(/\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g, (_, label: string, url: string) =>
      label === url || label === "" ? url : `${label}(${url})`,
    )
    .replaceAll(/(\*\*|__)(?=\S)(.+?)\1/g, "$2")
    .replaceAll(/`([^`]+)`/g, "$1")
    .replace(/^\s*([-*_]\s*){3,}$/, "———");
}

/** Cells side by side; the line of dashes goes. */
function tableRow(line: string): string {
  if (!/^\s*\|.*\|\s*$/.test(line)) return line;
  if (/^[\s|:-]+$/.test(line)) return "";
  return line
    .trim()
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim())
    .join(" | ");
}

function box(mark: string): string {
  return mark === " " ? "☐" : "☑";
}

/** Lines by what they are; the marks of a fence go, and so do lines that become empty of themselves. */
function mapLines(text: string, map: (line: string, isCode: boolean) => string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const marker = FENCE.exec(line)?.[1];
    if (marker !== undefined && (fence === undefined || line.trim() === fence)) {
      fence = fence === undefined ? marker : undefined;
      continue;
    }
    const shown = map(line, fence !== undefined);
    if (shown !== "" || line === "") lines.push(shown);
  }
  return lines.join("\n");
}

/** There is no way to notify anybody here: names are shown in front. */
function withNames(text: string, mentions: Textual["mentions"]): string {
  if (mentions === undefined || mentions.length === 0) return text;
  const names = mentions === "all" ? ["所有人"] : mentions;
  return `${names.map((name) => `@${name}`).join(" ")} ${text}`;
}
