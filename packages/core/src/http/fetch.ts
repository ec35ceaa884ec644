/** The transport over an injected `fetch`: other runtimes, tests. It has its own sockets and its own proxy settings. */
import { redact } from "../log.ts";
import { failedCall, impossibleCall } from "./failure.ts";
import type { HttpRequest, HttpResponse, OwnedTransport } from "./transport.ts";

/**
 * The same outcomes as over `node:https` where a `fetch` tells: what failed before a connection stood is `not_sent`. An abort
 * while it was being made is `unknown` here, since nobody can see from outside whether a byte had left.
 */
export function fetchTransport(send: typeof fetch): OwnedTransport {
  return { request: (request) => fetchOnce(send, request), close: () => undefined };
}

async function fetchOnce(send: typeof fetch, request: HttpRequest): Promise<HttpResponse> {
  const { method, url, body, signal } = request;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw impossibleCall("its address is none");
  const { host } = new URL(url);
  if (signal.aborted) throw failedCall({ error: new Error("aborted"), host, outcome: "not_sent", signal });
  const headers = headersOf(request);
  const duplex = body instanceof ReadableStream ? { duplex: "half" as const } : {};
  const given = body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> };
  try {
    const answer = await send(url, { method, headers, redirect: "manual", signal, ...given, ...duplex });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: answer.body ?? emptyBody() };
  } catch (thrown) {
    const error = withoutAddress(thrown);
    throw failedCall({ error, host, outcome: NO_CONNECTION.test(error.code ?? "") ? "not_sent" : "unknown", signal });
  }
}

/** The platform's own error repeats the value. */
function headersOf({ headers = {} }: HttpRequest): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw impossibleCall("a header holds characters that none may have");
  }
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** Codes of a connection that never stood, as Node and undici name them. */
const NO_CONNECTION =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|(ERR_TLS|ERR_SSL|CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)_.*)$/;

/** Some say "request to https://…?access_token=… failed". */
function withoutAddress(thrown: unknown): Error & { readonly code?: string | undefined } {
  const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = codeOf(thrown) ?? codeOf(cause);
  const clean = new Error(redact(message.replaceAll(/https?:\/\/\S+/g, "https://…")));
  return code === undefined ? clean : Object.assign(clean, { code });
}

function codeOf(value: unknown): string | undefined {
  const code = typeof value === "object" && value !== null && "code" in value ? value.code : undefined;
  return typeof code === "string" ? code : undefined;
}
