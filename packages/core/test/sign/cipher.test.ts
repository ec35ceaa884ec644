/** The sealed envelope: what is sealed opens, and nothing else does. Platforms' own vectors are in their packages. */
import { createCipheriv } from "node:crypto";
import { createEnvelopeCipher, type EnvelopeCipher } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";

const AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const RECEIVER = "receiver-01";
const cipher = cipherOf(AES_KEY);

function cipherOf(aesKey: string): EnvelopeCipher {
  const made = createEnvelopeCipher(aesKey, () => Buffer.from("0123456789abcdef"));
  return made ?? expect.unreachable("no key");
}

/** Any bytes under the key, as an attacker who had it could write them. */
function encrypted(plain: Uint8Array): string {
  const key = Buffer.from(`${AES_KEY}=`, "base64");
  const aes = createCipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([aes.update(plain), aes.final()]).toString("base64");
}

function plainOf(parts: { readonly length?: number; readonly message?: Buffer; readonly padding?: Buffer }): Buffer {
  const { message = Buffer.from("x"), length = message.length, padding } = parts;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  const body = Buffer.concat([Buffer.alloc(16, "r"), size, message, Buffer.from(RECEIVER)]);
  const pad = 32 - (body.length % 32);
  return Buffer.concat([body, padding ?? Buffer.alloc(pad, pad)]);
}

test.each(Array.from({ length: 66 }, (_, bytes) => bytes))("a message of %i bytes, and its receiver", (bytes) => {
  const message = "m".repeat(bytes);
  for (const receiver of ["", RECEIVER, "企业"])
    expect(cipher.open(cipher.seal(message, receiver), receiver)).toBe(message);
});

test("whoever it was sealed for, where nobody is expected", () => {
  expect(cipher.openFor(cipher.seal("x", "企业"))).toEqual({ message: "x", receiveId: "企业" });
  expect(cipher.openFor(cipher.seal("x", ""))).toEqual({ message: "x", receiveId: "" });
  expect(cipher.openFor(cipherOf("0".repeat(43)).seal("x", RECEIVER))).toBeUndefined();
  expect(cipher.openFor("")).toBeUndefined();
});

test("text as it is: Chinese, emoji, NUL, line ends, a byte order mark", () => {
  const text = "\uFEFF新员工🎉 a\0b\r\n\u2028";
  expect(cipher.open(cipher.seal(text, RECEIVER), RECEIVER)).toBe(text);
});

test("the random bytes are new each time unless they are given", () => {
  const free = createEnvelopeCipher(AES_KEY);
  expect(free?.seal("x", "")).not.toBe(free?.seal("x", ""));
  expect(cipher.seal("x", "")).toBe(cipher.seal("x", ""));
});

test("line breaks within are overlooked", () => {
  const broken = cipher.seal("x".repeat(200), RECEIVER).replaceAll(/.{76}/g, "$&\r\n");
  expect(cipher.open(broken, RECEIVER)).toBe("x".repeat(200));
});

test.each(["", "short", AES_KEY.slice(1), `${AES_KEY}=`, `${AES_KEY.slice(1)}-`, `${AES_KEY}\n`, "密".repeat(43)])(
  "no key: %j",
  (aesKey) => expect(createEnvelopeCipher(aesKey)).toBeUndefined(),
);

describe("undefined, and no error, for", () => {
  const pads = (...bytes: number[]): Buffer => Buffer.from(bytes);
  const rest = 32 - ((20 + 1 + RECEIVER.length) % 32); // what the padding of the shortest message has to fill
  test.each([
    ["another receiver", cipher.seal("x", "receiver-02")],
    ["a longer receiver", cipher.seal("x", `${RECEIVER}0`)],
    ["no receiver", cipher.seal("x", "")],
    ["another key", cipherOf("0".repeat(43)).seal("x", RECEIVER)],
    ["nothing", ""],
    ["only white space", " \n"],
    ["no base64", "新".repeat(44)],
    ["half a block", Buffer.alloc(16).toString("base64")],
    ["a block and a half", Buffer.alloc(48).toString("base64")],
    ["one byte too many", Buffer.alloc(33).toString("base64")],
    ["a pad of 0", encrypted(plainOf({ padding: pads(...Array<number>(rest).fill(0)) }))],
    ["a pad of 33", encrypted(plainOf({ padding: pads(...Array<number>(rest).fill(33)) }))],
    ["a pad of 255", encrypted(plainOf({ padding: pads(...Array<number>(rest).fill(255)) }))],
    ["a pad with one odd byte", encrypted(plainOf({ message: Buffer.from("xx"), padding: oddPadding() }))],
    ["padding and nothing else", encrypted(Buffer.alloc(32, 32))],
    ["a length beyond the end", encrypted(plainOf({ length: 4_000 }))],
    ["the largest length", encrypted(plainOf({ length: 0xffff_ffff }))],
    ["a length that cuts the message", encrypted(plainOf({ length: 0 }))],
    ["a length that takes the receiver", encrypted(plainOf({ length: 1 + RECEIVER.length }))],
    ["no UTF-8", encrypted(plainOf({ message: Buffer.from([0xff, 0xfe]) }))],
  ])("%s", (_, sealed) => expect(cipher.open(sealed, RECEIVER)).toBeUndefined());

  test("one changed bit anywhere before the last block of the padding, or within it", () => {
    const good = Buffer.from(cipher.seal("a message of some length, of several blocks", RECEIVER), "base64");
    for (let at = good.length - 48; at < good.length; at += 1) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(cipher.open(bad.toString("base64"), RECEIVER), `byte ${at}`).toBeUndefined();
    }
  });
});

/** 31 bytes that say 31, but for the first. */
function oddPadding(): Buffer {
  const size = 32 - ((20 + 2 + RECEIVER.length) % 32);
  const padding = Buffer.alloc(size, size);
  padding[0] = size ^ 1;
  return padding;
}
