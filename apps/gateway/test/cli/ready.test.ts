/** `/readyz` of the real command: on evidence only, and with the reason. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makePlace, type Place, small } from "../process.ts";

vi.setConfig({ testTimeout: 60_000 });

let sim: DingTalkSimulator;
let place: Place;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  place = await makePlace();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await sim.close();
});

const WAIT = { timeout: 20_000, interval: 50 };

interface Answer {
  readonly status: number;
  readonly ready: boolean;
  readonly why: readonly { readonly en: string }[];
  readonly state: string;
}

async function ready(address: string): Promise<Answer> {
  const answer = await fetch(`${address}/readyz`);
  return { ...((await answer.json()) as Omit<Answer, "status">), status: answer.status };
}

const reasons = ({ why }: Answer): string => why.map(({ en }) => en).join("; ");

test("only after a frame was really seen; not while the connection is away; and again afterwards", async () => {
  await place.write(small(sim.app));
  const gateway = place.run(["start"]);
  const address = await gateway.address();
  await vi.waitFor(async () => expect(await ready(address)).toMatchObject({ status: 200, ready: true, why: [] }), WAIT);
  const refuse = sim.fault({ kind: "refuseConnections" });
  const drop = sim.fault({ kind: "dropConnection" });
  await vi.waitFor(async () => expect(await ready(address)).toMatchObject({ status: 503, ready: false }), WAIT);
  const away = await ready(address);
  expect(reasons(away)).toMatch(/dingtalk\/default is (waiting|opening)|connected, but no frame/);
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  refuse[Symbol.dispose]();
  drop[Symbol.dispose]();
  await vi.waitFor(async () => expect((await ready(address)).status).toBe(200), WAIT);
});

test("a connection that was never heard of is not ready", async () => {
  await using mute = await startMute();
  await place.write(small({ ...sim.app, endpoints: { api: mute.origin, oapi: mute.origin } }));
  const gateway = place.run(["start"]);
  const address = await gateway.address();
  await gateway.says('"connected"');
  const answer = await ready(address);
  expect(answer.status).toBe(503);
  expect(reasons(answer)).toBe("dingtalk/default is connected, but no frame has been seen yet");
});

test.runIf(process.platform === "linux")(
  "a full disk: not ready, with the reason; the process lives, and accepts again when there is space",
  async () => {
    await place.write(small(sim.app));
    const gateway = place.run(["start"]);
    const address = await gateway.address();
    await vi.waitFor(async () => expect((await ready(address)).status).toBe(200), WAIT);
    limitFileSize(gateway.child.pid, 4_096);
    await vi.waitFor(async () => expect(await ready(address)).toMatchObject({ status: 503, state: "away" }), WAIT);
    expect(reasons(await ready(address))).toContain("the state cannot be written");
    const lin = sim.user("Lin");
    void lin.say("hello").catch(() => "answered by the redelivery");
    await gateway.says(/could not be (stored|written)|is full|cannot be written/);
    expect(gateway.child.exitCode).toBeNull();
    limitFileSize(gateway.child.pid, undefined);
    await vi.waitFor(async () => expect((await ready(address)).status).toBe(200), WAIT);
    await sim.redeliver();
    expect((await lin.screen().next({ timeoutMs: 20_000 })).text).toBe("You said: hello");
  },
);

/** No file of that process may grow beyond this: to its disk it is full. */
function limitFileSize(pid: number | undefined, bytes: number | undefined): void {
  spawn("prlimit", ["--pid", String(pid), `--fsize=${bytes ?? "unlimited"}:unlimited`]);
}

/** A platform that takes every connection and never says a word on it, not even to a ping. */
async function startMute(): Promise<AsyncDisposable & { readonly origin: string }> {
  const server = createServer((request, response) => {
    request.resume();
    const endpoint = `ws://${request.headers.host ?? ""}/connect`;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ endpoint, ticket: "t" }));
  });
  const sockets = new Set<Duplex>();
  server.on("upgrade", (request, socket) => {
    sockets.add(socket);
    socket.on("error", () => sockets.delete(socket));
    const key = `${request.headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`; // RFC 6455, section 1.3
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
