/** Robot signatures against the vectors, which were computed by two independent programs. */
import { readFileSync } from "node:fs";
import { hmacSha256Base64 } from "@openclaw-china/core/internal";
import { verifyContract } from "@openclaw-china/testkit/contracts";
import { describe, expect, test } from "vitest";
import { checkSignature, type SignatureCheck, signedRobotUrl } from "../src/signature.ts";

interface Vectors {
  readonly robotWebhook: readonly { readonly appSecret: string; readonly timestamp: string; readonly sign: string }[];
  readonly robotWebhookVerification: readonly {
    readonly name: string;
    readonly nowMs: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly appSecret: string;
    readonly expect: string;
  }[];
  readonly customRobot: readonly {
    readonly secret: string;
    readonly timestamp: string;
    readonly webhook: string;
    readonly signUrlEncoded: string;
    readonly signedUrl: string;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL("vectors/dingtalk-sign.json", import.meta.url), "utf8")) as Vectors;

/** The vectors' own words. */
const IN_OUR_WORDS: Readonly<Record<string, SignatureCheck>> = {
  ok: "valid",
  "missing-header": "absent",
  "bad-signature": "wrong",
  "timestamp-out-of-window": "outside_window",
};

test("the vectors are all there", () => {
  expect(vectors.robotWebhook).toHaveLength(16);
  expect(vectors.robotWebhookVerification).toHaveLength(10);
  expect(vectors.customRobot).toHaveLength(6);
});

test.each(vectors.robotWebhook)("$appSecret at $timestamp", ({ appSecret, timestamp, sign }) => {
  expect(checkSignature({ timestamp, sign }, { appSecret, nowMs: Number(timestamp) })).toBe("valid");
});

test.each(vectors.robotWebhookVerification)("$name", ({ nowMs, headers, appSecret, expect: said }) => {
  const given = new Headers(headers); // names in any case
  const call = { timestamp: given.get("timestamp"), sign: given.get("sign") };
  expect(checkSignature(call, { appSecret, nowMs })).toBe(IN_OUR_WORDS[said]);
});

const [example] = vectors.robotWebhook;
const { appSecret = "", timestamp = "", sign = "" } = example ?? {};
const NOW_MS = Number(timestamp);

verifyContract({
  name: "dingtalk robots",
  verify: (request) =>
    checkSignature({ timestamp: request["timestamp"], sign: request["sign"] }, { appSecret, nowMs: NOW_MS }) ===
    "valid",
  covered: ["timestamp", "sign"],
  cases: [
    { name: "as DingTalk sends it", request: { timestamp, sign }, valid: true },
    {
      name: "the signature of another app",
      request: { timestamp, sign: vectors.robotWebhook[4]?.sign ?? "" },
      valid: false,
    },
    {
      name: "the signature of another time",
      request: { timestamp, sign: vectors.robotWebhook[1]?.sign ?? "" },
      valid: false,
    },
  ],
});

describe("the window of an hour", () => {
  const at = (nowMs: number): SignatureCheck => checkSignature({ timestamp, sign }, { appSecret, nowMs });
  test.each([
    [3_600_000, "valid"],
    [3_600_001, "outside_window"],
    [-3_600_000, "valid"],
    [-3_600_001, "outside_window"],
  ])("%i ms from then: %s", (offMs, check) => {
    expect(at(NOW_MS + offMs)).toBe(check);
  });

  test("a wrong signature is wrong, however old", () => {
    const call = { timestamp, sign: sign.replace("I", "J") };
    expect(checkSignature(call, { appSecret, nowMs: 0 })).toBe("wrong");
  });

  test.each(["1e12", "0x1a0c5f5a000", " 1790000000000", "1790000000000.0", "-1", "Infinity", "九"])(
    "a signed timestamp that is no plain number is wrong: %s",
    (odd) => {
      const signed = { timestamp: odd, sign: hmacSha256Base64(appSecret, `${odd}\n${appSecret}`) };
      expect(checkSignature(signed, { appSecret, nowMs: NOW_MS })).toBe("wrong");
    },
  );
});

describe("the address of a custom robot", () => {
  test.each(vectors.customRobot)("$signedUrl", ({ secret, timestamp: then, webhook, signUrlEncoded, signedUrl }) => {
    const url = signedRobotUrl(webhook, { secret, nowMs: Number(then) });
    expect(url).toBe(signedUrl);
    expect(url.endsWith(`&sign=${signUrlEncoded}`)).toBe(true);
  });

  test("signing a signed one replaces its signature: it does not grow", () => {
    const [first, later] = vectors.customRobot;
    const once = signedRobotUrl(first?.webhook ?? "", { secret: first?.secret ?? "", nowMs: Number(first?.timestamp) });
    const again = signedRobotUrl(once, { secret: later?.secret ?? "", nowMs: Number(later?.timestamp) });
    expect(again).toBe(later?.signedUrl);
  });
});
