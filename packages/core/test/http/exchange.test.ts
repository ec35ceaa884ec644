/** One call with its answer: deadline over head and body, size while it streams, JSON or not. Real server, fake time. */
import { ChannelError, type Transport } from "@openclaw-china/core";
import { createTransport, exchange, readBytes } from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { httpServer } from "./servers.ts";

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChannelError) return error;
  throw new Error("it did not fail as it should", { cause: error });
}

function setUp(): {
  readonly http: Transport;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly signal: AbortSignal;
} {
  const http = createTransport({ env: {} });
  onTestFinished(() => http.close());
  return { http, clock: fakeClock(), signal: new AbortController().signal };
}

/** Tells when an answer has begun. */
function watched(http: Transport): Transport & { readonly answered: Promise<void> } {
  const answered = Promise.withResolvers<void>();
  return {
    answered: answered.promise,
    async request(request) {
      const response = await http.request(request);
      answered.resolve();
      return response;
    },
  };
}

test("JSON goes out with its type, and what is asked for comes back", async () => {
  const { http, clock, signal } = setUp();
  const { port } = await httpServer((request, response) => {
    response.setHeader("x-type", request.headers["content-type"] ?? "");
    request.pipe(response);
  });
  const url = `http://127.0.0.1:${port}/`;
  const answer = await exchange({ http, clock }, { method: "POST", url, json: { text: "grüße" }, signal });
  expect(answer).toMatchObject({ status: 200, json: { text: "grüße" }, text: '{"text":"grüße"}' });
  expect(answer.headers["x-type"]).toBe("application/json");
  const own = { "content-type": "application/vnd.own+json" };
  const typed = await exchange({ http, clock }, { method: "POST", url, json: [], headers: own, signal });
  expect([typed.headers["x-type"], typed.json]).toEqual(["application/vnd.own+json", []]);
  expect(clock.sleeping()).toBe(0);
});

test.each([
  ["a page of a proxy", "<html>blocked</html>"],
  ["a text that begins like JSON", '{"half": '],
  ["nothing", ""],
  ["a number", "404"],
])("%s is text without JSON, and no error", async (_what, text) => {
  const { http, clock, signal } = setUp();
  const { port } = await httpServer((_, response) => response.writeHead(502).end(text));
  const answer = await exchange({ http, clock }, { method: "GET", url: `http://127.0.0.1:${port}/`, signal });
  expect(answer).toMatchObject({ status: 502, text, json: undefined });
});

describe("the deadline", () => {
  test("holds for the head", async () => {
    const { http, clock, signal } = setUp();
    const asked = Promise.withResolvers<void>();
    const { port } = await httpServer(() => asked.resolve());
    const call = failure(exchange({ http, clock }, { method: "GET", url: `http://127.0.0.1:${port}/`, signal }));
    await asked.promise;
    await clock.advance(9_999);
    expect(clock.sleeping()).toBe(1);
    await clock.advance(1);
    expect(await call).toMatchObject({ code: "timeout", outcome: "unknown", verdict: { kind: "retry" } });
    expect(clock.sleeping()).toBe(0);
  });

  test("goes on over the body", async () => {
    const { http, clock, signal } = setUp();
    const seen = watched(http);
    const { port } = await httpServer((_, response) => void response.writeHead(200).write('{"half"'));
    const request = { method: "GET" as const, url: `http://127.0.0.1:${port}/`, signal, timeoutMs: 500 };
    const call = failure(exchange({ http: seen, clock }, request));
    await seen.answered;
    await clock.advance(500);
    const error = await call;
    expect(error).toMatchObject({ code: "timeout", outcome: "unknown", verdict: { kind: "retry" } });
    expect(error.message).toBe(`the answer of 127.0.0.1:${port} broke off: it took too long`);
  });

  test("is no deadline when the caller leaves first: also in the middle of the body", async () => {
    const { http, clock } = setUp();
    const leave = new AbortController();
    const seen = watched(http);
    const { port } = await httpServer((_, response) => void response.writeHead(200).write('{"half"'));
    const request = { method: "GET" as const, url: `http://127.0.0.1:${port}/`, signal: leave.signal };
    const call = failure(exchange({ http: seen, clock }, request));
    await seen.answered;
    leave.abort(new Error("no more"));
    expect(await call).toMatchObject({ code: "aborted", outcome: "unknown" });
    expect(clock.sleeping()).toBe(0);
  });

  test("an answer that breaks off is unknown", async () => {
    const { http, clock, signal } = setUp();
    const { port } = await httpServer((_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("half", () => response.destroy());
    });
    const call = exchange({ http, clock }, { method: "GET", url: `http://127.0.0.1:${port}/`, signal });
    expect(await failure(call)).toMatchObject({ code: "unreachable", outcome: "unknown", verdict: { kind: "retry" } });
  });
});

describe("an answer that is too large", () => {
  test("is cut while it streams: an endless one ends, and its connection with it", async () => {
    const { http, clock, signal } = setUp();
    const closed = Promise.withResolvers<void>();
    const { port } = await httpServer((request, response) => {
      request.socket.once("close", () => closed.resolve());
      const more = (): boolean => response.destroyed || (response.write(new Uint8Array(10_000)) && more());
      response.on("drain", more);
      more();
    });
    const request = { method: "GET" as const, url: `http://127.0.0.1:${port}/`, signal, maxBytes: 100_000 };
    const error = await failure(exchange({ http, clock }, request));
    expect(error).toMatchObject({ code: "too_large", kind: "transport", outcome: "unknown" });
    expect(error.message).toContain("100000");
    await closed.promise;
  });

  test("the limit itself is allowed", async () => {
    const { http, clock, signal } = setUp();
    const { port } = await httpServer((_, response) => response.end("x".repeat(1_000)));
    const request = { method: "GET" as const, url: `http://127.0.0.1:${port}/`, signal };
    expect((await exchange({ http, clock }, { ...request, maxBytes: 1_000 })).text).toHaveLength(1_000);
    expect((await failure(exchange({ http, clock }, { ...request, maxBytes: 999 }))).code).toBe("too_large");
  });
});

describe("bodies", () => {
  test("are read whole, also when they come in pieces", async () => {
    const pieces = ["a", "bc", "", "def"].map((piece) => new TextEncoder().encode(piece));
    const stream = (): ReadableStream<Uint8Array> => ReadableStream.from(pieces);
    expect(new TextDecoder().decode(await readBytes(stream(), 6))).toBe("abcdef");
    expect(await readBytes(ReadableStream.from<Uint8Array>([]), 0)).toHaveLength(0);
    await expect(readBytes(stream(), 5)).rejects.toMatchObject({ code: "too_large" });
  });

  test("are cancelled as soon as the limit is passed", async () => {
    let made = 0;
    const cancelled = Promise.withResolvers<unknown>();
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        made += 1;
        controller.enqueue(new Uint8Array(10));
      },
      cancel: (reason) => cancelled.resolve(reason),
    });
    await expect(readBytes(stream, 35)).rejects.toMatchObject({ code: "too_large" });
    await cancelled.promise;
    expect(made).toBeLessThan(10);
  });
});
