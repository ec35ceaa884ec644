/** One call with a deadline and a byte limit, its answer read and parsed. Does not judge the status: each channel does. */
import type { Clock } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import { readBytes } from "./body.ts";
import { failedCall } from "./failure.ts";
import type { HttpRequest, Transport } from "./transport.ts";

export interface ExchangeRequest {
  readonly method: HttpRequest["method"];
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: HttpRequest["body"];
  readonly proxy?: HttpRequest["proxy"];
  readonly onStep?: HttpRequest["onStep"];
  readonly signal: AbortSignal;
  /** Of the whole exchange, body included. Default 10,000. */
  readonly timeoutMs?: number;
  /** Of the answer. Default 1 MiB. */
  readonly maxBytes?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Undefined when the text is no JSON object or list. */
  readonly json: unknown;
}

/** Rejects with `unreachable`, `timeout`, `aborted` or `too_large`, each with its outcome. */
export async function exchange(
  deps: { readonly http: Transport; readonly clock: Clock },
  request: ExchangeRequest,
): Promise<Answer> {
  const { timeoutMs = 10_000, maxBytes = 1_048_576 } = request;
  const done = new AbortController();
  const late = new AbortController();
  deps.clock.sleep(timeoutMs, done.signal).then(
    () => late.abort(new DOMException("the deadline of the call has passed", "TimeoutError")),
    () => "answered in time",
  );
  const signal = AbortSignal.any([request.signal, late.signal]);
  try {
    const response = await deps.http.request({ ...toHttp(request), signal });
    const text = new TextDecoder().decode(await readAnswer(response.body, { maxBytes, signal, url: request.url }));
    return { status: response.status, headers: response.headers, text, json: parseJson(text) };
  } finally {
    done.abort(new Error("the call is over"));
  }
}

function toHttp(request: ExchangeRequest): Omit<HttpRequest, "signal"> {
  const { method, url, headers = {}, json, body, proxy, onStep } = request;
  const through = { ...(proxy === undefined ? {} : { proxy }), ...(onStep === undefined ? {} : { onStep }) };
  if (json !== undefined) {
    const typed = { "content-type": "application/json", ...headers };
    return { method, url, headers: typed, body: JSON.stringify(json), ...through };
  }
  return { method, url, headers, ...(body === undefined ? {} : { body }), ...through };
}

async function readAnswer(
  body: ReadableStream<Uint8Array>,
  { maxBytes, signal, url }: { readonly maxBytes: number; readonly signal: AbortSignal; readonly url: string },
): Promise<Uint8Array> {
  try {
    return await readBytes(body, maxBytes);
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    const cause = error instanceof Error ? error : new Error(String(error));
    const { host } = new URL(url);
    throw failedCall({ error: cause, host, outcome: "unknown", signal, during: "answer" });
  }
}

function parseJson(text: string): unknown {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // said to be JSON by its first letter only; the text is kept
  }
}
