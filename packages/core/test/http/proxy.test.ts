/** Calls and sockets through a proxy of our own on the loopback. */
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ChannelError, type HttpRequest, type HttpResponse } from "@openclaw-china/core";
import {
  createTransport,
  openSocket,
  proxyOptions,
  readBytes,
  silentLogger,
  systemClock,
} from "@openclaw-china/core/internal";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { type Identity, selfSigned } from "./certificate.ts";
import { freePort, httpServer, httpsServer, type Proxy, proxyServer, rawServer, run, type Running } from "./servers.ts";

type Env = Readonly<Record<string, string>>;
type ProxyOption = NonNullable<HttpRequest["proxy"]>;

let identity: Identity;
const before = getCACertificates("default");
beforeAll(() => {
  identity = selfSigned();
  setDefaultCACertificates([...before, identity.cert]);
});
afterAll(() => setDefaultCACertificates(before));

const SECRET = "proxy-pass-1";

function call(url: string, from: { readonly env?: Env; readonly proxy?: ProxyOption; readonly signal?: AbortSignal }) {
  const transport = createTransport({ env: from.env ?? {} });
  onTestFinished(() => transport.close());
  const { proxy, signal = new AbortController().signal } = from;
  return transport.request({ method: "GET", url, signal, ...(proxy === undefined ? {} : { proxy }) });
}

async function textOf(answer: Promise<HttpResponse>): Promise<string> {
  return new TextDecoder().decode(await readBytes((await answer).body, 10_000));
}

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChannelError) return error;
  throw new Error("it did not fail as it should", { cause: error });
}

function everythingIn(error: Error): string {
  return [error.message, error.stack, JSON.stringify(error), String(error.cause)].join("\n");
}

/** A platform that speaks TLS, and a proxy in front of it. */
async function pair(): Promise<{ readonly target: Running; readonly proxy: Proxy; readonly lines: () => string[] }> {
  const target = await httpsServer(identity, (_, response) => response.end("from the platform"));
  const proxy = await proxyServer();
  return { target, proxy, lines: () => proxy.seen.map(({ line }) => line) };
}

describe("https goes through a tunnel", () => {
  test("by HTTPS_PROXY of the environment, which is what is used unless said otherwise", async () => {
    const { target, proxy, lines } = await pair();
    const url = `https://127.0.0.1:${target.port}/`;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await textOf(call(url, { env }))).toBe("from the platform");
    expect(await textOf(call(url, { env, proxy: "env" }))).toBe("from the platform");
    expect(lines()).toEqual([`CONNECT 127.0.0.1:${target.port}`, `CONNECT 127.0.0.1:${target.port}`]);
  });

  test("by an address, with its credentials", async () => {
    const { target, proxy } = await pair();
    const url = `https://127.0.0.1:${target.port}/`;
    const through = `http://someone:${SECRET}@127.0.0.1:${proxy.port}`;
    expect(await textOf(call(url, { proxy: through }))).toBe("from the platform");
    const authorization = `Basic ${Buffer.from(`someone:${SECRET}`).toString("base64")}`;
    expect(proxy.seen).toEqual([{ line: `CONNECT 127.0.0.1:${target.port}`, authorization }]);
  });

  test("one tunnel serves call after call", async () => {
    const { target, proxy } = await pair();
    const transport = createTransport({ env: {} });
    onTestFinished(() => transport.close());
    const through = `http://127.0.0.1:${proxy.port}`;
    const { signal } = new AbortController();
    const url = `https://127.0.0.1:${target.port}/`;
    for (let n = 0; n < 3; n += 1) await textOf(transport.request({ method: "GET", url, proxy: through, signal }));
    expect(proxy.seen).toHaveLength(1);
  });

  test.each([
    ["NO_PROXY names the host", { no_proxy: "example.org,127.0.0.1" }, "env"],
    ["it is off", {}, "off"],
  ] as const)("but not when %s", async (_when, more, setting) => {
    const { target, proxy, lines } = await pair();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, ...more };
    const answer = call(`https://127.0.0.1:${target.port}/`, { env, proxy: setting });
    expect(await textOf(answer)).toBe("from the platform");
    expect(lines()).toEqual([]);
  });
});

describe("plain http is passed on by the proxy", () => {
  test("HTTP_PROXY, with the whole address", async () => {
    const proxy = await proxyServer();
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await textOf(call("http://platform.invalid/path?a=1", { env }))).toBe("through the proxy");
    expect(proxy.seen.map(({ line }) => line)).toEqual(["GET http://platform.invalid/path?a=1"]);
  });

  test("HTTPS_PROXY is not for it", async () => {
    const proxy = await proxyServer();
    const target = await httpServer((_, response) => response.end("direct"));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await textOf(call(`http://127.0.0.1:${target.port}/`, { env }))).toBe("direct");
    expect(proxy.seen).toEqual([]);
  });
});

describe("a proxy that does not do its work", () => {
  test("refuses: nothing has been sent, and the error names the proxy without its password", async () => {
    const proxy = await proxyServer(407);
    const through = `http://someone:${SECRET}@127.0.0.1:${proxy.port}`;
    const error = await failure(call("https://platform.invalid/secret-path", { proxy: through }));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent", verdict: { kind: "retry" } });
    expect(error.message).toContain("407");
    expect(error.message).toContain(`127.0.0.1:${proxy.port}`);
    expect(everythingIn(error)).not.toContain(SECRET);
    expect(everythingIn(error)).not.toContain("secret-path");
  });

  test("is not there: nothing has been sent", async () => {
    const through = `http://127.0.0.1:${await freePort()}`;
    for (const url of ["https://platform.invalid/", "http://platform.invalid/"]) {
      expect(await failure(call(url, { proxy: through }))).toMatchObject({ code: "unreachable", outcome: "not_sent" });
    }
  });

  test("takes the connection and says nothing: the call can be called off at once", async () => {
    const leave = new AbortController();
    const proxy = await rawServer((socket) => {
      socket.once("data", () => leave.abort(new DOMException("late", "TimeoutError")));
    });
    const error = await failure(
      call("https://platform.invalid/", { proxy: `http://127.0.0.1:${proxy.port}`, signal: leave.signal }),
    );
    expect(error).toMatchObject({ code: "timeout", outcome: "not_sent" });
  });

  test("the tunnel stands and then breaks: nobody knows", async () => {
    const target = await httpsServer(identity, (request) => request.socket.destroy());
    const proxy = await proxyServer();
    const error = await failure(call(`https://127.0.0.1:${target.port}/`, { proxy: `http://127.0.0.1:${proxy.port}` }));
    expect(error).toMatchObject({ code: "unreachable", outcome: "unknown" });
  });
});

describe("a setting that is none", () => {
  test.each([
    `localhost:3128`,
    `someone:${SECRET}@127.0.0.1`,
    `socks5://someone:${SECRET}@127.0.0.1:1080`,
    `http://`,
    "",
  ])("%s", async (proxy) => {
    const error = await failure(call("https://platform.invalid/", { proxy }));
    expect(error).toMatchObject({ code: "config_invalid", outcome: "not_sent" });
    expect(error.fix.en).toContain('"off"');
    expect(everythingIn(error)).not.toContain(SECRET);
  });

  test("a variable that holds no address is named, not repeated", async () => {
    const env = { HTTPS_PROXY: `http://someone:${SECRET}@:::/` };
    const error = await failure(call("https://platform.invalid/", { env }));
    expect(error).toMatchObject({ code: "config_invalid", outcome: "not_sent" });
    expect(error.message).toContain("HTTPS_PROXY");
    expect(everythingIn(error)).not.toContain(SECRET);
  });
});

describe("of the environment", () => {
  test("an agent gets the variables about proxies, and no others", () => {
    const env = { HTTPS_PROXY: "http://a.example:1", no_proxy: "b.example", ACME_APP_SECRET: SECRET, http_proxy: "" };
    expect(proxyOptions("env", env)).toEqual({
      proxyEnv: { HTTPS_PROXY: "http://a.example:1", no_proxy: "b.example" },
    });
  });
  test("nothing when there is no proxy", () => {
    expect(proxyOptions(undefined, { PATH: "/bin", NO_PROXY: "b.example" })).toEqual({});
    expect(proxyOptions("off", { HTTPS_PROXY: "http://a.example:1" })).toEqual({});
  });
});

describe("WebSockets", () => {
  async function platform(secure: boolean): Promise<Running> {
    const server = secure ? createHttpsServer(identity) : createHttpServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (data: Buffer) => socket.send(`${data.toString()}!`)));
    onTestFinished(() => sockets.close());
    return run(server);
  }

  async function echoed(url: string, env: Env, proxy: ProxyOption): Promise<string> {
    const frame = Promise.withResolvers<string>();
    const { signal } = new AbortController();
    const onFrame = (data: string | Uint8Array): void => frame.resolve(String(data));
    const socket = await openSocket({ url, clock: systemClock(), log: silentLogger(), signal, proxy, env, onFrame });
    socket.send("hello");
    const text = await frame.promise;
    socket.close();
    await socket.closed;
    return text;
  }

  test("wss goes through the tunnel, each socket through one of its own", async () => {
    const target = await platform(true);
    const proxy = await proxyServer();
    const url = `wss://127.0.0.1:${target.port}/?ticket=t`;
    const through = `http://127.0.0.1:${proxy.port}`;
    expect(await echoed(url, { HTTPS_PROXY: through }, "env")).toBe("hello!");
    expect(await echoed(url, {}, through)).toBe("hello!");
    expect(proxy.seen.map(({ line }) => line)).toEqual(Array(2).fill(`CONNECT 127.0.0.1:${target.port}`));
  });

  test("off, and NO_PROXY, go there directly", async () => {
    const target = await platform(true);
    const proxy = await proxyServer();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const url = `wss://127.0.0.1:${target.port}/`;
    expect(await echoed(url, env, "off")).toBe("hello!");
    expect(await echoed(url, { ...env, NO_PROXY: "127.0.0.1" }, "env")).toBe("hello!");
    expect(proxy.seen).toEqual([]);
  });

  test("a proxy that refuses is an error without the ticket or the password", async () => {
    const proxy = await proxyServer(403);
    const through = `http://someone:${SECRET}@127.0.0.1:${proxy.port}`;
    const error = await failure(echoed("wss://platform.invalid/?ticket=secret-ticket", {}, through));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent", verdict: { kind: "retry" } });
    expect(everythingIn(error)).not.toMatch(/secret-ticket|proxy-pass-1/);
  });
});
