/** Digests against published vectors, and the one comparison. */
import { equal, hmacSha256Base64, sha1Hex, sha256Hex } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";

describe("HMAC-SHA256 (RFC 4231), as base64", () => {
  const hex = (text: string): string => Buffer.from(text, "base64").toString("hex");
  test.each([
    ["Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
    ["\u000b".repeat(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  ])("%j", (key, message, mac) => {
    expect(hex(hmacSha256Base64(key, message))).toBe(mac);
  });

  test("key and message are UTF-8; the padding is there", () => {
    expect(hmacSha256Base64("短密钥-含中文", "1790000000000\n短密钥-含中文")).toBe(
      "k327J6vBF5W53aBeQUoP4mvekc7Q4u+BAfbWDpTfDrE=",
    );
  });
});

test.each([
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
])("SHA-1 of %j (FIPS 180)", (text, digest) => {
  expect(sha1Hex(text)).toBe(digest);
});

test("SHA-256 of texts and bytes (FIPS 180)", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256Hex("abc")).toBe(abc);
  expect(sha256Hex(new TextEncoder().encode("abc"))).toBe(abc);
  expect(sha256Hex("含中文")).toBe(sha256Hex(new TextEncoder().encode("含中文")));
});

test.each([
  ["", "", true],
  ["a", "a", true],
  ["签名", "签名", true],
  ["a", "b", false],
  ["a", "", false],
  ["", "a", false],
  ["abc", "abcd", false],
  ["abc", "ab", false],
  ["é", "e\u0301", false], // the same letter in other code points
  ["签", "xyz", false], // three bytes each
  ["\0", "", false],
])("equal(%j, %j) is %s", (a, b, same) => {
  expect(equal(a, b)).toBe(same);
  expect(equal(b, a)).toBe(same);
});
