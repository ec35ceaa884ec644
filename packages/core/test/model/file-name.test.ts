/** Names that mean harm, as senders may write them. */
import { describe, expect, test } from "vitest";
import { extensionOf, safeFileName } from "../../src/model/file-name.ts";

describe("safeFileName", () => {
  test.each([
    ["报告 7月.pdf", "报告 7月.pdf"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\windows\\win.ini", "win.ini"],
    ["C:\\boot.ini", "boot.ini"],
    ["/absolute", "absolute"],
    ["a/", "fallback"],
    ["..", "fallback"],
    ["...", "fallback"],
    ["", "fallback"],
    ["   ", "fallback"],
    [undefined, "fallback"],
    ["a\u0000.png", "a.png"],
    ["a\r\nContent-Type: x", "aContent-Type_ x"],
    ["invoice\u202Efdp.exe", "invoicefdp.exe"],
    ["a\u200B.png", "a.png"],
    ['a"b.png', "a_b.png"],
    ["$(rm -rf ~).txt", "_(rm -rf ~).txt"],
    ["`id`;x", "_id__x"],
    [".bashrc", "_bashrc"],
    ["--help", "__help"],
    ["NUL", "_NUL"],
    ["con.txt", "_con.txt"],
    ["trailing. . ", "trailing"],
    ["\uD800x", "x"],
  ])("%j", (name, expected) => {
    expect(safeFileName(name, "fallback")).toBe(expected);
  });

  test("a long name keeps its extension", () => {
    const name = safeFileName(`${"长".repeat(500)}.tar.gz`, "fallback");
    expect([...name]).toHaveLength(120);
    expect(name.endsWith("长.gz")).toBe(true);
  });
});

test.each([
  ["a.PDF", "pdf"],
  ["a.tar.gz", "gz"],
  ["a", ""],
  [".bashrc", ""],
  ["a.", ""],
  [`a.${"x".repeat(40)}`, ""],
])("extensionOf(%j)", (name, expected) => {
  expect(extensionOf(name)).toBe(expected);
});
