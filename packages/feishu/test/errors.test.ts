import { readFileSync } from "node:fs";
import type { Answer } from "@openclaw-china/core/internal";
import { expect, test } from "vitest";
import { errorOf, handshakeError } from "../src/api/judge.ts";
import { CATALOGUE, findKnown, type Trouble } from "../src/errors.ts";

interface Listed {
  readonly code: number;
  readonly where: string;
  readonly kind: string;
  readonly retry: string;
}

const { codes } = JSON.parse(readFileSync(new URL("vectors/feishu-errors.json", import.meta.url), "utf8")) as {
  readonly codes: readonly Listed[];
};

/** What each kind of the vectors may be to us. */
const TROUBLES: Readonly<Record<string, readonly Trouble[]>> = {
  transient: ["busy"],
  auth: ["credentials", "token", "config"],
  config: ["config", "credentials", "address", "recipient"],
  permission: ["permission", "barred", "request"],
  rate: ["throttled"],
  quota: ["quota"],
  notFound: ["recipient"],
  gone: ["expired", "recipient"],
  forbidden: ["barred", "content", "request", "unsupported", "recipient"],
  tooLarge: ["large", "unsupported"],
  format: ["request", "unsupported", "expired", "large"],
  conflict: ["request", "expired"],
};

const ELSEWHERE: ReadonlySet<number> = new Set([0, 200_340, 11_310, 230_049]); // success; shown to people; within 230099; below

const listed = codes.filter(({ code }) => !ELSEWHERE.has(code));

test.each(listed)("$where $code is $kind", ({ code, where, kind, retry }) => {
  const known = findKnown(where.startsWith("ws") ? `ws:${code}` : String(code));
  expect(known, `${code} is in the catalogue`).toBeDefined();
  expect(TROUBLES[kind]).toContain(known?.trouble);
  expect(known?.trouble === "token").toBe(retry === "token");
  if (retry === "fresh") expect(known?.trouble).toBe("expired");
});

test("every line says cause and fix in both languages", () => {
  for (const { cause, fix } of CATALOGUE) {
    for (const text of [cause.en, cause.zh, fix.en, fix.zh]) expect(text.trim()).not.toBe("");
    expect(cause.zh).toMatch(/\p{Script=Han}/u);
  }
});

const facts = { what: "send to the group", codes: "api", secrets: ["s3cret-value"] } as const;

function answer(json: unknown, status = 400, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, json, text: JSON.stringify(json) };
}

test("success is code 0, and nothing else is", () => {
  expect(errorOf(answer({ code: 0, msg: "ok" }, 200), facts)).toBeUndefined();
  expect(errorOf(answer({ StatusCode: 0, code: 0, msg: "success" }, 200), facts)).toBeUndefined();
  expect(errorOf(answer({ code: 230_002, msg: "Bot can NOT be in the chat." }, 200), facts)?.code).toBe(
    "target_unknown",
  );
  expect(errorOf(answer({}, 200), facts)).toMatchObject({ outcome: "unknown", verdict: { kind: "retry" } });
  expect(errorOf(answer("<html>", 502), facts)?.message).toContain("a gateway answered");
});

test("the scope that is missing is named, with the page where it is granted", () => {
  const page =
    "https://open.feishu.cn/app/cli_a1b2c3d4e5f60718/auth?q=im:message,im:message:send_as_bot&op_from=openapi&token_type=tenant";
  const msg = `Access denied. One of the following scopes is required: [im:message, im:message:send_as_bot]. ${page}`;
  const error = errorOf(answer({ code: 99_991_672, msg, error: { log_id: "2026" } }), facts);
  expect(error).toMatchObject({ code: "permission_missing", outcome: "refused", verdict: { kind: "stop" } });
  expect(error?.fix.en).toContain("publish a new version");
  expect(error?.fix.en).toContain("im:message:send_as_bot");
  expect(error?.fix.zh).toContain(page);
  expect(error?.platform?.requestId).toBe("2026");
});

test("the platform's own wait is kept to, and never a minute more", () => {
  const limited = (reset: string) =>
    errorOf(answer({ code: 99_991_400, msg: "limited" }, 429, { "x-ogw-ratelimit-reset": reset }), facts)?.verdict;
  expect(limited("7")).toEqual({ kind: "retryLater", afterMs: 7_000 });
  expect(limited("9999")).toEqual({ kind: "retryLater", afterMs: 60_000 });
  expect(limited("soon")).toEqual({ kind: "retryLater", afterMs: 1_000 });
});

test("a send that is under way with the same uuid is asked for again, and its outcome is open", () => {
  const error = errorOf(answer({ code: 230_049, msg: "The message is being sent." }), facts);
  expect(error).toMatchObject({ outcome: "unknown", verdict: { kind: "retryLater", afterMs: 1_000 } });
});

test("what is wrong with a card stands within its code", () => {
  const card = (msg: string) => errorOf(answer({ code: 230_099, msg }), facts);
  expect(card("Failed to create card content, ext=ErrCode: 11310; ErrMsg: card table number over limit")).toMatchObject(
    {
      code: "too_large",
      platform: { code: "230099/11310" },
    },
  );
  expect(card("Failed to create card content, ext=ErrCode: 200570")?.code).toBe("platform_refused");
});

test("a secret in the platform's sentence is not repeated", () => {
  const error = errorOf(answer({ code: 10_014, msg: "app secret s3cret-value is invalid" }), facts);
  expect(JSON.stringify(error?.platform)).not.toContain("s3cret-value");
});

test("codes of the long connection mean something else than those of the interfaces", () => {
  const ws = { what: "open the long connection", codes: "ws" } as const;
  expect(errorOf(answer({ code: 1, msg: "busy" }, 200), ws)?.verdict.kind).toBe("retry");
  expect(errorOf(answer({ code: 514, msg: "auth failed" }, 200), ws)?.code).toBe("credentials_rejected");
  expect(errorOf(answer({ code: 4_711, msg: "?" }, 200), ws)).toMatchObject({
    verdict: { kind: "stop" },
    outcome: "refused",
  });
  expect(errorOf(answer({ code: 1, msg: "busy" }, 500), ws)?.verdict.kind).toBe("retry");
});

test("a refused upgrade says why in its headers", () => {
  const ws = { what: "open the long connection", codes: "ws" } as const;
  expect(handshakeError({}, ws)).toBeUndefined();
  const crowded = handshakeError({ "handshake-status": "514", "handshake-autherrcode": "1000040350" }, ws);
  expect(crowded?.fix.en).toContain("Stop the other processes");
  expect(crowded?.verdict.kind).toBe("stop");
  expect(handshakeError({ "handshake-status": "403" }, ws)?.verdict.kind).toBe("stop");
  expect(handshakeError({ "handshake-status": "514" }, ws)?.verdict.kind).toBe("retry");
});
