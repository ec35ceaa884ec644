/**
 * One HTTP exchange over `node:https` with one keep-alive agent per scheme and proxy, or over an injected `fetch`. Retries,
 * tokens and limits are layers above. Nothing is ever repeated here: a reset on a reused socket is an unknown outcome.
 */
import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ChannelOptions } from "../model/capabilities.ts";
import { failedCall, impossibleCall } from "./failure.ts";
import { fetchTransport } from "./fetch.ts";
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
  /** Called as the connection is made, for those who want to know where it got stuck. Not before a proxy has let it through. */
  readonly onStep?: (step: ConnectStep) => void;
}

/** What is under way: the name is looked up, TCP connects, TLS shakes hands, the answer is awaited. */
export type ConnectStep = "lookup" | "connect" | "secure" | "answer";

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
/** A proxy that takes the connection and says nothing is given up then. */
const TUNNEL_TIMEOUT_MS = 30_000;

/**
 * `env` is passed in, so that no file both reads the environment and sends. With `fetch` the `proxy` of a request has no say:
 * that fetch has its own.
 */
export function createTransport(options: { readonly env?: Env; readonly fetch?: typeof fetch } = {}): OwnedTransport {
  if (options.fetch !== undefined) return fetchTransport(options.fetch);
  const routes = new Map<string, Route>(); // at most one per scheme and proxy setting
  const routeFor = (scheme: string, proxy: ChannelOptions["proxy"]): Route => {
    const key = `${scheme} ${proxy ?? "env"}`;
    const known = routes.get(key);
    if (known !== undefined) return known;
    const through = proxyOptions(proxy, options.env ?? {});
    const agent = createAgent(scheme, { keepAlive: true, maxSockets: MAX_SOCKETS, ...through });
    const route = through.proxyEnv === undefined ? { agent } : { agent, timeout: TUNNEL_TIMEOUT_MS };
    routes.set(key, route);
    return route;
  };
  return {
    request: (request) => exchangeOnce(request, routeFor),
    close() {
      for (const { agent } of routes.values()) agent.destroy();
      routes.clear();
    },
  };
}

/** How a request gets there. */
interface Route {
  readonly agent: Agent;
  /** ms for a proxy to open its tunnel. */
  readonly timeout?: number;
}

type RouteFor = (scheme: string, proxy: ChannelOptions["proxy"]) => Route;

function exchangeOnce(request: HttpRequest, routeFor: RouteFor): Promise<HttpResponse> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const url = addressOf(request);
    const { host } = url;
    if (signal.aborted) throw failedCall({ error: new Error("aborted"), host, outcome: "not_sent", signal });
    const sent = begin(url, request, routeFor);
    const left = followSteps(sent, url.hostname, request.onStep);
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      reject(failedCall({ error, host, outcome: left() ? "unknown" : "not_sent", signal }));
    };
    // Also while it waits for a socket or for a silent proxy, where Node's own signal is not heard.
    const abort = (): void => fail(new Error("aborted"));
    signal.addEventListener("abort", abort, { once: true });
    sent.once("response", (response: IncomingMessage) => {
      signal.removeEventListener("abort", abort);
      resolve(toResponse(response));
    });
    sent.on("error", fail);
    sent.once("close", () => fail(new Error("closed without an answer")));
    writeBody(sent, request.body, fail);
  });
}

function addressOf(request: HttpRequest): URL {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") throw impossibleCall("its address is none");
  return url;
}

/** Throws a `ChannelError` for what no request can be made of. Errors of Node's name the header, never its value. */
function begin(url: URL, { method, headers, body, proxy, signal }: HttpRequest, routeFor: RouteFor): ClientRequest {
  const route = routeFor(url.protocol, proxy);
  // Not by import: see createAgent.
  const { request: start } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const all = { ...headers, ...lengthOf(body) };
  try {
    return start(url, { method, headers: all, signal, ...route });
  } catch (error) {
    throw impossibleCall(error instanceof Error ? error.message : String(error));
  }
}

/** False until the connection stands, TLS included: then a byte may have left. A reused socket stands from the start. */
function followSteps(sent: ClientRequest, host: string, onStep?: HttpRequest["onStep"]): () => boolean {
  let step: ConnectStep | undefined;
  const go = (next: ConnectStep): void => {
    step = next;
    onStep?.(next);
  };
  sent.once("socket", (socket: Socket & { readonly secureConnecting?: boolean }) => {
    if (sent.reusedSocket || (!socket.connecting && socket.secureConnecting !== true)) return go("answer");
    const secure = "encrypted" in socket;
    if (socket.connecting) {
      go(isIP(host.replace(/^\[|\]$/g, "")) === 0 ? "lookup" : "connect");
      socket.once("lookup", (error: Error | null) => {
        if (error === null) go("connect");
      });
      socket.once("connect", () => go(secure ? "secure" : "answer"));
    } else go("secure");
    if (secure) socket.once("secureConnect", () => go("answer"));
  });
  return () => step === "answer";
}

function lengthOf(body: HttpRequest["body"]): Record<string, string> {
  if (body === undefined || body instanceof ReadableStream) return {};
  return { "content-length": String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength) };
}

/** A body that breaks takes the request with it, and a request that breaks its body. */
function writeBody(sent: ClientRequest, body: HttpRequest["body"], fail: (error: Error) => void): void {
  if (!(body instanceof ReadableStream)) {
    sent.end(body);
    return;
  }
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  source.on("error", fail);
  pipeline(source, sent).catch(() => "told by the events of either");
}

function toResponse(response: IncomingMessage): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const body = Readable.toWeb(response) as ReadableStream<Uint8Array>;
  return { status: response.statusCode ?? 0, headers, body };
}
