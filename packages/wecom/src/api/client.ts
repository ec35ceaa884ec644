/** One call to WeCom's REST interface: token, pace, exchange, judgement. Endpoint functions are thin; policy is here. */
import { ChannelError, type Clock, type Transport } from "@openclaw-china/core";
import { createLimiters, exchange, type ExchangeRequest, retry, type TokenSource } from "@openclaw-china/core/internal";
import { definite } from "../errors.ts";
import { judge } from "./judge.ts";

/** 150,000 calls an hour and 10,000 a minute, per corporation and interface: a burst, and what is let through behind it. */
const PER_SECOND = 40;
const BURST = 80;
/** What a call waits for here; a longer pause is left to who delivers. */
const MAX_HOLD_MS = 60_000;

export interface ApiCall {
  readonly method: "GET" | "POST";
  /** With its query, without the token: `/cgi-bin/message/send`. */
  readonly path: string;
  readonly json?: unknown;
  /** Instead of `json`: an encoded form, with its content type. */
  readonly form?: { readonly contentType: string; readonly bytes: Uint8Array };
  /** Of the whole call. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  /** For errors, after "cannot": "send to the group". */
  readonly what: string;
  /** May be made twice: sends with a duplicate check or an id of ours, uploads, recalls. */
  readonly idempotent: boolean;
}

export interface Client {
  /** Origin of the interface. */
  readonly api: string;
  /** The answer's JSON. Rejects with a `ChannelError` of the catalogue. */
  call(call: ApiCall): Promise<Record<string, unknown>>;
  /** The address of a call, with a token in it: never logged. `drop` says that the token was refused. */
  addressOf(path: string, signal: AbortSignal): Promise<{ readonly url: string; readonly drop: () => Promise<void> }>;
}

/** What every call needs. */
export interface Caller {
  readonly http: Transport;
  readonly clock: Clock;
  readonly proxy: NonNullable<ExchangeRequest["proxy"]>;
}

export interface ClientDeps extends Caller {
  readonly api: string;
  readonly token: TokenSource;
  /** The platform's words may repeat it; ours never do. */
  readonly corpSecret: string;
}

export function createClient(deps: ClientDeps): Client {
  const { http, clock, proxy, api, token, corpSecret } = deps;
  const limiters = createLimiters({ clock, perSecond: PER_SECOND, burst: BURST });

  const paced = async (bucket: string, call: () => Promise<Record<string, unknown>>, signal: AbortSignal) => {
    const limiter = limiters.bucket(bucket);
    await limiter.take(signal);
    try {
      return await call();
    } catch (error) {
      if (error instanceof ChannelError && error.code === "rate_limited" && error.verdict.kind === "retryLater") {
        limiter.hold(Math.min(error.verdict.afterMs, MAX_HOLD_MS));
      }
      throw error;
    }
  };

  return {
    api,
    call({ method, path, json, form, timeoutMs, signal, what, idempotent }) {
      const once = async (): Promise<Record<string, unknown>> => {
        const value = await token.get(signal);
        const headers = { accept: "application/json", ...(form && { "content-type": form.contentType }) };
        const body = { ...(json === undefined ? {} : { json }), ...(form === undefined ? {} : { body: form.bytes }) };
        const time = timeoutMs === undefined ? {} : { timeoutMs };
        const request = { method, url: withToken(api, path, value), headers, ...body, ...time, proxy, signal };
        try {
          const answer = await exchange({ http, clock }, request);
          return judge(answer, { what, auth: "token", secrets: [value, corpSecret] });
        } catch (error) {
          if (isTokenError(error)) await token.drop(value);
          throw error;
        }
      };
      const call = retry(() => paced(bucketOf(path), once, signal), { clock, signal, repeatUnknown: idempotent });
      return call.catch((error: unknown) => {
        throw isTokenError(error) ? definite(error) : error; // a new token was refused as well
      });
    },
    async addressOf(path, signal) {
      const value = await token.get(signal);
      return { url: withToken(api, path, value), drop: () => token.drop(value) };
    },
  };
}

/** A call to an address that is a credential by itself: a `response_url`, a group's robot. */
export async function callOpen(
  { http, clock, proxy }: Caller,
  call: Omit<ApiCall, "path" | "method" | "idempotent"> & {
    readonly url: string;
    readonly secrets: readonly string[];
  },
): Promise<Record<string, unknown>> {
  const { url, json, form, timeoutMs, signal, what, secrets } = call;
  const body = form === undefined ? { json } : { body: form.bytes, headers: { "content-type": form.contentType } };
  const time = timeoutMs === undefined ? {} : { timeoutMs };
  const answer = await exchange({ http, clock }, { method: "POST", url, ...body, ...time, proxy, signal });
  return judge(answer, { what, auth: "none", secrets });
}

function withToken(api: string, path: string, value: string): string {
  return `${api}${path}${path.includes("?") ? "&" : "?"}access_token=${encodeURIComponent(value)}`;
}

function bucketOf(path: string): string {
  return path.split("?", 1)[0] ?? path;
}

function isTokenError(error: unknown): error is ChannelError {
  return error instanceof ChannelError && error.code === "credentials_rejected" && error.verdict.kind === "startAfresh";
}
