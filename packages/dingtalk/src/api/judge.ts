/**
 * Turns an answer into an error of the catalogue, or says that it is none. Four styles of answers: `code` with a status (new
 * interfaces), `errcode` under status 200 (old ones), `success: false`, and answers of gateways that are no API answer at all.
 */
import type { ChannelError, Localized } from "@openclaw-china/core";
import { type Answer, redact } from "@openclaw-china/core/internal";
import { dingtalkError, findKnown, type Known, STREAM_REFUSED } from "../errors.ts";

/** What to know about a call for judging its answer. */
export interface CallFacts {
  /** For the message: "send to the group". */
  readonly what: string;
  /** `app`, `stream`: the credentials themselves are in the call, so any 400, 401 or 403 is about the app. */
  readonly auth: "token" | "app" | "stream" | "none";
  /** Never to be seen in a text. */
  readonly secrets?: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** The answer's JSON, or the catalogue's error for it. */
export function judge(answer: Answer, facts: CallFacts): Record<string, unknown> {
  const error = errorOf(answer, facts);
  if (error !== undefined) throw error;
  return { ...asRecord(answer.json) };
}

/** The error an answer stands for; undefined when the platform has done what was asked. */
export function errorOf(answer: Answer, facts: CallFacts): ChannelError | undefined {
  const body = asRecord(answer.json);
  if (body === undefined) return gatewayError(answer, facts);
  if (asText(body["status"]) === "1111") return blockedError(body["wait"], facts);
  const said = readSaid(body, answer);
  if (answer.status >= 400 || said.code !== undefined) return makeError(said, facts);
  if (![body["success"], body["result"]].some((value) => value === false || value === "false")) return undefined;
  return makeError({ ...said, code: codeIn(body) ?? "success=false" }, facts);
}

/** True when the answer did not come from an interface: this machine's address is blocked, or a proxy answered. */
export function isBlocked({ platform }: ChannelError): boolean {
  return platform?.code === BLOCKED || platform?.message === NO_JSON;
}

const BLOCKED = "1111";
const NO_JSON = "the answer is no JSON";

interface Said {
  readonly code: string | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly status: number;
  readonly scopes: readonly string[];
}

function readSaid(body: Json, answer: Answer): Said {
  const { status } = answer;
  const old = oldCode(body);
  const required = asRecord(body["accessdenieddetail"] ?? body["accessDeniedDetail"])?.["requiredScopes"];
  return {
    code: status >= 400 ? (codeIn(body) ?? old ?? String(status)) : old,
    message: asText(body["sub_msg"] ?? body["message"] ?? body["errmsg"] ?? body["errorMsg"]) ?? "",
    requestId: asText(
      body["requestid"] ?? body["requestId"] ?? body["request_id"] ?? answer.headers["x-acs-request-id"],
    ),
    status,
    scopes: Array.isArray(required) ? required.map(String) : [],
  };
}

function codeIn(body: Json): string | undefined {
  return asText(body["code"] ?? body["errorCode"]);
}

/** `errcode`, which may wrap another: then that one. 0 and none: no error. */
function oldCode(body: Json): string | undefined {
  const code = asText(body["errcode"]);
  if (code === undefined || code === "0") return undefined;
  const wrapped = /subcode=([^,\]]+)/.exec(asText(body["errmsg"]) ?? "")?.[1];
  return asText(body["sub_code"]) ?? wrapped ?? code;
}

function makeError(said: Said, facts: CallFacts): ChannelError {
  const code = said.code ?? String(said.status);
  const listed = findKnown(code, said.message) ?? unlisted(said.status, facts);
  // Where the credentials themselves are in the call there is no token that could be wrong.
  const own = facts.auth === "app" || facts.auth === "stream";
  const known = listed.trouble === "token" && own ? (findKnown("InvalidAppKey") ?? listed) : listed;
  const { scopes } = said;
  const named = scopes.length === 0 ? "" : scopes.join(", ");
  return dingtalkError(known.trouble, {
    message: `cannot ${facts.what}: ${known.cause.en}${named && ` (${named})`} (${code})`,
    fix: {
      en: `${known.fix.en}${named && ` Scopes: ${named}.`}${pageOf(known)}`,
      zh: `${known.cause.zh}。${known.fix.zh}${named && ` 所需权限:${named}。`}${pageOf(known)}`,
    },
    platform: {
      code,
      message: redact(said.message, facts.secrets),
      status: said.status,
      ...(said.requestId === undefined ? {} : { requestId: said.requestId }),
    },
  });
}

function pageOf({ page }: Known): string {
  return page === undefined ? "" : ` → ${page}`;
}

const ABOUT_THE_APP: ReadonlySet<number> = new Set([400, 401, 403]);

/** Codes that nobody has listed: 5xx is unknown, the rest is a no. */
function unlisted(status: number, { auth }: CallFacts): Known {
  const cause: Localized = { en: "the platform answered with an error", zh: "平台返回错误" };
  const fix: Localized = { en: "See the platform's message and request id.", zh: "请查看平台返回的信息与 requestId。" };
  const again: Localized = { en: "Nothing to do: it is repeated by itself.", zh: "无需处理:会自动重试。" };
  const line = (trouble: Known["trouble"], own = fix): Known => ({ codes: [], trouble, cause, fix: own });
  if (status >= 500) return line("busy", again);
  if (status === 408) return line("timeout", again);
  if (status === 429) return line("throttled", again);
  if (auth === "stream" && status !== 401 && ABOUT_THE_APP.has(status)) return STREAM_REFUSED;
  if ((auth === "app" || auth === "stream") && ABOUT_THE_APP.has(status))
    return findKnown("InvalidAppKey") ?? line("credentials");
  if (auth === "token" && status === 401) return findKnown("InvalidAuthentication") ?? line("token");
  return line("request");
}

/** HTML or nothing instead of an API answer: a proxy, or the address is blocked. */
function gatewayError({ status }: Answer, facts: CallFacts): ChannelError {
  return dingtalkError(status >= 500 ? "busy" : "muted", {
    message: `cannot ${facts.what}: a gateway answered instead of DingTalk (status ${status}, no JSON)`,
    fix: {
      en: "Look for a proxy on the way (option proxy); or the address is blocked for five minutes after 10,000 calls in 20 s.",
      zh: "请检查途中的代理(proxy 选项);也可能因 20 秒内超过 10,000 次调用,本机地址被封禁 5 分钟。",
    },
    platform: { code: String(status), message: NO_JSON, status },
  });
}

function blockedError(waitMinutes: unknown, facts: CallFacts): ChannelError {
  const minutes = Number(waitMinutes) > 0 ? Number(waitMinutes) : 5;
  return dingtalkError("muted", {
    message: `cannot ${facts.what}: this address is blocked for ${minutes} minutes (more than 10,000 calls in 20 s)`,
    verdict: { kind: "retryLater", afterMs: minutes * 60_000 },
    fix: {
      en: "It is tried again afterwards. Find out what else calls DingTalk from this address.",
      zh: "稍后会自动重试。请排查该出口地址上还有哪些程序在调用钉钉。",
    },
    platform: { code: BLOCKED, message: "punished", status: 200 },
  });
}

/** The value as an object, if it is one. */
function asRecord(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** Strings and numbers as text. */
function asText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
