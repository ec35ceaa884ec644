/** Card JSON, 2.0 and 1.0: what people see of it, and what the platform refuses. */
import { asJson, type Json, listOf, textIn } from "./json.ts";

export const MAX_CARD_BYTES = 30_720;
const MAX_ELEMENTS = 200;
const MAX_TABLES = 5;

/** What a card comes to. */
export interface CardView {
  readonly text: string;
  readonly buttons: readonly CardButton[];
  readonly isStreaming: boolean;
  /** What the list of chats shows, when the card says so. */
  readonly summary: string | undefined;
  /** Everybody sees the same, so that it may be changed. */
  readonly isShared: boolean;
}

export interface CardButton {
  /** Its `name`; without one the JSON of its value. */
  readonly id: string;
  readonly label: string;
  /** What the callback carries. */
  readonly value: unknown;
  readonly name: string | undefined;
  /** Inside a form: it sends what was filled in. */
  readonly isSubmit: boolean;
}

/** Names people by the ids that mentions carry. */
export type NameOf = (openId: string) => string | undefined;

export function viewCard(card: Json, nameOf: NameOf): CardView {
  const config = asJson(card["config"]);
  const elements = elementsOf(card);
  const lines = [...headerLines(card), ...elements.flatMap((element) => linesOf(element, nameOf))];
  return {
    text: lines.filter((line) => line !== "").join("\n"),
    buttons: elements.flatMap((element) => buttonsOf(element, false)),
    isStreaming: config["streaming_mode"] === true,
    summary: textIn(asJson(config["summary"])["content"]),
    isShared: config["update_multi"] === true,
  };
}

/** From top to bottom, the outermost only. */
export function elementsOf(card: Json): readonly Json[] {
  return card["schema"] === "2.0" ? listOf(asJson(card["body"])["elements"]) : listOf(card["elements"]);
}

/** The elements inside of one. */
export function childrenOf(element: Json): readonly Json[] {
  const columns = listOf(element["columns"]).flatMap((column) => listOf(column["elements"]));
  return [...columns, ...listOf(element["elements"]), ...listOf(element["actions"])];
}

function headerLines(card: Json): readonly string[] {
  const header = asJson(card["header"]);
  return [header["title"], header["subtitle"]].map((part) => String(asJson(part)["content"] ?? ""));
}

function linesOf(element: Json, nameOf: NameOf): readonly string[] {
  const inside = childrenOf(element).flatMap((child) => linesOf(child, nameOf));
  switch (element["tag"]) {
    case "markdown":
    case "lark_md":
      return [markdownShown(String(element["content"] ?? ""), nameOf)];
    case "plain_text":
      return [String(element["content"] ?? "")];
    case "div": {
      const parts = [element["text"], ...listOf(element["fields"]).map((field) => field["text"])];
      return parts.flatMap((part) => linesOf(asJson(part), nameOf));
    }
    case "collapsible_panel":
      return [...linesOf(asJson(asJson(element["header"])["title"]), nameOf), ...inside];
    default:
      return element["tag"] === "button" ? [] : inside;
  }
}

function buttonsOf(element: Json, isInForm: boolean): readonly CardButton[] {
  if (element["tag"] !== "button")
    return childrenOf(element).flatMap((child) => buttonsOf(child, isInForm || element["tag"] === "form"));
  if (element["disabled"] === true) return [];
  const callback = listOf(element["behaviors"]).find(({ type }) => type === "callback");
  const value = callback?.["value"] ?? element["value"];
  const name = textIn(element["name"]);
  const label = String(asJson(element["text"])["content"] ?? "");
  return [{ id: name ?? JSON.stringify(value ?? label), label, value, name, isSubmit: isInForm }];
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };

/** As a person reads it: entities are letters, mentions are names, colours cannot be seen. */
export function markdownShown(markdown: string, nameOf: NameOf): string {
  const mentions = markdown.replaceAll(/<at (?:user_)?id=["']?([^"'>\s]+)["']?>(.*?)<\/at>/g, (_, id: string, name) =>
    id === "all" ? "@all" : `@${nameOf(id) ?? (String(name) || id)}`,
  );
  return unescaped(mentions.replaceAll(/<\/?font[^>]*>/g, ""));
}

/** `&lt;` and `&#60;` as what they stand for. */
export function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|([a-z]+));/g, (whole, code: string | undefined, name: string | undefined) =>
    code === undefined ? (ENTITIES[name ?? ""] ?? whole) : String.fromCodePoint(Number(code)),
  );
}

/** What is wrong with a card, as the reason inside 230099; undefined when nothing is. */
export function cardFault(
  card: Json,
  hasImage: (key: string) => boolean,
  maxTables: number = MAX_TABLES,
): string | undefined {
  const all = everyElement(elementsOf(card));
  const isCard = card["schema"] === "2.0" ? "body" in card : card["schema"] === undefined && "elements" in card;
  if (!isCard) return "200621";
  if (all.length > MAX_ELEMENTS) return "11311";
  const texts = all.filter(({ tag }) => tag === "markdown" || tag === "lark_md").map(({ content }) => String(content));
  const tables = all.filter(({ tag }) => tag === "table").length + texts.reduce((sum, one) => sum + tablesIn(one), 0);
  if (tables > maxTables) return "11310";
  const keys = [
    ...all.filter(({ tag }) => tag === "img").map((image) => String(image["img_key"])),
    ...texts.flatMap(imagesIn),
  ];
  return keys.every(hasImage) ? undefined : "200570";
}

function everyElement(elements: readonly Json[]): readonly Json[] {
  return elements.flatMap((one) => [one, ...listOf([one["text"]]), ...everyElement(childrenOf(one))]);
}

function imagesIn(markdown: string): readonly string[] {
  return [
    ...outsideFences(markdown)
      .join("\n")
      .matchAll(/!\[[^\]]*\]\(([^)\s]+)[^)]*\)/g),
  ].map(([, key]) => key ?? "");
}

/** Tables of a markdown text: a row with a rule under it, outside of code. */
export function tablesIn(markdown: string): number {
  const lines = outsideFences(markdown);
  const isRule = (line = ""): boolean => line.includes("-") && /^\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?$/.test(line);
  return lines.filter((line, n) => line.includes("|") && !isRule(line) && isRule(lines[n + 1])).length;
}

function outsideFences(markdown: string): readonly string[] {
  let fence = "";
  return markdown.split("\n").filter((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (fence === "") {
      fence = mark;
      return mark === "";
    }
    if (mark !== "" && mark.startsWith(fence)) fence = "";
    return false;
  });
}
