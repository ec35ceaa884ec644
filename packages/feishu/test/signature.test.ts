import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createEventCipher } from "../src/edge/sealed.ts";
import { checkCardSignature, checkSignature, robotSignature, type SignedCall } from "../src/signature.ts";

interface SignedCase {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: string;
  readonly encryptKey: string;
  readonly verificationToken: string;
  readonly expect: "accept" | "reject";
}

interface Vectors {
  readonly aes: {
    readonly valid: readonly { readonly encryptKey: string; readonly encrypt: string; readonly plaintext: string }[];
    readonly invalid: readonly { readonly name: string; readonly encryptKey: string; readonly encrypt: string }[];
  };
  readonly eventSignature: { readonly now: number; readonly cases: readonly SignedCase[] };
  readonly legacyCardSignature: { readonly cases: readonly SignedCase[] };
  readonly customBotSign: {
    readonly valid: readonly { readonly timestamp: string; readonly secret: string; readonly sign: string }[];
    readonly wrong: readonly { readonly timestamp: string; readonly secret: string; readonly sign: string }[];
  };
}

const vectors = JSON.parse(readFileSync(new URL("vectors/feishu-crypto.json", import.meta.url), "utf8")) as Vectors;
const { now } = vectors.eventSignature;
const nowMs = now * 1_000;

function callOf({ headers, rawBody }: SignedCase): SignedCall {
  return {
    timestamp: headers["X-Lark-Request-Timestamp"] ?? null,
    nonce: headers["X-Lark-Request-Nonce"] ?? null,
    signature: headers["X-Lark-Signature"] ?? null,
    body: Buffer.from(rawBody),
  };
}

test.each(vectors.eventSignature.cases)("event signature, $name: $expect", (given) => {
  const { encryptKey } = given;
  expect(checkSignature(callOf(given), { encryptKey, nowMs }) === "valid").toBe(given.expect === "accept");
});

test.each(vectors.legacyCardSignature.cases)("signature of an old card callback, $name: $expect", (given) => {
  const { verificationToken } = given;
  expect(checkCardSignature(callOf(given), { verificationToken, nowMs }) === "valid").toBe(given.expect === "accept");
});

test("an hour from now is within the window, a second more is not; a time that is none is wrong", () => {
  const [given] = vectors.eventSignature.cases;
  if (given === undefined) throw new Error("no case");
  const { encryptKey } = given;
  const at = (skewS: number) => checkSignature(callOf(given), { encryptKey, nowMs: nowMs + skewS * 1_000 });
  expect([-3_601, -3_600, 3_600, 3_601].map(at)).toEqual(["outside_window", "valid", "valid", "outside_window"]);
  expect(checkSignature({ ...callOf(given), timestamp: "soon" }, { encryptKey, nowMs })).toBe("wrong");
  expect(checkSignature({ ...callOf(given), signature: null }, { encryptKey, nowMs })).toBe("absent");
});

test.each(vectors.customBotSign.valid)("a robot's sign at $timestamp", ({ timestamp, secret, sign }) => {
  expect(robotSignature(timestamp, secret)).toBe(sign);
});

test("key and message the other way round make another sign", () => {
  const [swapped] = vectors.customBotSign.wrong;
  expect(robotSignature(swapped?.timestamp ?? "", swapped?.secret ?? "")).not.toBe(swapped?.sign);
});

test.each(vectors.aes.valid)("what was encrypted can be read: $plaintext", ({ encryptKey, encrypt, plaintext }) => {
  expect(createEventCipher(encryptKey).open(encrypt)).toBe(plaintext);
});

/** Two of them decrypt to something that is no JSON; who reads them as JSON refuses them. */
test.each(vectors.aes.invalid)("$name is no event", ({ encryptKey, encrypt }) => {
  const text = createEventCipher(encryptKey).open(encrypt);
  expect(() => JSON.parse(text ?? "") as unknown).toThrow(SyntaxError);
});
