/**
 * The tables of the platforms' error codes in docs/dingtalk.md, docs/wecom.md and their twins, from the catalogues themselves.
 * `node --conditions=@openclaw-china/source scripts/docs/error-table.ts` writes them; a test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE as DINGTALK, dingtalkError } from "../../packages/dingtalk/src/errors.ts";
import { CATALOGUE as WECOM, wecomError } from "../../packages/wecom/src/errors.ts";

type Language = "en" | "zh";
type Known = (typeof DINGTALK)[number];

interface Catalogue {
  readonly lines: readonly Known[];
  readonly names: Readonly<Record<Language, string>>;
  readonly codeOf: (known: Known) => string;
}

const CATALOGUES: Readonly<Record<string, Catalogue>> = {
  dingtalk: {
    lines: DINGTALK,
    names: { en: "DingTalk", zh: "钉钉" },
    codeOf: ({ trouble, fix }) => dingtalkError(trouble, { message: "", fix }).code,
  },
  wecom: {
    lines: WECOM,
    names: { en: "WeCom", zh: "企业微信" },
    codeOf: ({ trouble, fix }) => wecomError(trouble, { message: "", fix }).code,
  },
};

/** Where the tables stand. */
export const PAGES: readonly (readonly [path: string, language: Language])[] = [
  ["docs/dingtalk.md", "en"],
  ["docs/dingtalk.zh-CN.md", "zh"],
  ["docs/wecom.md", "en"],
  ["docs/wecom.zh-CN.md", "zh"],
];

/** Rows in the order of the catalogue. */
export function errorTable(platform: string, language: Language): string {
  const catalogue = CATALOGUES[platform];
  if (catalogue === undefined) throw new Error(`there is no catalogue of ${platform}`);
  const { lines, names, codeOf } = catalogue;
  const head =
    language === "en"
      ? `| ${names.en}'s code | \`error.code\` | Cause | What to do |`
      : `| ${names.zh}错误码 | \`error.code\` | 原因 | 处理方法 |`;
  const rows = lines.map((known) => {
    const code = codeOf(known);
    return `| ${codesOf(known, language)} | \`${code}\` | ${cellOf(known.cause[language])} | ${cellOf(known.fix[language])} |`;
  });
  return [head, "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The page with the table as it is now. */
export function withTable(page: string, language: Language): string {
  const marked = /(<!-- error codes: (?:(\w+), )?[^\n]*-->\n)[\s\S]*?(\n<!-- end of error codes -->)/;
  if (!marked.test(page)) throw new Error("the page has no place for the table of error codes");
  return page.replace(
    marked,
    (_, before: string, platform: string | undefined, after: string) =>
      `${before}${errorTable(platform ?? "dingtalk", language)}${after}`,
  );
}

function codesOf({ codes, text }: Known, language: Language): string {
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
