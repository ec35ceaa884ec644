/** One WebSocket against real ends of all kinds: polite, deaf, absent, hostile. */
import { getEventListeners } from "node:events";
import { ChannelError } from "@openclaw-china/core";
import { openSocket, type Refusal, silentLogger, type Socket } from "@openclaw-china/core/internal";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { SocketOptions } from "../../src/connect/socket.ts";
import { freePort, rawServer } from "../http/servers.ts";
import { deafPlatform, platform, until } from "./platform.ts";

let clock: FakeClock;
let frames: (string | Uint8Array)[];
beforeEach(() => {
  clock = fakeClock();
  frames = [];
});

async function open(url: string, over: Partial<SocketOptions> = {}): Promise<Socket> {
  const { signal } = new AbortController();
  const onFrame = (frame: string | Uint8Array): void => void frames.push(frame);
  const socket = await openSocket({ url, clock, log: silentLogger(), signal, proxy: "off", env: {}, onFrame, ...over });
  onTestFinished(() => socket.terminate());
  return socket;
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

describe("frames", () => {
  test("texts and bytes go both ways as they are", async () => {
    const { url } = await platform({
      onLink: (link) => link.on("message", (data, isBinary) => link.send(data, { binary: isBinary })),
    });
    const socket = await open(url);
    socket.send("grüße 你好");
    socket.send(new Uint8Array([0, 255, 128]));
    await until(() => frames.length === 2, "both have come back");
    expect(frames[0]).toBe("grüße 你好");
    expect([...(frames[1] as Uint8Array)]).toEqual([0, 255, 128]);
  });

  test("what cannot be handled is logged; the next frame is", async () => {
    const { url } = await platform({ onLink: (link) => link.on("message", (data) => link.send(String(data))) });
    const errors: unknown[] = [];
    const log = { ...silentLogger(), error: (facts: object) => void errors.push(facts) };
    const onFrame = (frame: string | Uint8Array): void => {
      if (frame === "bad") throw new Error("no such thing");
      frames.push(frame);
    };
    const socket = await open(url, { log, onFrame });
    socket.send("bad");
    socket.send("good");
    await until(() => frames.length === 1, "the good one was handled");
    expect(frames).toEqual(["good"]);
    expect(errors).toMatchObject([{ err: new Error("no such thing") }]);
  });

  test("many sent in one tick arrive all, in order, in few pieces", async () => {
    const seen: string[] = [];
    let pieces = 0;
    const { url } = await platform({
      onLink(link, request) {
        request.socket.prependListener("data", () => void (pieces += 1));
        link.on("message", (data: Buffer) => seen.push(data.toString()));
      },
    });
    const socket = await open(url);
    const sent = Array.from({ length: 200 }, (_, n) => `frame ${n}`);
    expect(sent.every((frame) => socket.send(frame))).toBe(true);
    await until(() => seen.length === sent.length, "all have arrived");
    expect(seen).toEqual(sent);
    expect(pieces).toBeLessThan(50);
    socket.send("one more"); // the next tick is not held back
    await until(() => seen.length === sent.length + 1, "one more has arrived");
  });

  test("headers of ours go with the handshake", async () => {
    const agents: unknown[] = [];
    const { url } = await platform({ onLink: (_, request) => agents.push(request.headers["x-own"]) });
    await open(url, { headers: { "x-own": "yes" } });
    expect(agents).toEqual(["yes"]);
  });

  test("pongs and pings are signs of life, and evidence", async () => {
    const { url, links } = await platform();
    const socket = await open(url);
    expect(socket.lastFrameAt()).toBeUndefined();
    expect(socket.lastActivityAt()).toBe(clock.now()); // the handshake
    await clock.advance(5_000);
    socket.ping();
    await until(() => socket.lastFrameAt() !== undefined, "the pong has come");
    expect([socket.lastFrameAt(), socket.lastActivityAt()]).toEqual([clock.now(), clock.now()]);
    await clock.advance(5_000);
    links[0]?.ping();
    await until(() => socket.lastFrameAt() === clock.now(), "the ping has come");
    expect(frames).toEqual([]);
  });
});

describe("the end", () => {
  test("closed by us: code and silence afterwards", async () => {
    const { url, links } = await platform();
    const socket = await open(url);
    socket.close();
    expect((await socket.closed).code).toBe(1000);
    expect(socket.send("too late")).toBe(false);
    expect(() => socket.ping()).not.toThrow();
    expect(() => socket.close()).not.toThrow();
    expect(() => socket.terminate()).not.toThrow();
    await until(() => links.length === 0, "the other side has noticed");
    await clock.advance(60_000);
    expect(clock.sleeping()).toBe(0);
  });

  test("while it closes nothing is sent any more", async () => {
    const { url } = await deafPlatform();
    const socket = await open(url);
    socket.close();
    expect(socket.send("too late")).toBe(false);
  });

  test("closed by the other side: its code and reason", async () => {
    const { url, links } = await platform();
    const socket = await open(url);
    links[0]?.close(4_001, "x".repeat(120));
    expect(await socket.closed).toEqual({ code: 4_001, reason: "x".repeat(120) });
    expect(socket.send("too late")).toBe(false);
  });

  test("torn off: 1006", async () => {
    const { url, links } = await platform();
    const socket = await open(url);
    links[0]?.terminate();
    expect((await socket.closed).code).toBe(1006);
  });

  test("a close that the other side ignores is forced after 5 s", async () => {
    const { url } = await deafPlatform();
    const socket = await open(url);
    let closed = false;
    void socket.closed.then(() => (closed = true));
    socket.close();
    await clock.advance(4_999);
    expect([closed, clock.sleeping()]).toEqual([false, 1]);
    await clock.advance(1);
    expect((await socket.closed).code).toBe(1006);
    expect(clock.sleeping()).toBe(0);
  });

  test("terminated: at once, without asking", async () => {
    const { url } = await deafPlatform();
    const socket = await open(url);
    socket.terminate();
    expect((await socket.closed).code).toBe(1006);
    expect(clock.sleeping()).toBe(0);
  });
});

describe("what comes in is bounded and checked", () => {
  test.each([
    ["the limit that was set", 1_000, { maxPayloadBytes: 1_000 }],
    ["1 MiB, unless another is set", 1_048_576, {}],
  ])("%s: what is larger closes the socket and is not handed on", async (_what, bytes, over) => {
    const told = Promise.withResolvers<number>();
    const { url, links } = await platform({ onLink: (link) => link.once("close", (code) => told.resolve(code)) });
    const socket = await open(url, over);
    links[0]?.send("x".repeat(bytes));
    links[0]?.send("y".repeat(bytes + 1));
    await socket.closed;
    expect(await told.promise).toBe(1009);
    expect(frames).toEqual(["x".repeat(bytes)]);
  });

  test.each([
    ["a reserved opcode", [0x83, 0x00]],
    ["a masked frame from a server", [0x81, 0x81, 1, 2, 3, 4, 5]],
    ["a continuation of nothing", [0x80, 0x00]],
    ["text that is no UTF-8", [0x81, 0x02, 0xc3, 0x28]],
    ["a compressed frame that nobody agreed on", [0xc1, 0x00]],
  ])("%s closes the socket, and harms nothing else", async (_what, bytes) => {
    const { url } = await deafPlatform(Buffer.from(bytes));
    const socket = await open(url);
    await until(() => !socket.send("x"), "it is closing");
    socket.close();
    await clock.advance(5_000);
    expect((await socket.closed).code).toBeGreaterThanOrEqual(1002);
    expect(frames).toEqual([]);
  });
});

describe("no connection", () => {
  const TICKET = "ticket=secret-ticket&user=secret-user";

  test("refused: nothing has been sent, and the ticket is not shown", async () => {
    const port = await freePort();
    const error = await failure(open(`ws://127.0.0.1:${port}/connect?${TICKET}`));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent", verdict: { kind: "retry" } });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).toContain("ECONNREFUSED");
    expect(everythingIn(error)).not.toContain("secret");
  });

  test.each([401, 403, 404, 500, 302])("answered with %i: named, and the ticket is not shown", async (status) => {
    const { url, handshakes } = await platform({ refuse: () => status });
    const error = await failure(open(`${url}?${TICKET}`));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent" });
    expect(error.message).toContain(String(status));
    expect(everythingIn(error)).not.toContain("secret");
    expect(handshakes()).toBe(1);
  });

  test("answered with a reason in the headers: the channel says what it means, or nothing", async () => {
    const { url } = await platform({ refuse: () => 403 });
    const seen: Refusal[] = [];
    const meant = new Error("too many connections");
    const onRefused = (answer: Refusal): Error | undefined => {
      seen.push(answer);
      return seen.length === 1 ? meant : undefined;
    };
    expect(await open(url, { onRefused }).catch((error: unknown) => error)).toBe(meant);
    expect(seen).toMatchObject([{ status: 403, headers: { "content-length": "0" } }]);
    const error = await failure(open(`${url}?${TICKET}`, { onRefused }));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent" });
    expect(error.message).toContain("403");
    expect(everythingIn(error)).not.toContain("secret");
  });

  test("answered by something else than a WebSocket server", async () => {
    const { port } = await rawServer((socket) => void socket.end("220 mail.example ESMTP\r\n"));
    const error = await failure(open(`ws://127.0.0.1:${port}/?${TICKET}`));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not_sent" });
    expect(everythingIn(error)).not.toContain("secret");
  });

  test("never answered: given up after the time for the handshake", async () => {
    const { port } = await rawServer(() => undefined);
    const failing = failure(open(`ws://127.0.0.1:${port}/?${TICKET}`));
    await until(() => clock.sleeping() === 1, "it is being opened");
    await clock.advance(9_999);
    expect(clock.sleeping()).toBe(1);
    await clock.advance(1);
    const error = await failing;
    expect(error).toMatchObject({ code: "timeout", outcome: "not_sent", verdict: { kind: "retry" } });
    expect(everythingIn(error)).not.toContain("secret");
    expect(clock.sleeping()).toBe(0);
  });

  test("through a proxy that never answers: given up, and its connection does not stay", async () => {
    const gone = Promise.withResolvers<void>();
    const { port } = await rawServer((socket) => void socket.resume().once("close", () => gone.resolve()));
    const proxy = `http://127.0.0.1:${port}`;
    const failing = failure(open(`wss://127.0.0.1:1/?${TICKET}`, { proxy, handshakeTimeoutMs: 50 }));
    await until(() => clock.sleeping() === 1, "it is being opened");
    await clock.advance(50);
    expect(await failing).toMatchObject({ code: "timeout" });
    await gone.promise;
  });

  test("an address without a query keeps its reason readable", async () => {
    const { port } = await rawServer((socket) => void socket.end("220 mail.example ESMTP\r\n"));
    const error = await failure(open(`ws://127.0.0.1:${port}/`));
    expect(error.message).not.toContain("?…");
  });

  test("called off before: nobody is connected to", async () => {
    const { url, handshakes } = await platform();
    const signal = AbortSignal.abort(new Error("no more"));
    expect(await failure(open(url, { signal }))).toMatchObject({ code: "aborted", outcome: "not_sent" });
    expect(handshakes()).toBe(0);
  });

  test("called off during the handshake: it ends at once", async () => {
    const leave = new AbortController();
    const gone = Promise.withResolvers<void>();
    const { port } = await rawServer((socket) => {
      socket.once("close", () => gone.resolve());
      socket.once("data", () => leave.abort(new Error("no more")));
    });
    const error = await failure(open(`ws://127.0.0.1:${port}/`, { signal: leave.signal }));
    expect(error).toMatchObject({ code: "aborted", outcome: "not_sent", cause: new Error("no more") });
    await gone.promise;
    expect(getEventListeners(leave.signal, "abort")).toEqual([]);
  });

  test("an opened one leaves nothing on the signal", async () => {
    const { url } = await platform();
    const { signal } = new AbortController();
    await open(url, { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
