/**
 * One HTTP exchange over `node:https` with one keep-alive agent per scheme and proxy, or over an injected `fetch`. Retries,
 * tokens and limits are layers above. Nothing is ever repeated here: a reset on a reused socket is an unknown outcome.
 */
import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { channelError, type ChannelError } from "../errors.ts";
import type { ChannelOptions } from "../model/capabilities.ts";
import { createAgent, type Env, proxyOptions } from "./proxy.ts";

/** One exchange: no retry, no redirect. Rejects with a `ChannelError` whose `outcome` says whether a byte may have left. */
export interface Transport {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
  /** The channel's own. Default `"env"`. */
  readonly proxy?: ChannelOptions["proxy"];
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array>;
}

/** A transport that owns its sockets until `close`. */
export interface OwnedTransport extends Transport {
  close(): void;
}

const MAX_SOCKETS = 64;

/** `env` is passed in, so that no file both reads the environment and sends. */
export function createTransport(options: { readonly env?: Env; readonly fetch?: typeof fetch } = {}): OwnedTransport {
  if (options.fetch !== undefined) return fetchTransport(options.fetch);
  const agents = new Map<string, Agent>(); // at most one per scheme and proxy setting
  const agentFor = (scheme: string, proxy: ChannelOptions["proxy"]): Agent => {
    const key = `${scheme} ${proxy ?? "env"}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const settings = { keepAlive: true, maxSockets: MAX_SOCKETS, ...proxyOptions(proxy, options.env ?? {}) };
    const agent = createAgent(scheme, settings);
    agents.set(key, agent);
    return agent;
  };
  return {
    request: (request) => exchangeOnce(request, agentFor),
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

function exchangeOnce(
  request: HttpRequest,
  agentFor: (scheme: string, proxy: ChannelOptions["proxy"]) => Agent,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url);
    const agent = agentFor(url.protocol, request.proxy);
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const { method, headers, signal } = request;
    const sent = start(url, { method, headers: { ...headers, ...lengthOf(request.body) }, agent, signal });
    sent.once("response", (response: IncomingMessage) => resolve(toResponse(response)));
    sent.once("error", (error) => reject(toError(error, sent, { url, signal })));
    writeBody(sent, request.body);
  });
}

function lengthOf(body: HttpRequest["body"]): Record<string, string> {
  if (body === undefined || body instanceof ReadableStream) return {};
  return { "content-length": String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength) };
}

function writeBody(sent: ClientRequest, body: HttpRequest["body"]): void {
  if (!(body instanceof ReadableStream)) {
    sent.end(body);
    return;
  }
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  source.once("error", (error) => sent.destroy(error));
  source.pipe(sent);
}

function toResponse(response: IncomingMessage): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const body = Readable.toWeb(response) as ReadableStream<Uint8Array>;
  return { status: response.statusCode ?? 0, headers, body };
}

/** Refused connections, DNS, TLS and aborts before the first byte are `not_sent`; everything later is `unknown`. */
const BEFORE_FIRST_BYTE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
]);

function toError(
  error: NodeJS.ErrnoException,
  sent: ClientRequest,
  { url, signal }: { readonly url: URL; readonly signal: AbortSignal },
): ChannelError {
  const connected = sent.socket !== null && !sent.socket.connecting && sent.socket.bytesWritten > 0;
  const code = error.code ?? "";
  const early = BEFORE_FIRST_BYTE.has(code) || /^(ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code);
  const outcome = connected && (sent.reusedSocket || !early) ? "unknown" : "not_sent";
  return transportError({ error, host: url.host, outcome, aborted: signal.aborted, reason: signal.reason as unknown });
}

function transportError(facts: {
  readonly error: Error & { readonly code?: string | undefined };
  readonly host: string;
  readonly outcome: "not_sent" | "unknown";
  readonly aborted: boolean;
  readonly reason: unknown;
}): ChannelError {
  const { error, host, outcome, aborted, reason } = facts;
  const timedOut = aborted && reason instanceof Error && reason.name === "TimeoutError";
  if (aborted && !timedOut) {
    return channelError({
      code: "aborted",
      kind: "transport",
      message: `the call to ${host} was called off`,
      outcome,
      cause: error,
      fix: { en: "Nothing to do: the work was called off.", zh: "无需处理:该任务已被取消。" },
    });
  }
  return channelError({
    code: timedOut ? "timeout" : "unreachable",
    kind: "transport",
    message: timedOut
      ? `${host} did not answer in time`
      : `${host} could not be reached (${error.code ?? error.message})`,
    outcome,
    verdict: { kind: "retry" },
    cause: error,
    fix: {
      en: `Check the network, DNS and proxy on the way to ${host}; the proxy option says which proxy is used.`,
      zh: `请检查到 ${host} 的网络、DNS 和代理;proxy 选项决定使用哪个代理。`,
    },
  });
}

function fetchTransport(send: typeof fetch): OwnedTransport {
  return {
    async request({ method, url, headers = {}, body, signal }) {
      const duplex = body instanceof ReadableStream ? { duplex: "half" as const } : {};
      const given = body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> };
      try {
        const answer = await send(url, {
          method,
          headers: { ...headers },
          redirect: "manual",
          signal,
          ...given,
          ...duplex,
        });
        const body_ = answer.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
        return { status: answer.status, headers: Object.fromEntries(answer.headers), body: body_ };
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        const cause = error.cause as { readonly code?: string } | undefined;
        const outcome = BEFORE_FIRST_BYTE.has(cause?.code ?? "") ? "not_sent" : "unknown";
        const { aborted, reason } = signal;
        throw transportError({ error, host: new URL(url).host, outcome, aborted, reason });
      }
    },
    close: () => undefined,
  };
}
