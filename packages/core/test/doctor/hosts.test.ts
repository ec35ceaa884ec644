/** Where the way to a host gets stuck, on real sockets. */
import { createTransport, reachHost } from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { freePort, httpServer, proxyServer, rawServer } from "../http/servers.ts";

const NEEDED = { en: "receive messages", zh: "接收消息" };

interface Way {
  readonly proxy?: string;
  /** ms until the call is given up, on a clock of its own. */
  readonly patienceMs?: number;
}

async function reach(origin: string, { proxy = "off", patienceMs = 0 }: Way = {}) {
  const http = createTransport({ env: {} });
  onTestFinished(() => http.close());
  const clock = fakeClock();
  const { signal } = new AbortController();
  const answer = reachHost({ origin, needed: NEEDED }, { http, clock, proxy, signal });
  if (patienceMs > 0) await vi.waitFor(() => expect(clock.sleeping()).toBeGreaterThan(0));
  return { answer, clock };
}

async function stuck(origin: string, way: Way = {}): Promise<string> {
  const { finding } = await (await reach(origin, way)).answer;
  expect(finding).toMatchObject({ level: "error", code: "host_unreachable" });
  expect(finding.what?.en).toMatch(/^\S+:\d+ cannot be reached, which is needed to receive messages$/);
  expect(finding.fix?.zh).toContain(new URL(origin).hostname);
  expect(finding.cause.zh).toMatch(/\p{Script=Han}/u);
  return finding.cause.en;
}

describe("reached", () => {
  test("by any answer, with the date of it", async () => {
    const { port } = await httpServer((_, response) => response.writeHead(404).end());
    const { finding, date } = await (await reach(`http://127.0.0.1:${port}`)).answer;
    expect(finding).toEqual({
      level: "ok",
      code: "host",
      cause: {
        en: `127.0.0.1:${port} can be reached (to receive messages).`,
        zh: `127.0.0.1:${port} 可以访问(用于接收消息)。`,
      },
    });
    expect(Date.parse(date ?? "")).not.toBeNaN();
  });

  test("a host of sockets is asked by HTTP", async () => {
    const { port } = await httpServer((_, response) => response.writeHead(426).end());
    expect((await (await reach(`ws://127.0.0.1:${port}`)).answer).finding.level).toBe("ok");
  });

  test("by taking bytes, even when it says nothing to them", async () => {
    const { port } = await rawServer((socket) => socket.on("data", () => socket.destroy()));
    const { finding, date } = await (await reach(`http://127.0.0.1:${port}`)).answer;
    expect([finding.level, date]).toEqual(["ok", undefined]);
  });
});

describe("stuck", () => {
  test("at the name", async () => {
    expect(await stuck("https://host.invalid")).toMatch(/^DNS: the name is not resolved \(E\w+\)\.$/);
  });

  test("at TCP", async () => {
    const port = await freePort();
    expect(await stuck(`https://127.0.0.1:${port}`)).toBe("TCP: no connection is made (ECONNREFUSED).");
  });

  test("at TLS, by an answer that is none, and by silence", async () => {
    const plain = await httpServer((_, response) => response.end());
    expect(await stuck(`https://127.0.0.1:${plain.port}`)).toMatch(/^TLS: the handshake fails \(\w+\)\.$/);
    const silent = await rawServer(() => undefined);
    const { answer, clock } = await reach(`https://127.0.0.1:${silent.port}`, { patienceMs: 1 });
    await vi.waitFor(() => expect(silent.connections()).toBe(1));
    await clock.advance(10_000);
    expect((await answer).finding.cause.en).toBe("TLS: the handshake fails (no answer in time · 超时).");
  });

  test("at the proxy: that is not there, that refuses, that says nothing", async () => {
    const nobody = await freePort();
    expect(await stuck("https://host.invalid", { proxy: `http://127.0.0.1:${nobody}` })).toMatch(/^The proxy/);
    const strict = await proxyServer(403);
    const refused = await stuck("https://host.invalid", { proxy: `http://u:hidden-pass@127.0.0.1:${strict.port}` });
    expect(refused).toMatch(/^The proxy .* 403/);
    expect(refused).not.toContain("hidden-pass");
    const silent = await rawServer(() => undefined);
    const way = { proxy: `http://127.0.0.1:${silent.port}`, patienceMs: 1 };
    const { answer, clock } = await reach("https://host.invalid", way);
    await vi.waitFor(() => expect(silent.connections()).toBe(1));
    await clock.advance(10_000);
    expect((await answer).finding.cause.en).toMatch(/^The proxy .*no answer in time/);
  });
});
