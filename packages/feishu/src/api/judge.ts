/**
 * Turns an answer into an error of the catalogue, or says that it is none. Success is `code` 0, whatever the status: most
 * refusals come with 400, some with 200. Answers of gateways are no API answers at all.
 */
import type { ChannelError, Localized } from "@openclaw-china/core";
import { type Answer, redact } from "@openclaw-china/core/internal";
import { feishuError, findKnown, type Known } from "../errors.ts";

/** What to know about a call for judging its answer. */
export interface CallFacts {
  /** For the message: "send to the group". */
  readonly what: string;
  /** `ws`: the endpoint call of the long connection, whose codes mean something else. */
  readonly codes: "api" | "ws";
  /** Never to be seen in a text. */
  readonly secrets?: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** The answer's `data`, with what stands beside it, or the catalogue's error for it. */
export function judge(answer: Answer, facts: CallFacts): Record<string, unknown> {
  const error = errorOf(answer, facts);
  if (error !== undefined) throw error;
  const { data, ...beside } = asRecord(answer.json) ?? {};
  return { ...beside, ...asRecord(data) };
}

/** The error an answer stands for; undefined when the platform has done what was asked. */
export function errorOf(answer: Answer, facts: CallFacts): ChannelError | undefined {
  const body = asRecord(answer.json);
  const code = asText(body?.["code"] ?? body?.["StatusCode"]);
  if (body === undefined || code === undefined) return gatewayError(answer, facts);
  return code === "0" && answer.status < 400 ? undefined : refusal(body, { code, answer, facts });
}

/** The error for a refused WebSocket upgrade, from its headers. Undefined: they say nothing. */
export function handshakeError(
  headers: Readonly<Record<string, string | undefined>>,
  facts: CallFacts,
): ChannelError | undefined {
  const status = headers["handshake-status"];
  if (status === undefined) return undefined;
  const detail = headers["handshake-autherrcode"];
  const isCrowded = status === "514" && detail === CROWDED;
  const isFatal = status === "403" || isCrowded;
  const known = findKnown(`ws:${isCrowded ? CROWDED : status}`);
  // 514 without that detail is the server's trouble, as official clients have it.
  const line = known === undefined || !isFatal ? unlisted(503) : known;
  return makeError(line, {
    code: detail ?? status,
    message: headers["handshake-msg"] ?? "",
    status: 403,
    requestId: undefined,
    facts,
    more: "",
  });
}

const CROWDED = "1000040350";

interface Refusal {
  readonly code: string;
  readonly answer: Answer;
  readonly facts: CallFacts;
}

function refusal(body: Json, { code, answer, facts }: Refusal): ChannelError {
  const message = asText(body["msg"]) ?? "";
  const within = code === "230099" ? /ErrCode:\s*(\d+)/.exec(message)?.[1] : undefined;
  const looked = facts.codes === "ws" ? `ws:${code}` : within === undefined ? code : `${code}/${within}`;
  const details = asRecord(body["error"]);
  const line = findKnown(looked, message) ?? unlisted(answer.status, facts);
  return makeError(line, {
    code: within === undefined ? code : `${code}/${within}`,
    message,
    status: answer.status,
    requestId: asText(details?.["log_id"]) ?? answer.headers["x-tt-logid"],
    facts,
    more: helpIn(message, details),
    ...(SAME_IN_FLIGHT === code ? { verdict: { kind: "retryLater", afterMs: 1_000 }, outcome: "unknown" } : {}),
    ...(line.trouble === "throttled" ? { verdict: { kind: "retryLater", afterMs: waitOf(answer) } } : {}),
  });
}

/** The first send with the same uuid is under way: what comes of it is told to whoever asks again. */
const SAME_IN_FLIGHT = "230049";

/** Scopes and the console's page, where the sentence names them; else the platform's help page. */
function helpIn(message: string, details: Json | undefined): string {
  const scopes = /\[([^\]]+)\]/.exec(message)?.[1];
  const page = /https:\/\/[^\s"'，。]+\/auth\?[^\s"'，。]+/.exec(message)?.[0];
  const help = asText(details?.["troubleshooter"])?.match(/https:\/\/\S+/)?.[0];
  const link = page ?? help;
  return [
    scopes === undefined || page === undefined ? "" : ` (${scopes})`,
    link === undefined ? "" : ` → ${link}`,
  ].join("");
}

/** What the platform advises; a second where it advises nothing. */
function waitOf({ headers }: Answer): number {
  const seconds = Number(headers["x-ogw-ratelimit-reset"]);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, 60_000) : 1_000;
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly facts: CallFacts;
  readonly more: string;
  readonly verdict?: ChannelError["verdict"];
  readonly outcome?: ChannelError["outcome"];
}

function makeError(known: Known, { code, message, status, requestId, facts, more, ...rest }: Said): ChannelError {
  return feishuError(known.trouble, {
    message: `cannot ${facts.what}: ${known.cause.en} (${code})`,
    fix: { en: `${known.fix.en}${more}`, zh: `${known.cause.zh}。${known.fix.zh}${more}` },
    platform: {
      code,
      message: redact(message, facts.secrets),
      status,
      ...(requestId === undefined ? {} : { requestId }),
    },
    ...rest,
  });
}

/** Codes that nobody has listed: 5xx is unknown, of the long connection a no with a slow retry, the rest is a no. */
function unlisted(status: number, facts?: CallFacts): Known {
  const cause: Localized = { en: "the platform answered with an error", zh: "平台返回错误" };
  const fix: Localized = { en: "See the platform's message and log id.", zh: "请查看平台返回的信息与 log id。" };
  const again: Localized = { en: "Nothing to do: it is repeated by itself.", zh: "无需处理:会自动重试。" };
  if (status >= 500 || status === 408) return { codes: [], trouble: "busy", cause, fix: again };
  if (status === 429) return { codes: [], trouble: "throttled", cause, fix: again };
  return { codes: [], trouble: facts?.codes === "ws" ? "config" : "request", cause, fix };
}

/** HTML or nothing instead of an API answer: a proxy, or an outage. */
function gatewayError({ status }: Answer, facts: CallFacts): ChannelError {
  return feishuError("busy", {
    message: `cannot ${facts.what}: a gateway answered instead of the platform (status ${status}, no code)`,
    fix: {
      en: "It is tried again; if it keeps happening, look for a proxy on the way (option proxy).",
      zh: "会自动重试;若反复出现,请检查途中的代理(proxy 选项)。",
    },
    platform: { code: String(status), message: "the answer holds no code", status },
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
