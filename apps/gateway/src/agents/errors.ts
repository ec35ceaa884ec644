/** What a model's endpoint did wrong, as an error for the operator: what happened, why, what to do. */
import type { ErrorCode, Localized } from "@openclaw-china/core";
import { channelError, redact } from "@openclaw-china/core/internal";
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";

/** Whom an agent asks. */
export interface Endpoint {
  /** The agent's name. */
  readonly name: string;
  readonly host: "openclaw" | undefined;
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly fix: Localized;
}

const MAX_CHARS = 300;

/** For whatever the client throws while it asks or reads. */
export function modelError(error: unknown, endpoint: Endpoint): Error {
  const { status, why } = saidBy(error, endpoint);
  const { code, fix } = meaningOf(error, status, endpoint);
  const answered = error instanceof APIError && !(error instanceof APIConnectionError);
  return channelError({
    code,
    kind: answered ? "platform" : "transport",
    channel: endpoint.host ?? "openai",
    message: `the agent "${endpoint.name}" got no answer from ${placeOf(endpoint)}: ${why}`,
    outcome: answered ? "refused" : "unknown",
    fix,
    ...(answered
      ? { platform: { code: error.code ?? String(status ?? "stream"), message: why, ...statusOf(status) } }
      : {}),
  });
}

/** The stream ended without a word: not an answer anybody can use. */
export function emptyAnswerError(endpoint: Endpoint): Error {
  return channelError({
    code: "platform_refused",
    kind: "platform",
    channel: endpoint.host ?? "openai",
    message: `the agent "${endpoint.name}" got an empty answer from ${placeOf(endpoint)}`,
    outcome: "refused",
    fix: {
      en: "Check that the endpoint streams chat completions (stream: true), and what it says about this request in its own log.",
      zh: "请确认该接口支持流式 chat completions(stream: true),并查看其日志。",
    },
  });
}

function placeOf({ model, baseUrl }: Endpoint): string {
  const url = new URL(baseUrl);
  return `${model} at ${url.origin}${url.pathname}`;
}

function statusOf(status: number | undefined): { readonly status?: number } {
  return status === undefined ? {} : { status };
}

/** In its own words, shortened, without the key. */
function saidBy(error: unknown, { apiKey }: Endpoint): { readonly status: number | undefined; readonly why: string } {
  const text = error instanceof Error ? error.message : String(error);
  const cause = causeOf(error);
  const why = redact(`${text}${cause && ` (${cause})`}`, apiKey === undefined ? [] : [apiKey]);
  const short = why.length > MAX_CHARS ? `${why.slice(0, MAX_CHARS)}…` : why;
  return {
    status: error instanceof APIError ? (error.status as number | undefined) : undefined,
    why: short.replaceAll(/\s+/g, " "),
  };
}

/** The system's code under a failed fetch: ECONNREFUSED, ENOTFOUND, certificate trouble. */
function causeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === "string" && !(at instanceof APIError)) return code;
  }
  return "";
}

function meaningOf(error: unknown, status: number | undefined, endpoint: Endpoint): Meaning {
  if (error instanceof APIConnectionTimeoutError) return { code: "timeout", fix: UNREACHABLE };
  if (error instanceof APIConnectionError) return { code: "unreachable", fix: UNREACHABLE };
  if (!(error instanceof APIError)) return { code: "unreachable", fix: CUT };
  if (endpoint.host === "openclaw" && (status === 404 || status === 405))
    return { code: "config_invalid", fix: SWITCHED_OFF };
  if (status === 401 || status === 403) return { code: "credentials_rejected", fix: keyFix(endpoint) };
  if (status === 404 || status === 400 || status === 422) return { code: "platform_refused", fix: modelFix(endpoint) };
  if (status === 429)
    return { code: error.code === "insufficient_quota" ? "quota_exhausted" : "rate_limited", fix: LIMITED };
  return { code: "platform_refused", fix: BROKEN };
}

function keyFix({ name, host }: Endpoint): Localized {
  const key = host === "openclaw" ? "token" : "api_key";
  return {
    en: `Check agents.${name}.${key}, and that it belongs to this address.`,
    zh: `请检查 agents.${name}.${key} 是否正确,且属于该地址。`,
  };
}

function modelFix({ name, host }: Endpoint): Localized {
  const keys = host === "openclaw" ? `agents.${name}.agent` : `agents.${name}.model / base_url`;
  return {
    en: `Check ${keys}: the endpoint refuses this request, in its own words above.`,
    zh: `请检查 ${keys}:接口拒绝了该请求,原因见上。`,
  };
}

const UNREACHABLE: Localized = {
  en: "Check the agent's address, that something listens there, and the proxy on the way (HTTPS_PROXY).",
  zh: "请检查该 agent 的地址、对端是否在监听,以及途中的代理(HTTPS_PROXY)。",
};
const CUT: Localized = {
  en: "The answer broke off or could not be read; if it happens again, look for a proxy that cuts streams.",
  zh: "回答中途断开或无法解析;若反复出现,请检查途中是否有代理截断了流。",
};
const SWITCHED_OFF: Localized = {
  en: "Switch the endpoint on in OpenClaw: gateway.http.endpoints.chatCompletions.enabled: true, and check agents.*.url.",
  zh: "请在 OpenClaw 中启用该接口:gateway.http.endpoints.chatCompletions.enabled: true,并核对 agents.*.url。",
};
const LIMITED: Localized = {
  en: "The endpoint's limit or quota is used up: wait, raise it there, or lower lanes.",
  zh: "已达到接口的频率或额度限制:请稍候、提升额度,或调小 lanes。",
};
const BROKEN: Localized = {
  en: "The endpoint failed by itself: see its status page or log.",
  zh: "接口自身故障:请查看其状态页或日志。",
};
