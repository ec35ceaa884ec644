/** One call to Feishu: token, pace, exchange, judgement. Endpoint functions are thin; policy is here and nowhere else. */
import { ChannelError, type Clock, type Transport } from "@openclaw-china/core";
import {
  createLimiter,
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
import { createSerial } from "./serial.ts";

/** An app may make 50 calls a second. */
const PER_SECOND = 40;
const BURST = 10;
/** 5 a second to one chat, of all bots together. */
const PER_CHAT_SECOND = 4;
/** 10 operations a second on one card. */
const PER_CARD_SECOND = 8;

export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with `/open-apis/`. */
  readonly path: string;
  readonly json?: unknown;
  /** Instead of `json`: an encoded form, with its content type. */
  readonly form?: { readonly contentType: string; readonly bytes: Uint8Array };
  /** Of the whole call. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  /** For errors, after "cannot": "send to the group". */
  readonly what: string;
  /** May be made twice: it has a uuid, or does the same again. */
  readonly idempotent: boolean;
  /** Calls to one chat or card go one at a time, at its pace. */
  readonly lane?: { readonly kind: "chat" | "card"; readonly id: string };
  /** Default 3. */
  readonly attempts?: number;
}

export interface Client {
  readonly endpoints: Endpoints;
  /** The platform's own words, fit to be seen: without our secrets, and not too long. */
  quote(words: unknown): string;
  /** The answer's `data`, with what stands beside it. Rejects with a `ChannelError` of the catalogue. */
  call(call: ApiCall): Promise<Record<string, unknown>>;
  /** A token for calls whose answer is no JSON: downloads. */
  token(signal: AbortSignal): Promise<string>;
  /** It is not taken any more. */
  dropToken(token: string): Promise<void>;
}

export interface ClientDeps {
  readonly http: Transport;
  readonly clock: Clock;
  readonly proxy: NonNullable<ExchangeRequest["proxy"]>;
  readonly endpoints: Endpoints;
  readonly token: TokenSource;
  /** The app's secret. The platform's words may repeat it; ours never do. */
  readonly appSecret: string;
}

const MAX_QUOTE_CHARS = 200;

export function createClient(deps: ClientDeps): Client {
  const { http, clock, proxy, endpoints, token, appSecret } = deps;
  const all = createLimiter({ clock, perSecond: PER_SECOND, burst: BURST });
  const chats = createLimiters({ clock, perSecond: PER_CHAT_SECOND, burst: 1 });
  const cards = createLimiters({ clock, perSecond: PER_CARD_SECOND, burst: 1 });
  const serial = createSerial();

  const once = async (call: ApiCall): Promise<Record<string, unknown>> => {
    const { method, path, json, form, timeoutMs, signal, what } = call;
    const value = await token.get(signal);
    const type = form?.contentType ?? "application/json; charset=utf-8";
    const body = { ...(json === undefined ? {} : { json }), ...(form === undefined ? {} : { body: form.bytes }) };
    const hasBody = json !== undefined || form !== undefined;
    const headers = { authorization: `Bearer ${value}`, ...(hasBody ? { "content-type": type } : {}) };
    const time = timeoutMs === undefined ? {} : { timeoutMs };
    const request = { method, url: `${endpoints.api}${path}`, headers, ...body, ...time, proxy, signal };
    try {
      return judge(await exchange({ http, clock }, request), { what, codes: "api", secrets: [value, appSecret] });
    } catch (error) {
      if (isTokenError(error)) await token.drop(value);
      throw error;
    }
  };

  const paced = async (call: ApiCall): Promise<Record<string, unknown>> => {
    const { lane, signal } = call;
    const own = lane === undefined ? undefined : (lane.kind === "chat" ? chats : cards).bucket(lane.id);
    await own?.take(signal);
    await all.take(signal);
    try {
      return await once(call);
    } catch (error) {
      if (error instanceof ChannelError && error.code === "rate_limited" && error.verdict.kind === "retryLater") {
        // The platform's limit of one chat has no header; that of the app has.
        (own ?? all).hold(Math.min(error.verdict.afterMs, 5_000));
      }
      throw error;
    }
  };

  return {
    endpoints,
    async call(call) {
      const { lane, signal, idempotent, attempts = 3 } = call;
      const tried = (): Promise<Record<string, unknown>> =>
        retry(() => paced(call), { clock, signal, repeatUnknown: idempotent, attempts });
      try {
        return await (lane === undefined ? tried() : serial.run(`${lane.kind} ${lane.id}`, tried));
      } catch (error) {
        throw attempts > 1 && isTokenError(error) ? definite(error) : error; // a new token was refused as well
      }
    },
    quote: (words) => redact(String(words), [appSecret]).slice(0, MAX_QUOTE_CHARS),
    token: (signal) => token.get(signal),
    dropToken: async (value) => {
      await token.drop(value);
    },
  };
}

function isTokenError(error: unknown): error is ChannelError {
  return error instanceof ChannelError && error.verdict.kind === "startAfresh";
}
