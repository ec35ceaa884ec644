/** The page's markdown: a small part of the language, everything else as text. */
import { expect, test } from "vitest";
import { parseInline, parseMarkdown, plainText } from "../../page/src/markdown.ts";

const text = (value: string): object => ({ kind: "text", text: value });

test("blocks are told apart", () => {
  const source = "# Title\n\nfirst\nsecond\n- a\n- b\n1. one\n2. two\n> said\n---\n```ts\nlet x = 1;\n```\nend";
  expect(parseMarkdown(source)).toEqual([
    { kind: "heading", level: 1, children: [text("Title")] },
    { kind: "paragraph", lines: [[text("first")], [text("second")]] },
    { kind: "list", ordered: false, items: [[text("a")], [text("b")]] },
    { kind: "list", ordered: true, items: [[text("one")], [text("two")]] },
    { kind: "quote", lines: [[text("said")]] },
    { kind: "rule" },
    { kind: "code", text: "let x = 1;" },
    { kind: "paragraph", lines: [[text("end")]] },
  ]);
});

test("a code block that is still growing is one", () => {
  expect(parseMarkdown("```\nlet x")).toEqual([{ kind: "code", text: "let x" }]);
});

test("inline marks nest; what is unfinished is text", () => {
  expect(parseInline("a **b *c*** `**d**` [e](https://example.com) *")).toEqual([
    text("a "),
    { kind: "bold", children: [text("b *c")] },
    text("* "),
    { kind: "code", text: "**d**" },
    text(" "),
    { kind: "link", href: "https://example.com", children: [text("e")] },
    text(" *"),
  ]);
});

test.each(["javascript:alert(1)", "data:text/html,x", "//example.com", "file:///etc/passwd"])(
  "%s is no address for a link",
  (href) => {
    const parts = parseInline(`[x](${href})`);
    expect(new Set(parts.map(({ kind }) => kind))).toEqual(new Set(["text"]));
    expect(parts.map((part) => ("text" in part ? part.text : "")).join("")).toBe(`[x](${href})`);
  },
);

test("markup is text", () => {
  expect(parseMarkdown("<b>x</b>")).toEqual([{ kind: "paragraph", lines: [[text("<b>x</b>")]] }]);
});

test("words without marks", () => {
  expect(plainText("# A\n\n2 * 3 = **6**\n- `x`\n- [y](https://example.com)\n---\n> *z*\n```\ncode\n```")).toBe(
    "A 2 * 3 = 6 x y z code",
  );
});
