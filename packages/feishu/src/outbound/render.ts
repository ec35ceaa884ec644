/** Texts and markdown as messages of Feishu. Pure. Text never notifies anybody: what the platform would read as a tag is escaped. */
import type { Outbound } from "@openclaw-china/core";
import type { Body } from "../api/messages.ts";

type Textual = Extract<Outbound, { readonly kind: "text" | "markdown" }>;

/** Clients draw up to this many tables of a card; the rest are shown as they are written. */
const MAX_TABLES = 3;
const FENCE = /^\s*(`{3}|~{3})/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;

/** A text as it is; markdown as a rich text, or as a card where it has tables, which only cards draw. */
export function bodyOf(message: Textual): Body {
  const { kind, text, mentions } = message;
  if (kind === "text") {
    return { msg_type: "text", content: JSON.stringify({ text: `${tagsOf(mentions)}${escapeText(text)}` }) };
  }
  return hasTable(text) ? cardBody(message) : postBody(message);
}

/** The same without anything that can be refused: for what was refused as a card. */
export function plainBody(message: Textual): Body {
  return bodyOf({ ...message, kind: "text" });
}

function postBody({ text, mentions }: Textual): Body {
  const at = idsOf(mentions).map((id) => ({ tag: "at", user_id: id }));
  const content = [...(at.length === 0 ? [] : [at]), [{ tag: "md", text: escapeTags(text) }]];
  return { msg_type: "post", content: JSON.stringify({ zh_cn: { title: "", content } }) };
}

function cardBody({ text, mentions }: Textual): Body {
  const at = idsOf(mentions).map((id) => `<at id=${id}></at>`);
  const content = [...(at.length === 0 ? [] : [at.join(" ")]), cardMarkdown(text)].join("\n");
  const card = {
    schema: "2.0",
    config: { update_multi: true, summary: { content: summaryOf(text) } },
    body: { elements: [{ tag: "markdown", content }] },
  };
  return { msg_type: "interactive", content: JSON.stringify(card) };
}

/** Markdown as cards draw it: no remote pictures, no more tables than clients take, no tags of ours. */
export function cardMarkdown(text: string): string {
  return withFewTables(escapeTags(text).replaceAll(/!\[([^\]]*)\]\((https?:[^)\s]+)\)/g, "[🖼 $1]($2)"));
}

/** One line of plain words: what the list of chats shows. */
export function summaryOf(text: string): string {
  const line = text.split("\n").find((one) => one.replaceAll(/[#>*`\-\s|]/g, "") !== "") ?? "";
  const plain = line
    .replace(/^[#>\s*-]+/, "")
    .replaceAll(/[*`_]/g, "")
    .trim();
  return [...plain].slice(0, 60).join("");
}

/** In a text `&`, `<` and `>` begin tags: an `<at …>` in a model's answer would ping people. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** In markdown only what is a tag of the platform: code and comparisons are read by people. */
function escapeTags(text: string): string {
  return text.replaceAll(/<(?=\/?(?:at|font|person|link|text_tag|number_tag|local_datetime)\b)/gi, "&#60;");
}

function tagsOf(mentions: Textual["mentions"]): string {
  const tags = idsOf(mentions).map((id) => `<at user_id="${id.replaceAll(/["<>&]/g, "")}"></at>`);
  return tags.length === 0 ? "" : `${tags.join(" ")} `;
}

function idsOf(mentions: Textual["mentions"]): readonly string[] {
  if (mentions === undefined) return [];
  return mentions === "all" ? ["all"] : mentions;
}

function hasTable(text: string): boolean {
  return tablesIn(text).length > 0;
}

/** First and last line of each table, fences aside. */
function tablesIn(text: string): readonly (readonly [from: number, to: number])[] {
  const lines = text.split("\n");
  const tables: [number, number][] = [];
  let fenced = false;
  for (const [at, line] of lines.entries()) {
    if (FENCE.test(line)) fenced = !fenced;
    if (fenced || !TABLE_ROW.test(line)) continue;
    const last = tables.at(-1);
    if (last !== undefined && last[1] === at - 1) last[1] = at;
    else if (/^\s*\|(\s*:?-+:?\s*\|)+\s*$/.test(lines[at + 1] ?? "")) tables.push([at, at]);
  }
  return tables;
}

function withFewTables(text: string): string {
  const tooMany = tablesIn(text).slice(MAX_TABLES);
  if (tooMany.length === 0) return text;
  const begins = new Set(tooMany.map(([from]) => from));
  const ends = new Set(tooMany.map(([, to]) => to));
  const lines = text
    .split("\n")
    .flatMap((line, at) => [...(begins.has(at) ? ["```"] : []), line, ...(ends.has(at) ? ["```"] : [])]);
  return lines.join("\n");
}
