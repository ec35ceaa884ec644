/** Two dialects of markdown, and texts that notify nobody. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cardMarkdown,
  escapeMentions,
  isPlainText,
  robotMarkdown,
  titleOf,
  withMentions,
} from "../../src/outbound/render.ts";

const J = "\u2060";

describe("line breaks", () => {
  test.each([
    ["a\nb", "a  \nb", "a<br>b"],
    ["a\n\nb", "a\n\nb", "a\n\nb"],
    ["# t\na", "# t\na", "# t\na"],
    ["a\n# t", "a\n# t", "a\n# t"],
    ["- a\n- b", "- a\n- b", "- a\n- b"],
    ["1. a\n2. b", "1. a\n2. b", "1. a\n2. b"],
    ["a\n- b", "a\n- b", "a\n- b"],
    ["```\na\nb\n```", "```\na\nb\n```", "```\na\nb\n```"],
    ["a\n```\nx\ny\n```\nb\nc", "a\n```\nx\ny\n```\nb  \nc", "a\n```\nx\ny\n```\nb<br>c"],
    ["~~~\na\nb\n~~~", "~~~\na\nb\n~~~", "~~~\na\nb\n~~~"],
    ["```\nstill\nopen", "```\nstill\nopen", "```\nstill\nopen"],
    ["> a\n> b\n> c", "> a  \n> b  \n> c", "> a<br>b<br>c"],
    ["> a\nb", "> a  \nb", "> a\nb"],
    ["a\n> b", "a  \n> b", "a\n> b"],
    ["> - a\n> - b", "> - a  \n> - b", "> - a\n> - b"],
  ])("%j", (text, robot, card) => {
    expect(robotMarkdown(text)).toBe(robot);
    expect(cardMarkdown(text)).toBe(card);
  });
});

describe("tables and tasks", () => {
  const table = "| a | b |\n| --- | :-- |\n| 1 | 2 |";
  const drawn = "| a | b |\n|:-:| :-- |\n| 1 | 2 |";

  test("a table gets an empty line before it and colons in its delimiter row", () => {
    expect(robotMarkdown(`text\n${table}`)).toBe(`text\n\n${drawn}`);
    expect(cardMarkdown(`text\n\n${table}`)).toBe(`text\n\n${drawn}`);
    expect(robotMarkdown("```\n| a |\n| --- |\n```")).toBe("```\n| a |\n| --- |\n```");
  });

  test("task lists have signs", () => {
    expect(robotMarkdown("- [ ] open\n- [x] done\n* [X] too")).toBe("- ☐ open\n- ☑ done\n* ☑ too");
  });
});

describe("mentions", () => {
  test.each([
    ["@all look", `@${J}all look`],
    ["@staff-001", `@${J}staff-001`],
    ["a@b.com", "a@b.com"],
    ["`@all`", "`@all`"],
    ["```\n@all\n```", "```\n@all\n```"],
    ["``` @all", "``` @all"],
    ["<@staff-001>", `<@${J}staff-001>`],
    ["@", "@"],
    ["@ all", "@ all"],
    [`@${J}all`, `@${J}all`],
  ])("%j notifies nobody", (text, expected) => {
    expect(escapeMentions(text)).toBe(expected);
    expect(escapeMentions(expected)).toBe(expected);
  });

  test("who shall be notified is named where the text says so, otherwise in front", () => {
    expect(withMentions("hi <@a>, @b", ["a"])).toBe(`hi @a, @${J}b`);
    expect(withMentions("hi", ["a", "b"])).toBe("@a @b hi");
    expect(withMentions("<@a> and <@a>", ["a", "c"])).toBe("@c @a and @a");
    expect(withMentions("hi @all", "all")).toBe(`hi @${J}all`);
    expect(withMentions("hi", undefined)).toBe("hi");
  });

  test("whatever is written, no name follows an @ outside of code", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("@", "a", "所", " ", ".", "-", "<", ">", "\n") }), (text) => {
        expect(escapeMentions(text)).not.toMatch(/(?<![\w.+-])@[^\s@\u2060]/);
      }),
    );
  });
});

describe("titles and plain texts", () => {
  test.each([
    ["## 日报\n\n- a", "日报"],
    ["\n\n> **重要** `x`", "重要 x"],
    ["---\nafter the rule", "after the rule"],
    ["字".repeat(30), "字".repeat(20)],
    ["🎉".repeat(30), "🎉".repeat(20)],
    ["", "消息"],
    ["***", "消息"],
  ])("the title of %j is %j", (text, title) => expect(titleOf(text)).toBe(title));

  test.each([
    ["just words", true],
    ["两句话。没有标记!", true],
    ["two\nlines", false],
    ["**bold**", false],
    ["- item", false],
    ["1. item", false],
    ["a `code`", false],
    ["[link](https://example.com)", false],
  ])("%j is plain: %s", (text, isPlain) => expect(isPlainText(text)).toBe(isPlain));
});

test("nothing but line breaks, joiners and blanks is added to ordinary text", () => {
  const bare = (text: string): string => text.replaceAll(/<br>|[\s\u2060]/g, "");
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "中", " ", "\n", "#", "-", "`", "*", "@", "🎉", "1", ".") }),
      (text) => {
        for (const render of [robotMarkdown, cardMarkdown]) expect(bare(render(escapeMentions(text)))).toBe(bare(text));
      },
    ),
  );
});
