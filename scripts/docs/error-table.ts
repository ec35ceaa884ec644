/**
 * The table of DingTalk's error codes in docs/dingtalk.md and its twin, from the catalogue itself.
 * `node --conditions=@openclaw-china/source scripts/docs/error-table.ts` writes both; a test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE, dingtalkError } from "../../packages/dingtalk/src/errors.ts";

type Language = "en" | "zh";

/** Where the table stands. */
export const PAGES: readonly (readonly [path: string, language: Language])[] = [
  ["docs/dingtalk.md", "en"],
  ["docs/dingtalk.zh-CN.md", "zh"],
];

const HEADS = {
  en: "| DingTalk's code | `error.code` | Cause | What to do |",
  zh: "| 钉钉错误码 | `error.code` | 原因 | 处理方法 |",
};

/** Rows in the order of the catalogue. */
export function errorTable(language: Language): string {
  const rows = CATALOGUE.map((known) => {
    const { code } = dingtalkError(known.trouble, { message: "", fix: known.fix });
    return `| ${codesOf(known, language)} | \`${code}\` | ${cellOf(known.cause[language])} | ${cellOf(known.fix[language])} |`;
  });
  return [HEADS[language], "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The page with the table as it is now. */
export function withTable(page: string, language: Language): string {
  const marked = /(<!-- error codes: [^\n]*-->\n)[\s\S]*?(\n<!-- end of error codes -->)/;
  if (!marked.test(page)) throw new Error("the page has no place for the table of error codes");
  return page.replace(marked, (_, before: string, after: string) => before + errorTable(language) + after);
}

function codesOf({ codes, text }: (typeof CATALOGUE)[number], language: Language): string {
  const list = codes instanceof RegExp ? patternOf(codes) : codes.map((code) => `\`${code}\``).join(", ");
  if (text === undefined) return list;
  return `${list}${language === "en" ? ", its text matching " : ",且文本匹配 "}${patternOf(text)}`;
}

function patternOf(pattern: RegExp): string {
  return `\`${cellOf(String(pattern))}\``;
}

function cellOf(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) {
  for (const [path, language] of PAGES) {
    const file = join(import.meta.dirname, "../..", path);
    writeFileSync(file, withTable(readFileSync(file, "utf8"), language));
  }
}
