/** Signature and seal against the vectors, strictly: what must fail does, and nothing throws. */
import { readFileSync } from "node:fs";
import { verifyContract } from "@openclaw-china/testkit/contracts";
import { describe, expect, test } from "vitest";
import { jsonReply, xmlReply } from "../src/edge/reply.ts";
import { createSeal, type Seal } from "../src/edge/sealed.ts";
import { isFresh, isSigned, signatureOf, type SignedCall } from "../src/signature.ts";

interface Vector {
  readonly name: string;
  readonly kind?: "signature";
  readonly key: string;
  readonly token: string;
  readonly receiveId: string;
  readonly randomHex: string;
  readonly message: string;
  readonly encrypt: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly signature: string;
  readonly msg_signature: string;
  readonly body: unknown;
}

type Group = "roundTrip" | "signature" | "mustFail" | "mustAccept" | "replyEnvelope";
const file = new URL("vectors/wecom-crypto.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<Group, readonly Vector[]>> & {
  readonly keys: Readonly<Record<string, { readonly encodingAESKey: string }>>;
};

/** `key` is a name, or the key itself. */
function sealOf(
  { key, receiveId, token = "t", randomHex = "" }: Partial<Vector> & Pick<Vector, "key">,
  receiver?: string,
): Seal | undefined {
  const encodingAesKey = vectors.keys[key]?.encodingAESKey ?? key;
  const random = randomHex === "" ? undefined : (): Buffer => Buffer.from(randomHex, "hex");
  return createSeal({ token, encodingAesKey, receiveId: arguments.length > 1 ? receiver : receiveId }, random);
}

test("the vectors are all here", () => {
  const { roundTrip, signature, mustFail, mustAccept, replyEnvelope } = vectors;
  expect([roundTrip, signature, mustFail, mustAccept, replyEnvelope].map(({ length }) => length)).toEqual([
    32, 9, 23, 4, 2,
  ]);
});

describe("sealed and opened", () => {
  test.each(vectors.roundTrip)("$name", (vector) => {
    const { message: text, receiveId, encrypt } = vector;
    const seal = sealOf(vector);
    expect(seal?.open(encrypt)).toEqual({ text, receiveId });
    expect(sealOf(vector, undefined)?.open(encrypt)).toEqual({ text, receiveId });
    expect(seal?.seal(text, { receiveId, timestamp: "1", nonce: "2" }).encrypt).toBe(encrypt);
  });

  test.each(vectors.mustAccept)("accepted: $name", (vector) => {
    expect(sealOf(vector)?.open(vector.encrypt)?.text).toBe(vector.message);
  });

  test.each(vectors.mustFail.filter(({ kind }) => kind === undefined))("refused: $name", (vector) => {
    expect(sealOf(vector)?.open(vector.encrypt)).toBeUndefined();
  });
});

describe("signatures", () => {
  test.each(vectors.signature)("$name", ({ token, timestamp, nonce, encrypt, signature }) => {
    expect(signatureOf({ timestamp, nonce, encrypt }, token)).toBe(signature);
    expect(isSigned({ signature, timestamp, nonce, encrypt }, token)).toBe(true);
  });

  test.each(vectors.mustFail.filter(({ kind }) => kind === "signature"))("$name", (vector) => {
    const { token, timestamp, nonce, encrypt, msg_signature: signature } = vector;
    expect(isSigned({ signature, timestamp, nonce, encrypt }, token)).toBe(false);
  });

  test("an hour around now is fresh, beyond and other than seconds is not", () => {
    const now = 1_785_000_000_000;
    for (const near of ["1785000000", "1784996400", "1785003600"]) expect(isFresh(near, now), near).toBe(true);
    for (const far of [
      "1784996399",
      "1785003601",
      "0",
      "",
      "-1",
      "1e9",
      " 1785000000",
      "1785000000000",
      "9".repeat(400),
    ])
      expect(isFresh(far, now), far).toBe(false);
  });
});

const [, robot] = vectors.signature as [Vector, Vector];
verifyContract({
  name: "a callback",
  verify: ({ signature = "", timestamp = "", nonce = "", encrypt = "" }) =>
    isSigned({ signature, timestamp, nonce, encrypt } satisfies SignedCall, robot.token),
  cases: [
    { name: "as the platform signs", request: requestOf(robot), valid: true },
    {
      name: "of another call",
      request: { ...requestOf(robot), encrypt: vectors.signature[0]?.encrypt ?? "" },
      valid: false,
    },
  ],
  covered: ["signature", "timestamp", "nonce", "encrypt"],
});

function requestOf({ signature, timestamp, nonce, encrypt }: Vector): Readonly<Record<string, string>> {
  return { signature, timestamp, nonce, encrypt };
}

test("answers are wrapped as the official package does it", () => {
  const [app, bot] = vectors.replyEnvelope as [Vector, Vector];
  const wrapped = (vector: Vector): Parameters<typeof xmlReply>[0] => {
    const { receiveId, timestamp, nonce } = vector;
    const answer = sealOf(vector)?.seal(vector.message, { receiveId, timestamp, nonce });
    return answer ?? expect.unreachable("no key");
  };
  expect(xmlReply(wrapped(app))).toBe(app.body);
  expect(JSON.parse(jsonReply(wrapped(bot)))).toEqual(bot.body);
});
