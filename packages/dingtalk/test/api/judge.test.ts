/** Every code the platform's documents name, every form of an answer, and what becomes of it. */
import type { ErrorCode } from "@openclaw-china/core";
import type { Answer } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { type CallFacts, errorOf, isBlocked } from "../../src/api/judge.ts";
import { findKnown } from "../../src/errors.ts";

function answerOf(status: number, json: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, text: JSON.stringify(json) ?? "", json };
}

const facts: CallFacts = { what: "send", auth: "token" };
const judged = (status: number, json: unknown, auth: CallFacts["auth"] = "token") =>
  errorOf(answerOf(status, json), { ...facts, auth });

type Row = readonly [code: string, error: ErrorCode, verdict: string, outcome: string];

const NO = ["stop", "refused"] as const;
const CODES: readonly Row[] = [
  ["InvalidAuthentication", "credentials_rejected", "startAfresh", "not_sent"],
  ["40014", "credentials_rejected", "startAfresh", "not_sent"],
  ["40001", "credentials_rejected", "startAfresh", "not_sent"],
  ["42001", "credentials_rejected", "startAfresh", "not_sent"],
  ["88/40014", "credentials_rejected", "startAfresh", "not_sent"],
  ["invalidClientIdOrSecret", "credentials_rejected", ...NO],
  ["InvalidAppKey", "credentials_rejected", ...NO],
  ["40089", "credentials_rejected", ...NO],
  ["Forbidden.AccessDenied.AccessTokenPermissionDenied", "permission_missing", ...NO],
  ["Forbidden.AccessDenied.SomethingNew", "permission_missing", ...NO],
  ["88/60011", "permission_missing", ...NO],
  ["Forbidden.AccessDenied.IpNotInWhiteList", "address_not_allowed", ...NO],
  ["Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "rate_limited", "retryLater", "not_sent"],
  ["Forbidden.AccessDenied.QpsLimitForApi", "rate_limited", "retryLater", "not_sent"],
  ["Forbidden.AccessDenied.QpsLimitForSomethingNew", "rate_limited", "retryLater", "not_sent"],
  ["90018", "rate_limited", "retryLater", "not_sent"],
  ["90002", "rate_limited", "retryLater", "not_sent"],
  ["88/90018", "rate_limited", "retryLater", "not_sent"],
  ["410100", "rate_limited", "retryLater", "not_sent"],
  ["130101", "rate_limited", "retryLater", "not_sent"],
  ["Forbidden.AccessDenied.ApiCountLimitForOrg", "quota_exhausted", ...NO],
  ["90020", "quota_exhausted", ...NO],
  ["invalidParameter.robotCode.empty", "target_unknown", ...NO],
  ["invalidParameter.robotCode.auth", "target_unknown", ...NO],
  ["invalidParameter.openConversationId.invalid", "target_unknown", ...NO],
  ["invalidParameter.userIds.empty", "target_unknown", ...NO],
  ["invalidParameter.userIds.invalid", "target_unknown", ...NO],
  ["invalidParameter.userIds.overMax", "target_unknown", ...NO],
  ["staffId.notExisted", "target_unknown", ...NO],
  ["param.userIdNotExist", "target_unknown", ...NO],
  ["param.openSpaceIdInvalid", "target_unknown", ...NO],
  ["400013", "target_unknown", ...NO],
  ["400106", "target_unknown", ...NO],
  ["invalidParameter.msgKey.invalid", "platform_refused", ...NO],
  ["invalidParameter.msgParam.invalid", "platform_refused", ...NO],
  ["param.stream.keyEmpty", "platform_refused", ...NO],
  ["param.stream.contentEmpty", "platform_refused", ...NO],
  ["param.stream.guidEmpty", "platform_refused", ...NO],
  ["param.stream.outTrackId", "platform_refused", ...NO],
  ["param.stream.isFull", "platform_refused", ...NO],
  ["param.stream.content", "too_large", ...NO],
  ["param.templateNotExist", "config_invalid", ...NO],
  ["param.templateUnpublished", "config_invalid", ...NO],
  ["param.cardNotExist", "platform_refused", ...NO],
  ["param.cardAlreadyExist", "platform_refused", ...NO],
  ["param.openDeliverModelError", "platform_refused", ...NO],
  ["param.contentUnsafe", "content_rejected", ...NO],
  ["system.busy", "platform_refused", "retry", "unknown"],
  ["-1", "platform_refused", "retry", "unknown"],
  ["unknownError", "platform_refused", "retry", "unknown"],
  ["15", "timeout", "retry", "unknown"],
  ["ServiceTimeout", "timeout", "retry", "unknown"],
  ["orgAuthLevelNotEnough", "permission_missing", ...NO],
  ["310000", "config_invalid", ...NO],
  ["460101", "too_large", ...NO],
  ["101002", "too_large", ...NO],
  ["400101", "reply_expired", ...NO],
  ["400102", "reply_expired", ...NO],
  ["400105", "unsupported", ...NO],
  ["401102", "unsupported", ...NO],
  ["430101", "content_rejected", ...NO],
  ["430102", "content_rejected", ...NO],
  ["430103", "content_rejected", ...NO],
  ["430104", "content_rejected", ...NO],
  ["43004", "platform_refused", ...NO],
  ["40035", "platform_refused", ...NO],
  ["40004", "platform_refused", ...NO],
];

const inItsForm = (code: string): Answer => {
  const [, sub] = code.split("/");
  if (sub !== undefined) return answerOf(200, { errcode: 88, sub_code: sub, sub_msg: "m", errmsg: "e" });
  return /^-?\d+$/.test(code)
    ? answerOf(200, { errcode: Number(code), errmsg: "m" })
    : answerOf(400, { code, message: "m" });
};

test.each(CODES)("%s: %s, %s, %s", (code, error, verdict, outcome) => {
  const found = errorOf(inItsForm(code), facts);
  expect([found?.code, found?.verdict.kind, found?.outcome]).toEqual([error, verdict, outcome]);
  expect(found).toMatchObject({ kind: "platform", channel: "dingtalk", platform: { code: code.split("/").at(-1) } });
  expect(findKnown(code.split("/").at(-1) ?? "", "")).toBeDefined();
  expect(found?.message).toContain(code.split("/").at(-1));
  expect(found?.fix.en).toMatch(/[a-z]{3}/);
  expect(found?.fix.zh).toMatch(/\p{Script=Han}{3}.*。/u);
});

describe("forms", () => {
  test("codes as numbers and texts, in every place the platform puts them", () => {
    const forms: readonly (readonly [number, unknown])[] = [
      [200, { errcode: "90018" }],
      [200, { errcode: 88, errmsg: "ding talk error[subcode=90018,submsg=qps]" }],
      [200, { errcode: 88, sub_code: 90_018 }],
      [200, { success: false, errorCode: "90018" }],
      [403, { errcode: 90_018 }],
      [403, { code: 90_018 }],
      [400, { errcode: 88, sub_code: "90018" }],
      [403, { code: "Forbidden.AccessDenied.QpsLimitForApi", accessDeniedDetail: {} }],
    ];
    for (const [status, json] of forms) expect(judged(status, json)?.code, JSON.stringify(json)).toBe("rate_limited");
  });

  test("an unlisted wrapped code is named, not its wrapping", () => {
    expect(judged(200, { errcode: 88, sub_code: "70001" })?.platform?.code).toBe("70001");
    expect(judged(200, { errcode: 88 })?.platform?.code).toBe("88");
  });

  test.each([
    [{}],
    [{ errcode: 0 }],
    [{ errcode: "0" }],
    [{ success: true }],
    [{ result: [] }],
    [{ errcode: null }],
    [{ code: "0" }],
  ])("%j under status 200 is a yes", (json) => expect(judged(200, json)).toBeUndefined());

  test.each([[{ success: false }], [{ result: false }], [{ success: "false" }], [{ errcode: 0, success: false }]])(
    "%j under status 200 is a no",
    (json) => expect(judged(200, json)).toMatchObject({ outcome: "refused", verdict: { kind: "stop" } }),
  );

  test.each([
    [400, "refused"],
    [401, "not_sent"],
    [403, "refused"],
    [404, "refused"],
    [408, "unknown"],
    [413, "refused"],
    [429, "not_sent"],
    [500, "unknown"],
    [503, "unknown"],
    [504, "unknown"],
  ])("an unlisted code with status %i: %s", (status, outcome) => {
    expect(judged(status, { code: "brand.new", message: "m" })).toMatchObject({ outcome });
    expect(judged(status, {})?.platform).toMatchObject({ code: String(status), status });
  });

  test.each([[undefined], [[]], ["text"], [null], [3]])("%j is no answer of an interface", (json) => {
    const error = judged(200, json);
    expect(error).toMatchObject({ code: "rate_limited", outcome: "not_sent", verdict: { kind: "retryLater" } });
    expect(error === undefined ? false : isBlocked(error)).toBe(true);
    expect(judged(502, json)).toMatchObject({ outcome: "unknown", verdict: { kind: "retry" } });
  });

  test.each([
    [{ status: 1111, wait: 7 }, 420_000],
    [{ status: "1111", wait: "2" }, 120_000],
    [{ status: 1111, wait: 0 }, 300_000],
    [{ status: 1111 }, 300_000],
  ])("%j: nobody calls before", (json, afterMs) => {
    const error = judged(200, json);
    expect(error?.verdict).toEqual({ kind: "retryLater", afterMs });
    expect(error === undefined ? false : isBlocked(error)).toBe(true);
  });
});

describe("the call's own credentials", () => {
  test.each([400, 401, 403])("status %i of a token call is about them, whatever its code", (status) => {
    expect(judged(status, { code: "brand.new" }, "app")).toMatchObject({
      code: "credentials_rejected",
      verdict: { kind: "stop" },
    });
    expect(judged(status, { code: "InvalidAuthentication" }, "app")).toMatchObject({
      code: "credentials_rejected",
      verdict: { kind: "stop" },
    });
  });

  test("of the open call: 401 about them, 400 and 403 about the app", () => {
    expect(judged(401, { code: "brand.new" }, "stream")?.code).toBe("credentials_rejected");
    for (const status of [400, 403])
      expect(judged(status, { code: "brand.new" }, "stream")?.code).toBe("config_invalid");
    expect(judged(400, { code: "InvalidAppKey" }, "stream")?.code).toBe("credentials_rejected");
  });

  test("a listed code is what it is there too; a wrong address is not about them", () => {
    for (const auth of ["app", "stream"] as const) {
      expect(judged(403, { code: "Forbidden.AccessDenied.QpsLimitForApi" }, auth)?.code).toBe("rate_limited");
      expect(judged(403, { code: "Forbidden.AccessDenied.IpNotInWhiteList" }, auth)?.code).toBe("address_not_allowed");
      expect(judged(404, {}, auth)?.code).toBe("platform_refused");
      expect(judged(503, {}, auth)).toMatchObject({ outcome: "unknown", verdict: { kind: "retry" } });
    }
  });

  test("without credentials a 401 is no token's", () => {
    expect(judged(401, {}, "none")).toMatchObject({ verdict: { kind: "stop" }, outcome: "refused" });
  });
});

describe("texts", () => {
  test.each([
    ["sign not match", "加签", "signature"],
    ["keywords not in content", "关键词", "keyword"],
    ["ip 192.0.2.1 not in whitelist", "安全设置", "addresses"],
  ])("310000, %s", (errmsg, zh, en) => {
    const error = judged(200, { errcode: 310_000, errmsg });
    expect(error?.fix.zh).toContain(zh);
    expect(`${String(error?.message)} ${String(error?.fix.en)}`).toContain(en);
  });

  test("what happened, why, and what to do; the console's page where there is one", () => {
    const error = judged(403, {
      code: "Forbidden.AccessDenied.AccessTokenPermissionDenied",
      message: "没有调用该接口的权限",
      requestid: "r-1",
      accessdenieddetail: { requiredScopes: ["Card.Streaming.Write", "Card.Instance.Write"] },
    });
    expect(error?.message).toBe(
      "cannot send: the app lacks a permission for this call (Card.Streaming.Write, Card.Instance.Write) (Forbidden.AccessDenied.AccessTokenPermissionDenied)",
    );
    expect(error?.fix.en).toContain(
      "Scopes: Card.Streaming.Write, Card.Instance.Write. → https://open-dev.dingtalk.com/",
    );
    expect(error?.fix.zh).toContain("应用没有调用该接口的权限。请");
    expect(error?.fix.zh).toContain("所需权限:Card.Streaming.Write, Card.Instance.Write。");
    expect(error?.platform).toMatchObject({ requestId: "r-1", message: "没有调用该接口的权限" });
  });

  test.each([
    [{ requestid: "r" }, {}],
    [{ requestId: "r" }, {}],
    [{ request_id: "r" }, {}],
    [{}, { "x-acs-request-id": "r" }],
  ])("the request id of %j %j", (body, headers) => {
    const error = errorOf(answerOf(400, { code: "brand.new", ...body }, headers), facts);
    expect(error?.platform?.requestId).toBe("r");
  });

  test("secrets that the platform repeats are taken out", () => {
    const message = "token tok-1234567 of ?access_token=abc&x=1 is void";
    const error = errorOf(answerOf(400, { code: "brand.new", message }), { ...facts, secrets: ["tok-1234567"] });
    expect(error?.platform?.message).toBe("token *** of ?access_token=***&x=1 is void");
  });
});
