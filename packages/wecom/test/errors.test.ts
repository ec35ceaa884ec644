/** Every code of the protocol gets its meaning; what may be done follows from it; texts hold no secret. */
import type { Answer } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { errorOf, isStale, isUnsubscribed, judgeAck } from "../src/api/judge.ts";
import { CATALOGUE } from "../src/errors.ts";

function answerOf(json: unknown, status = 200): Answer {
  return { status, headers: {}, text: JSON.stringify(json) ?? "", json };
}

const facts = { what: "send", auth: "token" } as const;

describe("what a code comes to", () => {
  test.each([
    [-1, "platform_refused", "retry", "unknown"],
    [40001, "credentials_rejected", "startAfresh", "not_sent"],
    [40014, "credentials_rejected", "startAfresh", "not_sent"],
    [42001, "credentials_rejected", "startAfresh", "not_sent"],
    [40013, "credentials_rejected", "stop", "refused"],
    [40007, "platform_refused", "stop", "refused"],
    [40056, "config_invalid", "stop", "refused"],
    [40058, "platform_refused", "stop", "refused"],
    [45002, "too_large", "stop", "refused"],
    [45009, "rate_limited", "retryLater", "not_sent"],
    [45033, "rate_limited", "retryLater", "not_sent"],
    [48002, "permission_missing", "stop", "refused"],
    [50002, "permission_missing", "stop", "refused"],
    [60011, "permission_missing", "stop", "refused"],
    [60020, "address_not_allowed", "stop", "refused"],
    [60111, "target_unknown", "stop", "refused"],
    [81013, "target_unknown", "stop", "refused"],
    [86003, "target_unknown", "stop", "refused"],
    [93000, "credentials_rejected", "stop", "refused"],
    [93008, "target_refused", "stop", "refused"],
    [93006, "target_unknown", "stop", "refused"],
    [93019, "credentials_rejected", "stop", "refused"],
    [95001, "reply_expired", "stop", "refused"],
    [95002, "reply_expired", "stop", "refused"],
    [95018, "target_refused", "stop", "refused"],
    [846605, "reply_expired", "stop", "refused"],
    [846607, "rate_limited", "retryLater", "not_sent"],
    [846608, "reply_expired", "stop", "refused"],
    [846609, "unreachable", "startAfresh", "not_sent"],
    [853000, "credentials_rejected", "stop", "refused"],
    [123456, "platform_refused", "stop", "refused"],
  ])("%i: %s, %s, %s", (errcode, code, verdict, outcome) => {
    const error = errorOf(answerOf({ errcode, errmsg: "m" }), facts);
    expect(error).toMatchObject({ code, outcome, channel: "wecom", platform: { code: String(errcode) } });
    expect(error?.verdict.kind).toBe(verdict);
    expect(error?.fix.zh).toMatch(/\p{Script=Han}/u);
    expect(error?.fix.en).toContain(`e=${errcode}`);
  });

  test("limits are waited for as long as they are counted", () => {
    const error = errorOf(answerOf({ errcode: 45009, errmsg: "api freq out of limit" }), facts);
    expect(error?.verdict).toEqual({ kind: "retryLater", afterMs: 60_000 });
  });

  test("done is no error", () => {
    expect(errorOf(answerOf({ errcode: 0, errmsg: "ok" }), facts)).toBeUndefined();
    expect(errorOf(answerOf({ access_token: "x" }), facts)).toBeUndefined();
  });

  test("where the secret itself was sent, 40001 is about the secret", () => {
    const error = errorOf(answerOf({ errcode: 40001, errmsg: "invalid secret" }), { what: "get", auth: "app" });
    expect(error).toMatchObject({ code: "credentials_rejected", verdict: { kind: "stop" } });
  });
});

test("60020 names the address as WeCom has seen it, and keeps the hint that support asks for", () => {
  const errmsg = "not allow to access from your ip, hint: [1785000000123456789], from ip: 192.0.2.7, more info at …";
  const error = errorOf(answerOf({ errcode: 60020, errmsg }), facts);
  expect(error?.message).toContain("192.0.2.7");
  expect(error?.fix.en).toContain("192.0.2.7");
  expect(error?.fix.zh).toContain("192.0.2.7");
  expect(error?.platform?.requestId).toBe("1785000000123456789");
});

test("HTML instead of an answer is a gateway's, and says nothing of what was done", () => {
  const html = { status: 200, headers: {}, text: "<html>", json: undefined };
  expect(errorOf(html, facts)).toMatchObject({ outcome: "unknown" });
  expect(errorOf({ ...html, status: 403 }, facts)).toMatchObject({ outcome: "refused" });
});

test("secrets in the platform's words do not reach the error", () => {
  const errmsg = "bad ?access_token=abcdef123456 and s3cr3t-value";
  const error = errorOf(answerOf({ errcode: 40058, errmsg }), { ...facts, secrets: ["s3cr3t-value"] });
  const told = JSON.stringify([error?.message, error?.platform, error?.fix]);
  expect(told).not.toContain("abcdef123456");
  expect(told).not.toContain("s3cr3t-value");
});

describe("acknowledgements", () => {
  const ack = { errmsg: "m", reqId: "REQ-1", cmd: "aibot_respond_msg" } as const;

  test("0 and none are no error; the others carry code and req_id", () => {
    expect(judgeAck({ ...ack, errcode: 0 }, { what: "send" })).toBeUndefined();
    expect(judgeAck({ ...ack, errcode: undefined }, { what: "send" })).toBeUndefined();
    const error = judgeAck({ ...ack, errcode: 846608 }, { what: "send" });
    expect(error?.platform).toMatchObject({ code: "846608", requestId: "REQ-1" });
    expect(error !== undefined && isStale(error)).toBe(true);
    const gone = judgeAck({ ...ack, errcode: 846609 }, { what: "send" });
    expect(gone !== undefined && isUnsubscribed(gone)).toBe(true);
  });

  test("a malformed subscription is about the credentials, a malformed message is not", () => {
    const subscribe = judgeAck({ ...ack, cmd: "aibot_subscribe", errcode: 40058 }, { what: "subscribe" });
    expect(subscribe?.code).toBe("credentials_rejected");
    expect(judgeAck({ ...ack, errcode: 40058 }, { what: "send" })?.code).toBe("platform_refused");
  });
});

test("every line of the catalogue explains itself in both languages", () => {
  for (const { cause, fix } of CATALOGUE) {
    for (const text of [cause, fix]) {
      expect(text.en).not.toMatch(/\p{Script=Han}/u);
      expect(text.zh).toMatch(/\p{Script=Han}/u);
    }
  }
});
