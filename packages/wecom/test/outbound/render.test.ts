/** Markdown in the dialects of the ways: nothing that is said is lost. */
import { describe, expect, test } from "vitest";
import { appBody, appMarkdown, botText, escapeMarkdown, plainOf } from "../../src/outbound/render.ts";

describe("the application's small markdown", () => {
  test.each([
    ["# 标题\n**粗** [链](https://a.cn) `x`\n> 引用", "# 标题\n**粗** [链](https://a.cn) `x`\n> 引用"],
    ["- 一\n- 二", "• 一\n• 二"],
    ["- [x] 好\n- [ ] 否", "☑ 好\n☐ 否"],
    ["| 名 | 值 |\n|---|:-:|\n| a | b |", "名 | 值\na | b"],
    ["```ts\nconst a = 1;\n- b\n```\n完", "const a = 1;\n- b\n完"],
    ["![图](https://a.cn/p.png)", "[图](https://a.cn/p.png)"],
    ["~~删~~ *斜*", "删 斜"],
    ["一\n\n二", "一\n\n二"],
  ])("%j", (given, shown) => {
    expect(appMarkdown(given)).toBe(shown);
  });

  test("what needs none is a text, which the WeChat plug-in shows", () => {
    expect(appBody({ kind: "markdown", text: "你好\n第二行" })).toEqual({ msgtype: "text", content: "你好\n第二行" });
    expect(appBody({ kind: "markdown", text: "**你好**" }).msgtype).toBe("markdown");
    expect(appBody({ kind: "text", text: "**你好**" })).toEqual({ msgtype: "text", content: "**你好**" });
  });
});

test.each([
  ["## 标题\n**粗** `码`", "标题\n粗 码"],
  ["[链](https://a.cn) [https://b.cn](https://b.cn)", "链(https://a.cn) https://b.cn"],
  ["> 引用\n---", "引用\n———"],
  ['<font color="info">绿</font>', "绿"],
  ["```\n# 不是标题\n```", "# 不是标题"],
])("plain text of %j", (given, shown) => {
  expect(plainOf(given)).toBe(shown);
});

test("a text is shown letter by letter, a mention in it notifies nobody, names stand in front", () => {
  expect(escapeMarkdown("1. a\n- *b* <think>")).toBe("1\\. a\n\\- \\*b\\* \\<think>");
  expect(botText({ kind: "markdown", text: "叫 <@all> `<@all>`" })).toBe("叫 <\u2060@all> `<@all>`");
  expect(botText({ kind: "markdown", text: "好", mentions: ["lin.yi"] })).toBe("@lin.yi 好");
  expect(botText({ kind: "markdown", text: "好", mentions: "all" })).toBe("@所有人 好");
});
