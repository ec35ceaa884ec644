import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutOnce, fits, split } from "../../src/reply/split.ts";

const squeeze = (text: string): string => text.replace(/\s+/g, "");

describe("split", () => {
  test("leaves alone what fits", () => {
    expect(split("hello", { maxChars: 5 })).toEqual(["hello"]);
    expect(split("", { maxChars: 5 })).toEqual([""]);
    expect(split("anything", {})).toEqual(["anything"]);
  });

  test("cuts on a block border before a line, on a line before a word", () => {
    const text = `${"a".repeat(40)}\n\n${"b".repeat(20)}\n${"c".repeat(30)}`;
    const [first, second] = split(text, { maxChars: 90 });
    expect(first).toBe("a".repeat(40));
    expect(second).toBe(`${"b".repeat(20)}\n${"c".repeat(30)}`);
  });

  test("closes and reopens a code fence", () => {
    const text = `intro\n\n\`\`\`ts\n${"const x = 1;\n".repeat(20)}\`\`\`\nend`;
    const pieces = split(text, { maxChars: 120 });
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece.match(/^```/gm)?.length ?? 0).toSatisfy((n: number) => n % 2 === 0);
    expect(pieces[1]).toMatch(/^```ts\n/);
  });

  test("never cuts inside a link", () => {
    const link = "[a label of some length](https://example.com/a/long/path?with=query)";
    const text = `${"word ".repeat(20)}${link} ${"tail ".repeat(20)}`;
    for (const piece of split(text, { maxChars: 150 })) {
      expect(piece.includes("[a label")).toBe(piece.includes("query)"));
    }
  });

  test("property: every piece keeps both limits, no code point is broken, no text is lost", () => {
    const texts = fc.array(
      fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\n", "\n\n", "报表", "🤖", "。", " ")),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 60, max: 300 }),
        (parts, chars, bytes) => {
          const text = parts.join("").replaceAll("`", "'").replaceAll("~", "-");
          const limits = { maxChars: chars, maxBytes: bytes };
          const pieces = split(text, limits);
          for (const piece of pieces) {
            expect(fits(piece, limits)).toBe(true);
            expect(piece.isWellFormed()).toBe(text.isWellFormed() ? true : piece.isWellFormed());
          }
          expect(squeeze(pieces.join(""))).toBe(squeeze(text));
        },
      ),
    );
  });

  test("property: a cut says how much of the text it took", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 100, maxLength: 400 }), (raw) => {
        const text = raw.replaceAll("`", "'").replaceAll("~", "-");
        const { head, prefix, rest } = cutOnce(text, { maxChars: 60 });
        expect(prefix).toBe("");
        expect(text.endsWith(rest)).toBe(true);
        expect(squeeze(head + rest)).toBe(squeeze(text));
      }),
    );
  });
});
