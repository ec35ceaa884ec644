/** The listening side: ports, oversized and slow bodies, errors. Real sockets. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Bot, createBot, type Logger, memoryState, type State } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { type Served, serve } from "../../src/http/serve.ts";

let sim: DingTalkSimulator;
let state: State;
let bot: Bot;
let served: Served;
let logged: string[];

const LOOPBACK = { host: "127.0.0.1", nextFree: false };

beforeEach(async () => {
  sim = await createDingTalkSimulator();
  state = memoryState();
  logged = [];
  const note = (_facts: object, message: string): void => void logged.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  bot = createBot({ channels: [createDingTalk(sim.app)], state, handler: () => "hello" });
  await bot.start();
  served = await serve({ fetch: createApp({ bot, state, log }).fetch, port: 0, ...LOOPBACK });
});
afterEach(async () => {
  await served.close();
  await bot.stop({ timeoutMs: 0 });
  await sim.close();
});

const portOf = ({ address }: Served): number => Number(new URL(address).port);

async function dial(): Promise<Socket> {
  const socket = connect(portOf(served), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function answerOn(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += String(chunk);
  return text;
}

const HEAD = "POST /webhooks/dingtalk HTTP/1.1\r\nhost: 127.0.0.1\r\n";

test("a taken port is an error that names it; or the next free one is taken", async () => {
  const port = portOf(served);
  const fetch = (): Response => new Response();
  await expect(serve({ fetch, port, ...LOOPBACK })).rejects.toMatchObject({
    code: "config_invalid",
    message: `the port ${port} on 127.0.0.1 is taken`,
  });
  const next = await serve({ fetch, port, host: "127.0.0.1", nextFree: true });
  expect(portOf(next)).toBeGreaterThan(port);
  await next.close();
});

test("a body that says it is too large is refused unread", async () => {
  const socket = await dial();
  socket.write(`${HEAD}content-length: 2000000000\r\n\r\n`);
  const [head] = (await once(socket.setEncoding("utf8"), "data")) as [string];
  expect(head).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test("a body that grows beyond the limit is refused, and its sender cut off", async () => {
  const socket = await dial();
  socket.on("error", () => "the other side has gone, as it should");
  socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  let sent = 0;
  const feed = (): void => {
    while (!socket.destroyed && sent < 64 * 1_048_576) {
      sent += 65_536;
      if (!socket.write(chunk)) break;
    }
  };
  socket.on("drain", feed);
  feed();
  const [head] = (await once(socket.setEncoding("utf8"), "data")) as [string];
  expect(head).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test("a sender who never finishes holds up nobody", async () => {
  const slow = await dial();
  slow.write(`${HEAD}content-length: 1000\r\n\r\n{"half":`);
  const headless = await dial();
  headless.write("GET /healthz HTTP/1.1\r\nhost:");
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => (await fetch(`${served.address}/healthz`)).status),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  await served.close(); // ends their connections too
  await Promise.all([answerOn(slow), answerOn(headless)]);
});

test("a bot that stops asks the platform to repeat the call, and that is no failure", async () => {
  await bot.stop({ timeoutMs: 0 });
  const answer = await fetch(`${served.address}/webhooks/dingtalk`, { method: "POST", body: "{}" });
  expect(answer.status).toBe(503);
  expect(logged.filter((message) => message.includes("could not be answered"))).toEqual([]);
});

test("what is no HTTP is answered as such", async () => {
  const socket = await dial();
  socket.write("\u0016\u0003\u0001 this is TLS\r\n\r\n");
  expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 400 /);
});

test("a route that throws is a 500 without details, and a line in the log", async () => {
  const broken = { ...bot, status: () => expect.unreachable("a secret detail") };
  const note = (_facts: object, message: string): void => void logged.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const answer = await createApp({ bot: broken, state, log }).request("/readyz");
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("secret detail");
  expect(logged).toEqual(["a request could not be answered"]);
});
