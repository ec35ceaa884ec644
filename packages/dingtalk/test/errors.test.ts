/** Every error vector gets its class; outcome and verdict say what may be done; texts hold no secret. */
import { readFileSync } from "node:fs";
import type { ErrorCode } from "@openclaw-china/core";
import type { Answer } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { errorOf } from "../src/api/judge.ts";
import { CATALOGUE } from "../src/errors.ts";

interface Vector {
  readonly name: string;
  readonly response: { readonly status: number; readonly body: unknown };
  readonly class: string;
}

const file = new URL("./vectors/dingtalk-errors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };

interface Class {
  readonly codes: readonly ErrorCode[];
  readonly verdict: string;
  readonly outcome: string;
}

const CLASSES: Readonly<Record<string, Class>> = {
  "token-invalid": { codes: ["credentials_rejected"], verdict: "startAfresh", outcome: "not_sent" },
  permission: { codes: ["permission_missing", "address_not_allowed"], verdict: "stop", outcome: "refused" },
  transient: { codes: ["timeout", "platform_refused"], verdict: "retry", outcome: "unknown" },
  throttled: { codes: ["rate_limited"], verdict: "retryLater", outcome: "not_sent" },
  quota: { codes: ["quota_exhausted"], verdict: "stop", outcome: "refused" },
  config: { codes: ["config_invalid"], verdict: "stop", outcome: "refused" },
  "too-large": { codes: ["too_large"], verdict: "stop", outcome: "refused" },
  unsupported: { codes: ["unsupported"], verdict: "stop", outcome: "refused" },
  "bad-request": { codes: ["platform_refused"], verdict: "stop", outcome: "refused" },
  "bad-recipient": { codes: ["target_unknown"], verdict: "stop", outcome: "refused" },
};

function answerOf(status: number, json: unknown, text = JSON.stringify(json)): Answer {
  return { status, headers: {}, text, json };
}

const facts = { what: "send", auth: "token" } as const;

describe("vectors", () => {
  // Whether "no such card" is a request at fault or a target that is gone is our own choice of words; see the next test.
  const judged = vectors.filter(({ name }) => name !== "card does not exist");

  test.each(judged)("$name: $class", ({ response, class: name }) => {
    const error = errorOf(answerOf(response.status, response.body), facts);
    const expected = CLASSES[name];
    expect(expected?.codes).toContain(error?.code);
    expect(error?.verdict.kind).toBe(expected?.verdict);
    expect(error?.outcome).toBe(expected?.outcome);
    expect(error?.channel).toBe("dingtalk");
    expect(error?.fix.en).not.toBe("");
    expect(error?.fix.zh).toMatch(/\p{Script=Han}/u);
  });

  test("card does not exist: a definite no, which is no reason to wait", () => {
    const { response } = vectors.find(({ name }) => name === "card does not exist") as Vector;
    const error = errorOf(answerOf(response.status, response.body), facts);
    expect(error).toMatchObject({ outcome: "refused", verdict: { kind: "stop" } });
    expect(error?.platform?.code).toBe("param.stream.outTrackId");
  });
});

test("what has been done is no error", () => {
  for (const body of [{ errcode: 0, errmsg: "ok" }, { processQueryKey: "k" }, { success: true, result: true }, {}]) {
    expect(errorOf(answerOf(200, body), facts)).toBeUndefined();
  }
});

test("success: false under status 200 is a no", () => {
  expect(errorOf(answerOf(200, { success: false }), facts)?.outcome).toBe("refused");
  expect(errorOf(answerOf(200, { result: false }), facts)?.outcome).toBe("refused");
});

test("missing scopes are named, in both languages, and the request id is kept", () => {
  const accessdenieddetail = { requiredScopes: ["Card.Streaming.Write"] };
  const code = "Forbidden.AccessDenied.AccessTokenPermissionDenied";
  const error = errorOf(answerOf(403, { code, message: "m", requestid: "r-1", accessdenieddetail }), facts);
  expect(error?.message).toContain("Card.Streaming.Write");
  expect(error?.fix.en).toContain("Card.Streaming.Write");
  expect(error?.fix.zh).toContain("Card.Streaming.Write");
  expect(error?.platform).toMatchObject({ code, requestId: "r-1", status: 403 });
});

test("a call that carries the credentials: any 400, 401 or 403 is about them, and stops", () => {
  for (const [status, body] of [
    [401, { code: "InvalidAppKey" }],
    [401, { code: "authFailed" }],
    [400, { code: "somethingNew" }],
  ] as const) {
    const error = errorOf(answerOf(status, body), { what: "open the stream connection", auth: "app" });
    expect(error).toMatchObject({ code: "credentials_rejected", verdict: { kind: "stop" } });
    expect(error?.fix.zh).toContain("Client ID");
  }
  const old = errorOf(answerOf(401, { code: "InvalidAuthentication" }), { what: "get a token", auth: "app" });
  expect(old).toMatchObject({ code: "credentials_rejected", verdict: { kind: "stop" } });
});

test("HTML instead of an answer: a gateway's; 5xx leaves the outcome open", () => {
  expect(errorOf(answerOf(200, undefined, "<html>"), facts)).toMatchObject({
    code: "rate_limited",
    outcome: "not_sent",
  });
  expect(errorOf(answerOf(502, undefined, "<html>"), facts)).toMatchObject({ outcome: "unknown" });
});

test("a blocked address waits as long as the platform says", () => {
  const error = errorOf(answerOf(200, { status: 1111, wait: 7, punish: "deny" }), facts);
  expect(error?.verdict).toEqual({ kind: "retryLater", afterMs: 420_000 });
});

test("unlisted codes: 5xx is unknown, the rest is a no", () => {
  expect(errorOf(answerOf(503, { code: "new.one" }), facts)?.outcome).toBe("unknown");
  expect(errorOf(answerOf(400, { code: "new.one" }), facts)?.outcome).toBe("refused");
  expect(errorOf(answerOf(429, { code: "new.one" }), facts)?.code).toBe("rate_limited");
});

test("secrets in the platform's words do not reach the error", () => {
  const message = "bad ?access_token=abcdef123456 and s3cr3t-value";
  const error = errorOf(answerOf(400, { code: "x", message }), { ...facts, secrets: ["s3cr3t-value"] });
  const told = JSON.stringify([error?.message, error?.platform, error?.fix]);
  expect(told).not.toContain("abcdef123456");
  expect(told).not.toContain("s3cr3t-value");
});

test("every line of the catalogue explains itself in both languages", () => {
  for (const { cause, fix } of CATALOGUE) {
    for (const text of [cause, fix]) {
      expect(text.en).not.toMatch(/\p{Script=Han}/u);
      expect(text.zh).toMatch(/\p{Script=Han}/u);
    }
  }
});
