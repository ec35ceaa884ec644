/** One call to DingTalk: token, pace, exchange, judgement. Endpoint functions are thin; policy is here and nowhere else. */
import { ChannelError, type Clock, type Transport } from "@openclaw-china/core";
import {
  createLimiters,
  exchange,
  type ExchangeRequest,
  redact,
  retry,
  type TokenSource,
} from "@openclaw-china/core/internal";
import { definite } from "../errors.ts";
import type { Endpoints } from "../options.ts";
import { judge } from "./judge.ts";

/** The platform takes 20 calls in any second, per app and interface: a burst, and what is let through behind it. */
const PER_SECOND = 15;
const BURST = 4;
/** A streamed answer must not starve other calls: all card calls of an app share this, whatever their interface. */
const CARDS_PER_SECOND = 15;

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
}

export interface Client {
  readonly endpoints: Endpoints;
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
  /** The app's secret. The platform's words may repeat it; ours never do. */
  readonly appSecret: string;
  /** How each call ended; `error` absent: well. `what` is the call's own. */
  readonly onEnd?: (what: string, error?: unknown) => void;
}

const MAX_QUOTE_CHARS = 200;

export function createClient(deps: ClientDeps): Client {
  const { http, clock, proxy, endpoints, token, appSecret, onEnd } = deps;
  const limiters = createLimiters({ clock, perSecond: PER_SECOND, burst: BURST });
  const cards = createLimiters({ clock, perSecond: CARDS_PER_SECOND, burst: BURST });

  const paced = async (bucket: string, call: () => Promise<Record<string, unknown>>, signal: AbortSignal) => {
    const limiter = (bucket === "cards" ? cards : limiters).bucket(bucket);
    await limiter.take(signal);
    try {
      return await call();
    } catch (error) {
      if (error instanceof ChannelError && error.code === "rate_limited" && error.verdict.kind === "retryLater") {
        limiter.hold(Math.min(error.verdict.afterMs, 5_000));
      }
      throw error;
    }
  };

  return {
    endpoints,
    call({ method, base, path, json, form, timeoutMs, signal, what, idempotent, bucket = path, attempts = 3 }) {
      const once = async (): Promise<Record<string, unknown>> => {
        const value = await token.get(signal);
        const old = base === "oapi";
        const query = old ? `${path.includes("?") ? "&" : "?"}access_token=${encodeURIComponent(value)}` : "";
        const auth = old ? {} : { "x-acs-dingtalk-access-token": value };
        const type = form === undefined ? {} : { "content-type": form.contentType };
        const headers = { accept: "application/json", ...auth, ...type };
        const body = { ...(json === undefined ? {} : { json }), ...(form === undefined ? {} : { body: form.bytes }) };
        const time = timeoutMs === undefined ? {} : { timeoutMs };
        const url = `${endpoints[base]}${path}${query}`;
        const request = { method, url, headers, ...body, ...time, proxy, signal };
        try {
          return judge(await exchange({ http, clock }, request), { what, auth: "token", secrets: [value, appSecret] });
        } catch (error) {
          if (isTokenError(error)) await token.drop(value);
          throw error;
        }
      };
      const call = retry(() => paced(bucket, once, signal), { clock, signal, repeatUnknown: idempotent, attempts });
      return call.then(
        (answer) => {
          onEnd?.(what);
          return answer;
        },
        (error: unknown) => {
          onEnd?.(what, error);
          throw attempts > 1 && isTokenError(error) ? definite(error) : error; // a new token was refused as well
        },
      );
    },
    quote: (words) => redact(String(words), [appSecret]).slice(0, MAX_QUOTE_CHARS),
    callOpen({ url, json, signal, what, idempotent }) {
      const key = new URL(url).searchParams.get("session") ?? "";
      const once = async (): Promise<Record<string, unknown>> =>
        judge(await exchange({ http, clock }, { method: "POST", url, json, proxy, signal }), {
          what,
          auth: "none",
          secrets: [url, key, appSecret],
        });
      return retry(once, { clock, signal, repeatUnknown: idempotent });
    },
  };
}

function isTokenError(error: unknown): error is ChannelError {
  return error instanceof ChannelError && error.verdict.kind === "startAfresh";
}
