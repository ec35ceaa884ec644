/** One call to DingTalk: token, pace, exchange, judgement. Endpoint functions are thin; policy is here and nowhere else. */
import { ChannelError, type Clock, type Runtime, type Transport } from "@openclaw-china/core";
import {
  type Budget,
  createBudget,
  exchange,
  type ExchangeRequest,
  type Quota,
  redact,
  retry,
  type TokenSource,
} from "@openclaw-china/core/internal";
import { definite, dingtalkError } from "../errors.ts";
import type { Endpoints } from "../options.ts";
import { judge } from "./judge.ts";
import { appQuota, isMetered } from "./quota.ts";
import { createAppToken } from "./token.ts";

export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT";
  readonly base: keyof Endpoints;
  readonly path: string;
  readonly json?: unknown;
  /** Instead of `json`: an encoded form, with its content type. */
  readonly form?: { readonly contentType: string; readonly bytes: Uint8Array };
  /** Of the whole call. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  /** For errors, after "cannot": "send to the group". */
  readonly what: string;
  /** May be made twice: token, download, card updates with the same guid, recalls, reactions. */
  readonly idempotent: boolean;
  /** Calls of one bucket share a limit. Default the path. */
  readonly bucket?: string;
  /** Default 3. */
  readonly attempts?: number;
  /** Made now, or not at all: `isHeldBack` tells. For what is worth nothing later. */
  readonly atOnce?: boolean;
}

export interface Client {
  readonly endpoints: Endpoints;
  /** Of the account's calls that are metered. */
  readonly budget: Budget;
  /** The platform's own words, fit to be seen: without our secrets, and not too long. */
  quote(words: unknown): string;
  /** The answer's JSON. Rejects with a `ChannelError` of the catalogue. */
  call(call: ApiCall): Promise<Record<string, unknown>>;
  /** A call to an address that needs no token: a session webhook. */
  callOpen(
    call: Omit<ApiCall, "base" | "path" | "method"> & { readonly url: string },
  ): Promise<Record<string, unknown>>;
}

export interface ClientDeps {
  readonly http: Transport;
  readonly clock: Clock;
  readonly proxy: NonNullable<ExchangeRequest["proxy"]>;
  readonly endpoints: Endpoints;
  readonly token: TokenSource;
  /** Of the app: its pace and its ledger. */
  readonly quota: Quota;
  readonly budget: Budget;
  /** The app's secret. The platform's words may repeat it; ours never do. */
  readonly appSecret: string;
  /** How each call ended; `error` absent: well. `what` is the call's own. */
  readonly onEnd?: (what: string, error?: unknown) => void;
}

const MAX_QUOTE_CHARS = 200;

/** The app's client: its token, pace and ledger are shared by all who use the state. */
export function openClient(
  runtime: Runtime,
  app: Parameters<typeof createAppToken>[1],
  own: Pick<ClientDeps, "onEnd"> & { readonly account: string; readonly limit: number | undefined },
): Client {
  const { http, clock } = runtime;
  const quota = appQuota(runtime, app);
  const budget = createBudget({ ...runtime, ...own, account: `dingtalk/${own.account}`, quota });
  return createClient({ ...app, ...own, http, clock, token: createAppToken(runtime, app), quota, budget });
}

type Json = Record<string, unknown>;

export function createClient(deps: ClientDeps): Client {
  const { http, clock, proxy, endpoints, appSecret, budget, onEnd } = deps;
  return {
    endpoints,
    budget,
    async call(call) {
      const { what, attempts = 3 } = call;
      try {
        const answer = await retry(pacedCall(deps, call), { clock, ...call, repeatUnknown: call.idempotent, attempts });
        onEnd?.(what);
        return answer;
      } catch (error) {
        if (!isHeldBack(error)) onEnd?.(what, error);
        throw attempts > 1 && isTokenError(error) ? definite(error) : error; // a new token was refused as well
      }
    },
    quote: (words) => redact(String(words), [appSecret]).slice(0, MAX_QUOTE_CHARS),
    callOpen({ url, json, signal, what, idempotent }) {
      const key = new URL(url).searchParams.get("session") ?? "";
      const once = async (): Promise<Json> =>
        judge(await exchange({ http, clock }, { method: "POST", url, json, proxy, signal }), {
          what,
          auth: "none",
          secrets: [url, key, appSecret],
        });
      return retry(once, { clock, signal, repeatUnknown: idempotent });
    },
  };
}

/** One try, when the pace of its bucket allows; at once or not at all, where the call says so. */
function pacedCall(deps: ClientDeps, call: ApiCall): () => Promise<Json> {
  const { path, bucket = path, signal, atOnce = false, what } = call;
  const limiter = deps.quota.limiter(bucket);
  let isUnknown = false; // a try of it may have been executed
  return async () => {
    if (!atOnce || isUnknown) await limiter.take(signal);
    else if (!limiter.tryTake()) throw heldBack(what);
    try {
      return await callOnce(deps, call);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      isUnknown ||= error.outcome === "unknown";
      const isThrottled = error.code === "rate_limited" && error.verdict.kind === "retryLater";
      if (isThrottled && error.verdict.kind === "retryLater") limiter.hold(Math.min(error.verdict.afterMs, 5_000));
      throw isThrottled && atOnce && !isUnknown ? heldBack(what) : error;
    }
  };
}

async function callOnce(deps: ClientDeps, call: ApiCall): Promise<Json> {
  const { http, clock, token, appSecret, budget } = deps;
  const value = await token.get(call.signal);
  const isCounted = isMetered(call.path);
  if (isCounted) await budget.spend();
  try {
    const answer = await exchange({ http, clock }, requestOf(deps, call, value));
    return judge(answer, { what: call.what, auth: "token", secrets: [value, appSecret] });
  } catch (error) {
    if (isTokenError(error)) await token.drop(value);
    if (isCounted && hasNotLeft(error)) budget.giveBack();
    throw error;
  }
}

function requestOf({ endpoints, proxy }: ClientDeps, call: ApiCall, token: string): ExchangeRequest {
  const { method, base, path, json, form, timeoutMs, signal } = call;
  const old = base === "oapi";
  const query = old ? `${path.includes("?") ? "&" : "?"}access_token=${encodeURIComponent(token)}` : "";
  const auth = old ? {} : { "x-acs-dingtalk-access-token": token };
  const type = form === undefined ? {} : { "content-type": form.contentType };
  const body = { ...(json === undefined ? {} : { json }), ...(form === undefined ? {} : { body: form.bytes }) };
  const time = timeoutMs === undefined ? {} : { timeoutMs };
  const headers = { accept: "application/json", ...auth, ...type };
  return { method, url: `${endpoints[base]}${path}${query}`, headers, ...body, ...time, proxy, signal };
}

/** No answer of the platform, and nothing that it could have counted. */
function hasNotLeft(error: unknown): boolean {
  return error instanceof ChannelError && error.outcome === "not_sent" && error.platform === undefined;
}

/** Ours, not the platform's: a call that is worth nothing later is not made. */
function heldBack(what: string): ChannelError {
  return dingtalkError("throttled", {
    message: `cannot ${what} at once: the app's calls of this second are used up`,
    verdict: { kind: "stop" },
    fix: { en: "Nothing to do.", zh: "无需处理。" },
  });
}

/** True: the call was not made, because it could not be made at once. */
export function isHeldBack(error: unknown): boolean {
  return error instanceof ChannelError && error.code === "rate_limited" && error.verdict.kind === "stop";
}

function isTokenError(error: unknown): error is ChannelError {
  return error instanceof ChannelError && error.verdict.kind === "startAfresh";
}
