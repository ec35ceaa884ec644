/** Web standards behind plain node:http: what a handler sees, what the caller gets, also when either misbehaves. */
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { toNodeHandler } from "@openclaw-china/core";
import { readBytes } from "@openclaw-china/core/internal";
import { expect, onTestFinished, test } from "vitest";
import { selfSigned } from "./certificate.ts";
import { httpServer, httpsServer, type Running } from "./servers.ts";

type Handler = Parameters<typeof toNodeHandler>[0];

function serving(handler: Handler): Promise<Running> {
  return httpServer(toNodeHandler(handler));
}

function bodyOf(request: Request): ReadableStream<Uint8Array> {
  return request.body ?? expect.unreachable("there is no body");
}

/** Sends these bytes and collects the answer until the other side closes, or until `enough`. */
async function raw(port: number, bytes: string, enough = /$^/): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  const done = Promise.withResolvers<void>();
  socket.on("data", (data) => {
    text += data.toString("latin1");
    if (enough.test(text)) done.resolve();
  });
  socket.on("close", () => done.resolve());
  socket.write(bytes);
  await done.promise;
  return text;
}

test("method, address, headers and body arrive; status, headers and body go back", async () => {
  const { port } = await serving(async (request) => {
    const { pathname, search } = new URL(request.url);
    const seen = { method: request.method, path: pathname + search, kind: request.headers.get("x-kind") };
    return Response.json({ ...seen, body: await request.text() }, { status: 201, headers: { "x-answer": "yes" } });
  });
  const url = `http://127.0.0.1:${port}/a/b?c=d&c=e`;
  const answer = await fetch(url, { method: "PUT", body: "grüße", headers: { "x-kind": "one" } });
  expect([answer.status, answer.headers.get("x-answer")]).toEqual([201, "yes"]);
  expect(await answer.json()).toEqual({ method: "PUT", path: "/a/b?c=d&c=e", kind: "one", body: "grüße" });
});

test("bodies stream both ways: an answer begins before the question has ended", async () => {
  const { port } = await serving((request) => Promise.resolve(new Response(request.body)));
  const call = httpRequest({ port, host: "127.0.0.1", method: "POST" });
  onTestFinished(() => void call.destroy());
  call.write("first");
  const [answer] = (await once(call, "response")) as [NodeJS.ReadableStream];
  expect(String((await once(answer, "data"))[0])).toBe("first");
  call.end("second");
  expect(String((await once(answer, "data"))[0])).toBe("second");
});

test("a caller who leaves aborts the request's signal, and the handler's end harms nobody", async () => {
  const began = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const { port } = await serving(async (request) => {
    if (request.url.endsWith("/next")) return new Response("still here");
    began.resolve();
    await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve(), { once: true }));
    aborted.resolve(request.signal.reason);
    throw new Error("called off");
  });
  const call = httpRequest({ port, host: "127.0.0.1" }).on("error", () => undefined);
  call.end();
  await began.promise;
  call.destroy();
  expect(await aborted.promise).toMatchObject({ message: "the caller has gone" });
  expect(await (await fetch(`http://127.0.0.1:${port}/next`)).text()).toBe("still here");
});

test("a caller who leaves in the middle of an answer ends its stream", async () => {
  const cancelled = Promise.withResolvers<void>();
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
      cancel: () => cancelled.resolve(),
    });
  const { port } = await serving(() => Promise.resolve(new Response(endless())));
  const call = httpRequest({ port, host: "127.0.0.1" }).on("error", () => undefined);
  call.end();
  const [answer] = (await once(call, "response")) as [NodeJS.ReadableStream];
  await once(answer, "data");
  call.destroy();
  await cancelled.promise;
});

test("an answered request does not abort its signal", async () => {
  const signals: AbortSignal[] = [];
  const { port } = await serving((request) => {
    signals.push(request.signal);
    return Promise.resolve(new Response("ok"));
  });
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

test.each([
  ["rejects", () => Promise.reject(new Error("secret detail"))],
  [
    "throws",
    () => {
      throw new Error("secret detail");
    },
  ],
] as const)("a handler that %s is a 500 without its reason", async (_what, handler) => {
  const { port } = await serving(handler);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" });
  expect([answer.status, await answer.text()]).toEqual([500, "internal error\n"]);
});

test("an answer that breaks off is seen as broken, not as complete", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    pull: (controller) => controller.error(new Error("gone")),
  });
  const { port } = await serving(() => Promise.resolve(new Response(broken)));
  const read = fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
  await expect(read).rejects.toThrow();
});

test("HEAD has the headers and no body, and the body is let go", async () => {
  const cancelled = Promise.withResolvers<void>();
  const { port } = await serving((request) => {
    const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() });
    return Promise.resolve(new Response(body, { headers: { "content-length": "5", "x-method": request.method } }));
  });
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "HEAD" });
  expect([answer.status, answer.headers.get("content-length"), answer.headers.get("x-method")]).toEqual([
    200,
    "5",
    "HEAD",
  ]);
  expect(await answer.text()).toBe("");
  await cancelled.promise;
});

test("headers that come twice are joined, cookies that go out stay apart", async () => {
  const { port } = await serving((request) => {
    const headers = new Headers({ "x-seen": request.headers.get("x-many") ?? "" });
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2");
    headers.append("x-many", "1");
    headers.append("x-many", "2");
    return Promise.resolve(new Response(null, { status: 204, headers }));
  });
  const call = `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-many: one\r\nX-Many: two\r\nconnection: close\r\n\r\n`;
  const text = await raw(port, call);
  expect(text).toMatch(/^HTTP\/1\.1 204 /);
  expect(text.toLowerCase()).toContain("x-seen: one, two\r\n");
  expect(text.toLowerCase()).toContain("x-many: 1, 2\r\n");
  expect(text.match(/set-cookie: [^\r]*/gi)).toEqual(["set-cookie: a=1; Path=/", "set-cookie: b=2"]);
});

test.each([
  ["a Host that is none", "GET / HTTP/1.1\r\nhost: not a host\r\n\r\n"],
  ["a Host with a path", "GET / HTTP/1.1\r\nhost: a.example/b\r\n\r\n"],
  ["a Host with a user", "GET / HTTP/1.1\r\nhost: user@a.example\r\n\r\n"],
  ["an empty Host", "GET / HTTP/1.1\r\nhost:\r\n\r\n"],
  ["a port that is none", "GET / HTTP/1.1\r\nhost: a.example:99999\r\n\r\n"],
  ["half a bracket", "GET / HTTP/1.1\r\nhost: [::1\r\n\r\n"],
  ["a method that web standards refuse", "TRACE / HTTP/1.1\r\nhost: a.example\r\n\r\n"],
])("%s: 400, and the handler is not asked", async (_what, bytes) => {
  let asked = 0;
  const { port } = await serving(() => {
    asked += 1;
    return Promise.resolve(new Response("ok"));
  });
  expect(await raw(port, bytes, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 /);
  expect(asked).toBe(0);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});

test.each([
  ["//evil.example/a", "http://a.example//evil.example/a"],
  ["http://evil.example/a?b=c", "http://a.example/a?b=c"],
  ["/a/../b", "http://a.example/b"],
  ["/%2e%2e/x?y=%00", "http://a.example/x?y=%00"],
  ["/a:b@c", "http://a.example/a:b@c"],
])("the request line %s names no other host", async (target, url) => {
  const { port } = await serving((request) => Promise.resolve(new Response(request.url)));
  const text = await raw(port, `GET ${target} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n`);
  expect(text).toContain(`\r\n\r\n`);
  expect(text).toContain(url);
});

test("OPTIONS *, and HTTP/1.0 without a Host", async () => {
  const { port } = await serving((request) => Promise.resolve(new Response(`<${request.method} ${request.url}>`)));
  expect(await raw(port, "OPTIONS * HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n")).toContain(
    "<OPTIONS http://a.example/>",
  );
  expect(await raw(port, "GET /x HTTP/1.0\r\n\r\n")).toContain("<GET http://localhost/x>");
});

test("behind TLS the address says https", async () => {
  const identity = selfSigned();
  const { port } = await httpsServer(
    identity,
    toNodeHandler((request) => Promise.resolve(new Response(request.url))),
  );
  const { request } = await import("node:https");
  const call = request({ port, host: "127.0.0.1", path: "/a", ca: identity.cert });
  call.end();
  const [answer] = (await once(call, "response")) as [NodeJS.ReadableStream];
  expect(String((await once(answer, "data"))[0])).toBe(`https://127.0.0.1:${port}/a`);
});

test.each([
  ["leaves unread", () => Promise.resolve()],
  [
    "gives up in the middle",
    (request: Request) => expect(readBytes(bodyOf(request), 100)).rejects.toThrow("100 bytes"),
  ],
])("a body that the handler %s blocks neither the answer nor the connection", async (_what, read) => {
  const { port, connections } = await serving(async (request) => {
    await read(request);
    return new Response("no thanks", { status: 413 });
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (let n = 0; n < 3; n += 1) {
    const call = httpRequest({ port, host: "127.0.0.1", method: "POST", agent });
    call.end(Buffer.alloc(500_000));
    const [answer] = (await once(call, "response")) as [NodeJS.ReadableStream & { readonly statusCode: number }];
    expect(answer.statusCode).toBe(413);
    answer.resume();
    await once(answer, "end");
  }
  expect(connections()).toBe(1);
});
