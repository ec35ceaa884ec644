/** From `node:http` to web standards: for node:http, Express and Koa. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** For node:http, Express and Koa: `createServer(toNodeHandler((request) => bot.webhook(request)))`. Mount before any body parser. */
export function toNodeHandler(handler: (request: Request) => Promise<Response>): RequestListener {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => {
      if (outgoing.headersSent) outgoing.destroy();
      else refuse(outgoing, 500, "internal error");
    });
  };
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) left.abort(new Error("the caller has gone"));
  });
  const request = toRequest(incoming, left.signal);
  if (request === undefined) return refuse(outgoing, 400, "bad request");
  const response = await handler(request);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  outgoing.writeHead(response.status);
  if (response.body === null) return void outgoing.end();
  if (incoming.method !== "HEAD") return pipeline(Readable.fromWeb(response.body), outgoing);
  outgoing.end();
  await response.body.cancel();
}

function refuse(outgoing: ServerResponse, status: number, why: string): void {
  for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
  outgoing.writeHead(status, { "content-type": "text/plain" }).end(`${why}\n`);
}

/** Undefined when it is no request that web standards can express: a broken Host, a method such as TRACE. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const url = addressOf(incoming);
  if (url === undefined) return undefined;
  const headers = new Headers();
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at] ?? "";
    if (!name.startsWith(":")) headers.append(name, incoming.rawHeaders[at + 1] ?? "");
  }
  const method = incoming.method ?? "GET";
  if (/^(connect|trace|track)$/i.test(method)) return undefined;
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  return new Request(url, { method, headers, signal, body: bodyOf(incoming), duplex: "half" });
}

/**
 * Nothing is read before it is asked for, and what is not wanted is thrown away rather than the connection closed: a refusal
 * (401, 413) reaches its caller, and an unread body does not block the next request.
 */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Buffer> | undefined;
  return new ReadableStream(
    {
      async pull(controller) {
        chunks ??= incoming.iterator({ destroyOnReturn: false });
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await chunks?.return?.();
        incoming.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Scheme and host of the connection, path and query of the request: a path such as `//elsewhere` names no other host. */
function addressOf(incoming: IncomingMessage): URL | undefined {
  const scheme = "encrypted" in incoming.socket ? "https" : "http";
  const host = incoming.headers.host ?? "localhost";
  const base = `${scheme}://${host}/`;
  if (/[/?#@\\\s]/.test(host) || !URL.canParse(base)) return undefined;
  const given = "originalUrl" in incoming ? incoming.originalUrl : incoming.url;
  const target = typeof given === "string" ? given : "/";
  const absolute = URL.canParse(target) ? new URL(target) : undefined; // as proxies write it
  const path = target.startsWith("/") ? target : `${absolute?.pathname ?? "/"}${absolute?.search ?? ""}`;
  return URL.canParse(base + path.slice(1)) ? new URL(base + path.slice(1)) : undefined;
}
