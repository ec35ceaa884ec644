/**
 * The table of DingTalk's error codes for docs/dingtalk.md and its twin, from the catalogue itself.
 * `node --conditions=@openclaw-china/source scripts/docs/error-table.ts en` prints it; a test compares.
 */
import { CATALOGUE, dingtalkError } from "../../packages/dingtalk/src/errors.ts";

/** Rows of the table, in the order of the catalogue. */
export function errorTable(language: "en" | "zh"): string {
  const head =
    language === "en"
      ? "| DingTalk's code | `error.code` | Cause | What to do |"
      : "| 钉钉错误码 | `error.code` | 原因 | 处理方法 |";
  const rows = CATALOGUE.map(({ codes, trouble, cause, fix }) => {
    const { code } = dingtalkError(trouble, { message: "", fix });
    return `| ${codesOf(codes)} | \`${code}\` | ${cellOf(cause[language])} | ${cellOf(fix[language])} |`;
  });
  return [head, "| --- | --- | --- | --- |", ...rows].join("\n");
}

function codesOf(codes: readonly string[] | RegExp): string {
  if (!(codes instanceof RegExp)) return codes.map((code) => `\`${code}\``).join(", ");
  return `\`/${cellOf(codes.source)}/\``;
}

function cellOf(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) console.log(errorTable(process.argv[2] === "zh" ? "zh" : "en"));
