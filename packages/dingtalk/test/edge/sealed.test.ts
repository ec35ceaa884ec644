/** Encrypted events against the vectors, which two independent programs have read. */
import { readFileSync } from "node:fs";
import { createEnvelopeCipher, sha1Hex } from "@openclaw-china/core/internal";
import { verifyContract } from "@openclaw-china/testkit/contracts";
import { describe, expect, test } from "vitest";
import { createSealedEvents, type SealedCall, type SealedEvents } from "../../src/edge/sealed.ts";

interface Vector extends SealedCall {
  readonly name: string;
  readonly aesKey: string;
  readonly token: string;
  readonly ownerKey: string;
}
interface Vectors {
  readonly ok: readonly (Vector & { readonly random: string; readonly plain: string })[];
  readonly reject: readonly (Vector & { readonly expect: string })[];
}

const file = new URL("../vectors/dingtalk-event-crypto.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

function eventsOf({ token, aesKey, ownerKey: owner }: Vector): SealedEvents {
  return createSealedEvents({ token, aesKey, owner }) ?? expect.unreachable("no key");
}

test("the vectors are all there", () => {
  expect([vectors.ok.length, vectors.reject.length]).toEqual([7, 5]);
});

describe("what DingTalk has sent", () => {
  test.each(vectors.ok)("$name", (vector) => {
    expect(eventsOf(vector).open(vector)).toEqual({ text: vector.plain });
  });

  test.each(vectors.ok)("sealed again with the same random bytes it is the same: $name", (vector) => {
    const cipher = createEnvelopeCipher(vector.aesKey, () => Buffer.from(vector.random));
    expect(cipher?.seal(vector.plain, vector.ownerKey)).toBe(vector.encrypt);
  });
});

/** What the vectors call it, in our words; a key that is none is found when the channel is made. */
const IN_OUR_WORDS: Readonly<Record<string, string | undefined>> = {
  "bad-signature": "wrong",
  "owner-mismatch": "unreadable",
  "bad-ciphertext": "unreadable",
  "bad-padding": "unreadable",
  "bad-key": undefined,
};

test.each(vectors.reject)("refused: $name", (vector) => {
  const { token, aesKey, ownerKey: owner } = vector;
  expect(createSealedEvents({ token, aesKey, owner })?.open(vector)).toBe(IN_OUR_WORDS[vector.expect]);
});

test("an answer is signed and opens for the app that asked", () => {
  const [vector] = vectors.ok;
  if (vector === undefined) return expect.unreachable("no vector");
  const events = eventsOf(vector);
  const body = JSON.parse(events.answer("success", { timestamp: "1790000000006", nonce: "n" })) as {
    readonly [name: string]: string;
  };
  expect(Object.keys(body)).toEqual(["msg_signature", "timeStamp", "nonce", "encrypt"]);
  const { msg_signature: signature = "", timeStamp: timestamp = "", nonce = "", encrypt = "" } = body;
  expect([timestamp, nonce]).toEqual(["1790000000006", "n"]);
  expect(events.open({ signature, timestamp, nonce, encrypt })).toEqual({ text: "success" });
});

test("line breaks within the sealed text are signed as they come and overlooked afterwards", () => {
  const vector = vectors.ok.find(({ encrypt }) => encrypt.length > 152) ?? expect.unreachable("no long vector");
  const { token, timestamp, nonce } = vector;
  const encrypt = vector.encrypt.replaceAll(/.{76}/g, "$&\n");
  const signature = sha1Hex([token, timestamp, nonce, encrypt].toSorted((a, b) => (a < b ? -1 : 1)).join(""));
  expect(eventsOf(vector).open({ signature, timestamp, nonce, encrypt })).toEqual({ text: vector.plain });
  expect(eventsOf(vector).open({ ...vector, encrypt })).toBe("wrong");
});

const [example] = vectors.ok;
const { signature = "", timestamp = "", nonce = "", encrypt = "" } = example ?? {};
verifyContract({
  name: "dingtalk events",
  verify: ({ signature: given = "", timestamp: time = "", nonce: once = "", encrypt: text = "" }) =>
    example !== undefined &&
    typeof eventsOf(example).open({ signature: given, timestamp: time, nonce: once, encrypt: text }) === "object",
  covered: ["signature", "timestamp", "nonce", "encrypt"],
  cases: [
    { name: "as DingTalk sends it", request: { signature, timestamp, nonce, encrypt }, valid: true },
    {
      name: "the text of another event",
      request: { signature, timestamp, nonce, encrypt: vectors.ok[4]?.encrypt ?? "" },
      valid: false,
    },
    {
      name: "the signature of another event",
      request: { signature: vectors.ok[1]?.signature ?? "", timestamp, nonce, encrypt },
      valid: false,
    },
  ],
});
