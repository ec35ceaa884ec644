/** Downloads from servers that lie, stall, and lead astray. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fakeClock } from "@openclaw-china/testkit";
import { afterEach, describe, expect, test } from "vitest";
import type { Clock } from "../../src/index.ts";
import { readBytes } from "../../src/http/body.ts";
import { type Downloaded, download, type DownloadRequest } from "../../src/http/download.ts";
import { createTransport } from "../../src/http/transport.ts";
import { systemClock } from "../../src/clock.ts";

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

interface Served {
  readonly origin: string;
  get(over?: Partial<DownloadRequest>, clock?: Clock): Promise<Downloaded>;
}

async function serve(answer: Serve): Promise<Served> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const http = createTransport({ env: {} });
  closing.push(
    () => new Promise((resolve) => void server.close(resolve)),
    () => server.closeAllConnections(),
    () => http.close(),
  );
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const request = { url: `${origin}/file?signature=s3cret`, origins: [origin], maxBytes: 1_000, signal: calm() };
  return { origin, get: (over = {}, clock = systemClock()) => download({ http, clock }, { ...request, ...over }) };
}

function calm(): AbortSignal {
  return new AbortController().signal;
}

const all = (file: Downloaded): Promise<Uint8Array> => readBytes(file.body, 1e9);

test("bytes, size, and a type by content whatever the server says", async () => {
  const served = await serve((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("%PDF-1.7 hello");
  });
  const file = await served.get();
  expect(file).toMatchObject({ contentType: "application/pdf", extension: "pdf", sizeBytes: 14 });
  expect(Buffer.from(await all(file)).toString()).toBe("%PDF-1.7 hello");
});

test("nothing is a file as well", async () => {
  const served = await serve((_, response) => void response.end());
  const file = await served.get();
  expect([file.extension, (await all(file)).byteLength]).toEqual(["bin", 0]);
});

describe("too large", () => {
  test("as declared: nothing is read", async () => {
    const served = await serve((_, response) => {
      response.writeHead(200, { "content-length": "1001" });
      response.write("x");
    });
    await expect(served.get()).rejects.toMatchObject({ code: "too_large" });
  });

  test("undeclared and without an end: told at the limit, and the server is left", async () => {
    const left = Promise.withResolvers<void>();
    const served = await serve((_, response) => {
      response.on("close", () => left.resolve());
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(300))) continue;
      };
      response.on("drain", write);
      write();
    });
    const file = await served.get();
    await expect(all(file)).rejects.toMatchObject({ code: "too_large" });
    await left.promise;
  });
});

describe("a server that stalls", () => {
  test.each([
    ["before its head", (_: IncomingMessage, response: ServerResponse) => void response],
    ["within its body", (_: IncomingMessage, response: ServerResponse) => void response.write("x")],
  ])("%s: the deadline holds, and nothing goes on waiting after it", async (_, answer) => {
    const clock = fakeClock();
    const asked = Promise.withResolvers<void>();
    const served = await serve((request, response) => {
      answer(request, response);
      asked.resolve();
    });
    const work = served.get({ timeoutMs: 5_000 }, clock).then(all);
    const failed = expect(work).rejects.toMatchObject({ code: "timeout" });
    await asked.promise;
    await clock.advance(5_000);
    await failed;
    expect(clock.sleeping()).toBe(0);
  });

  test("the caller leaves: aborted", async () => {
    const leaving = new AbortController();
    const served = await serve((_, response) => void response.write(Buffer.alloc(100)));
    const file = await served.get({ signal: leaving.signal });
    const work = all(file);
    leaving.abort(new Error("enough"));
    await expect(work).rejects.toMatchObject({ code: "aborted" });
  });

  test("the body is cancelled: no timer stays behind", async () => {
    const clock = fakeClock();
    const served = await serve((_, response) => void response.write(Buffer.alloc(100)));
    const file = await served.get({}, clock);
    expect(clock.sleeping()).toBe(1);
    await file.body.cancel();
    await clock.advance(0);
    expect(clock.sleeping()).toBe(0);
  });
});

describe("where it leads", () => {
  test("redirects on hosts that are trusted are followed, three at the most", async () => {
    const paths: string[] = [];
    const served = await serve((request, response) => {
      const path = new URL(request.url ?? "/", "http://x").pathname;
      paths.push(path);
      const n = Number(/\d+$/.exec(path)?.[0] ?? 0);
      if (n === 3) return void response.end("there");
      response.writeHead(302, { location: `/step${n + 1}` }).end();
    });
    expect(Buffer.from(await all(await served.get())).toString()).toBe("there");
    expect(paths).toEqual(["/file", "/step1", "/step2", "/step3"]);
  });

  test.each([
    ["https://10.0.0.1/inside"],
    ["https://[::1]/inside"],
    ["https://[::ffff:192.168.0.1]/inside"],
    ["https://0x7f.1/inside"],
    ["https://printer/inside"],
    ["https://db.internal/inside"],
    ["http://example.com/inside"],
    ["https://user:inside@example.com/"],
    ["ftp://example.com/inside"],
    ["//169.254.169.254/inside"],
    [""],
  ])("a redirect to %j is refused, and not told in words", async (location) => {
    const served = await serve((_, response) => void response.writeHead(302, { location }).end());
    const error: unknown = await served.get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "address_not_allowed" });
    expect(String(error)).not.toContain("inside");
    expect(String(error)).not.toContain("s3cret");
  });

  test.each([
    [403, "refused", "stop"],
    [404, "refused", "stop"],
    [503, "unknown", "retry"],
  ])("status %i: %s", async (status, outcome, verdict) => {
    const served = await serve((_, response) => void response.writeHead(status).end("no"));
    const error: unknown = await served.get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "platform_refused", outcome, verdict: { kind: verdict } });
    expect(String(error)).not.toContain("s3cret");
  });
});
