/** One exchange on real sockets: what comes back, and what each failure may have done at the other side. */
import { setDefaultCACertificates, getCACertificates } from "node:tls";
import { ChannelError, type HttpRequest } from "@openclaw-china/core";
import { createTransport, readBytes } from "@openclaw-china/core/internal";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OwnedTransport } from "../../src/http/transport.ts";
import { selfSigned } from "./certificate.ts";
import { freePort, httpServer, httpsServer, rawServer } from "./servers.ts";

const KINDS = [
  ["node:https", () => createTransport({ env: {} })],
  ["an injected fetch", () => createTransport({ fetch })],
] as const;

function open(make: () => OwnedTransport): OwnedTransport {
  const transport = make();
  onTestFinished(() => transport.close());
  return transport;
}

function get(url: string, over: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url, signal: new AbortController().signal, ...over };
}

async function failure(call: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChannelError) return error;
  throw new Error("the call did not fail as it should", { cause: error });
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await readBytes(body, 1_000_000));
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

describe.each(KINDS)("%s", (_name, make) => {
  test("an answer: status, headers in lower case, body", async () => {
    const { port } = await httpServer((request, response) => {
      response.setHeader("X-Kind", request.headers["x-kind"] ?? "");
      response.writeHead(418).end(`${request.method} ${request.url}`);
    });
    const call = get(`http://127.0.0.1:${port}/a?b=c`, { method: "DELETE", headers: { "X-Kind": "one" } });
    const { status, headers, body } = await open(make).request(call);
    expect(status).toBe(418);
    expect(headers["x-kind"]).toBe("one");
    expect(await textOf(body)).toBe("DELETE /a?b=c");
  });

  test.each([
    ["a text", () => "grüße"],
    ["bytes", () => new TextEncoder().encode("grüße")],
    ["a stream", () => new Response("grüße").body ?? undefined],
  ])("a body that is %s arrives whole", async (_kind, body) => {
    const { port } = await httpServer((request, response) => {
      request.pipe(response);
    });
    const given = body();
    const over = { method: "POST" as const, ...(given === undefined ? {} : { body: given }) };
    const answer = await open(make).request(get(`http://127.0.0.1:${port}/`, over));
    expect(await textOf(answer.body)).toBe("grüße");
  });

  test("a redirect is an answer like any other", async () => {
    const { port } = await httpServer((_, response) => response.writeHead(302, { location: "/elsewhere" }).end());
    const answer = await open(make).request(get(`http://127.0.0.1:${port}/`));
    expect([answer.status, answer.headers["location"]]).toEqual([302, "/elsewhere"]);
    await answer.body.cancel();
  });

  test("refused: nothing has been sent", async () => {
    const port = await freePort();
    const error = await failure(open(make).request(get(`http://127.0.0.1:${port}/secret-path?access_token=secret`)));
    expect(error).toMatchObject({ code: "unreachable", kind: "transport", outcome: "not_sent" });
    expect(error.verdict).toEqual({ kind: "retry" });
    expect(error.message).toBe(`127.0.0.1:${port} could not be reached (ECONNREFUSED)`);
  });

  test("a name that cannot be looked up: nothing has been sent", async () => {
    const label = "x".repeat(64); // longer than DNS allows: refused without asking anybody
    const error = await failure(open(make).request(get(`http://${label}.invalid/`)));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent" });
    expect(error.fix.en).toContain("DNS");
  });

  test.each([
    ["reset while it reads the request", ""],
    ["closed in the middle of the head", "HTTP/1.1 200 OK\r\ncontent-le"],
    ["nonsense instead of an answer", "nonsense\r\n\r\n"],
  ])("%s: nobody knows what it has done", async (_what, sends) => {
    const { port, connections } = await rawServer((socket) => {
      socket.once("data", () => {
        if (sends === "") socket.resetAndDestroy();
        else socket.end(sends);
      });
    });
    const error = await failure(open(make).request(get(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" })));
    expect(error).toMatchObject({ code: "unreachable", outcome: "unknown", verdict: { kind: "retry" } });
    expect(connections()).toBe(1);
  });

  test("a reset on a connection that was used before is unknown, and nothing is repeated silently", async () => {
    const requests: string[] = [];
    const { port } = await rawServer((socket) => {
      socket.on("data", (data) => {
        requests.push(data.toString("latin1").split(" ")[1] ?? "");
        if (requests.length === 1) socket.write(OK);
        else socket.resetAndDestroy();
      });
    });
    const transport = open(make);
    const post = (path: string): HttpRequest => get(`http://127.0.0.1:${port}${path}`, { method: "POST", body: "{}" });
    expect(await textOf((await transport.request(post("/first"))).body)).toBe("ok");
    expect(await failure(transport.request(post("/second")))).toMatchObject({
      code: "unreachable",
      outcome: "unknown",
    });
    expect(requests).toEqual(["/first", "/second"]);
  });

  test("called off before it began: nothing has been sent, nobody was connected to", async () => {
    const { port, connections } = await httpServer((_, response) => response.end());
    const signal = AbortSignal.abort(new Error("no more"));
    const error = await failure(open(make).request(get(`http://127.0.0.1:${port}/`, { signal })));
    expect(error).toMatchObject({ code: "aborted", outcome: "not_sent" });
    expect(connections()).toBe(0);
  });

  test.each([
    ["by its caller", new Error("no more"), "aborted"],
    ["by its deadline", new DOMException("late", "TimeoutError"), "timeout"],
  ])("called off %s while the other side works: unknown", async (_who, reason, code) => {
    const leave = new AbortController();
    const { port } = await httpServer(() => leave.abort(reason)); // never answers
    const error = await failure(open(make).request(get(`http://127.0.0.1:${port}/`, { signal: leave.signal })));
    expect(error).toMatchObject({ code, outcome: "unknown" });
  });

  test("called off in the middle of the answer: its body breaks", async () => {
    const leave = new AbortController();
    const { port } = await httpServer((_, response) => void response.writeHead(200).write("half"));
    const { body } = await open(make).request(get(`http://127.0.0.1:${port}/`, { signal: leave.signal }));
    const reading = textOf(body);
    leave.abort(new Error("no more"));
    await expect(reading).rejects.toThrow();
  });

  test("a certificate that nobody trusts: nothing has been sent", async () => {
    const requests: string[] = [];
    const { port } = await httpsServer(selfSigned(), (request, response) => {
      requests.push(request.url ?? "");
      response.end();
    });
    const error = await failure(open(make).request(get(`https://127.0.0.1:${port}/secret`)));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent" });
    expect(error.message).toContain("SELF_SIGNED_CERT");
    expect(requests).toEqual([]);
  });

  test("no TLS where TLS is spoken: nothing has been sent", async () => {
    const { port } = await rawServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await failure(open(make).request(get(`https://127.0.0.1:${port}/`)))).toMatchObject({
      code: "unreachable",
      outcome: "not_sent",
    });
  });
});

describe.each(KINDS)("%s, asked for what no call can be", (_name, make) => {
  test.each([
    ["no address", { url: "platform.example/path?access_token=secret-1" }],
    ["another scheme", { url: "ftp://platform.example/?access_token=secret-1" }],
    ["a header with a line break", { url: "http://127.0.0.1:1/", headers: { "x-token": "secret-1\r\nx: y" } }],
  ])("%s: an error of the set-up which shows no secret", async (_what, over) => {
    const error = await failure(open(make).request({ ...get(""), ...over }));
    expect(error).toMatchObject({ code: "config_invalid", outcome: "not_sent", verdict: { kind: "stop" } });
    expect(everythingIn(error)).not.toContain("secret-1");
    expect(error.fix.zh).not.toBe("");
  });
});

function everythingIn(error: Error): string {
  return [error.message, error.stack, JSON.stringify(error), String(error.cause)].join("\n");
}

describe("node:https alone", () => {
  const make = (): OwnedTransport => createTransport({ env: {} });

  test("one connection serves call after call", async () => {
    const { port, connections } = await httpServer((_, response) => response.end("ok"));
    const transport = open(make);
    for (let n = 0; n < 5; n += 1) await textOf((await transport.request(get(`http://127.0.0.1:${port}/`))).body);
    expect(connections()).toBe(1);
  });

  test("a reset during the TLS handshake: nothing has been sent", async () => {
    const { port } = await rawServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    expect(await failure(open(make).request(get(`https://127.0.0.1:${port}/`)))).toMatchObject({
      code: "unreachable",
      outcome: "not_sent",
    });
  });

  test("called off during the TLS handshake: nothing has been sent", async () => {
    const leave = new AbortController();
    const { port } = await rawServer((socket) => {
      socket.once("data", () => leave.abort(new Error("no more")));
    });
    expect(
      await failure(open(make).request(get(`https://127.0.0.1:${port}/`, { signal: leave.signal }))),
    ).toMatchObject({
      code: "aborted",
      outcome: "not_sent",
    });
  });

  test("a trusted certificate: the connection stands, and a reset after that is unknown", async () => {
    const identity = selfSigned();
    const trusted = getCACertificates("default");
    setDefaultCACertificates([...trusted, identity.cert]);
    onTestFinished(() => setDefaultCACertificates(trusted));
    const { port, connections } = await httpsServer(identity, (request, response) => {
      if (request.url === "/reset") request.socket.destroy();
      else response.end("secret talk");
    });
    const transport = open(make);
    const { body } = await transport.request(get(`https://localhost:${port}/`));
    expect(await textOf(body)).toBe("secret talk");
    expect(await failure(transport.request(get(`https://localhost:${port}/reset`)))).toMatchObject({
      outcome: "unknown",
    });
    expect(connections()).toBe(1);
  });

  test("a call that waits for a free socket can be called off", async () => {
    const leave = new AbortController();
    const began = Promise.withResolvers<void>();
    let requests = 0;
    const { port } = await httpServer(() => {
      requests += 1;
      if (requests === 64) began.resolve(); // none is answered: all sockets of the agent are taken
    });
    const transport = open(make);
    const url = `http://127.0.0.1:${port}/`;
    const others = Array.from({ length: 64 }, () => transport.request(get(url)));
    await began.promise;
    const waiting = failure(transport.request(get(url, { signal: leave.signal })));
    leave.abort(new Error("no more"));
    expect(await waiting).toMatchObject({ code: "aborted", outcome: "not_sent" });
    transport.close();
    const ended = await Promise.allSettled(others);
    expect(ended.every(({ status }) => status === "rejected")).toBe(true);
    expect(requests).toBe(64);
  });

  test("a body that breaks ends the call, and a call that ends leaves its body", async () => {
    const arrived = Promise.withResolvers<void>();
    const { port } = await httpServer((request, response) => {
      request.once("data", () => (request.url === "/early" ? response.destroy() : arrived.resolve()));
    });
    const transport = open(make);
    const breaks = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new Uint8Array(10));
        await arrived.promise;
        controller.error(new Error("the file is gone"));
      },
    });
    const post = (path: string, body: ReadableStream<Uint8Array>): Promise<ChannelError> =>
      failure(transport.request(get(`http://127.0.0.1:${port}${path}`, { method: "POST", body })));
    const broken = await post("/", breaks);
    expect(broken.outcome).toBe("unknown");
    expect(broken.message).toContain("the file is gone");

    const cancelled = Promise.withResolvers<void>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1_024)),
      cancel: () => cancelled.resolve(),
    });
    expect((await post("/early", endless)).outcome).toBe("unknown");
    await cancelled.promise;
  });

  test("headers that come several times are joined", async () => {
    const { port } = await httpServer((_, response) => response.writeHead(200, { "set-cookie": ["a=1", "b=2"] }).end());
    const answer = await open(make).request(get(`http://127.0.0.1:${port}/`));
    expect(answer.headers["set-cookie"]).toBe("a=1, b=2");
    await answer.body.cancel();
  });

  test("a body that nobody wants frees its connection when it is cancelled", async () => {
    const closed = Promise.withResolvers<void>();
    const { port } = await httpServer((request, response) => {
      request.socket.once("close", () => closed.resolve());
      response.writeHead(200).write(new Uint8Array(100));
    });
    const { body } = await open(make).request(get(`http://127.0.0.1:${port}/`));
    await body.cancel();
    await closed.promise;
  });
});

describe("an injected fetch alone", () => {
  test.each([
    [
      "with the address in its message",
      () => new TypeError("request to https://x.example/?access_token=secret-1 failed"),
    ],
    ["with a query in its message", () => new Error("GET /robot/send?access_token=secret-1: broken")],
    ["with no error at all", () => "nothing but text"],
  ])("fails %s: unknown, and no secret in the error", async (_what, thrown) => {
    const transport = createTransport({ fetch: () => Promise.reject(thrown()) });
    const error = await failure(transport.request(get("https://x.example/?access_token=secret-1")));
    expect(error).toMatchObject({ code: "unreachable", outcome: "unknown" });
    expect(everythingIn(error)).not.toContain("secret-1");
  });

  test("an answer without a body has an empty one", async () => {
    const transport = createTransport({ fetch: () => Promise.resolve(new Response(null, { status: 204 })) });
    const { status, body } = await transport.request(get("https://x.example/"));
    expect([status, await textOf(body)]).toEqual([204, ""]);
  });
});
