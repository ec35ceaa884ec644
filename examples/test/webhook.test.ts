/** The programs of webhook mode as they are written, called by the simulator: credentials and ports are supplied. */
import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Bot } from "@openclaw-china/core";
import type { DingTalkOptions } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const running = vi.hoisted(() => ({ bots: [] as Bot[], servers: [] as Server[], app: {} as DingTalkOptions }));

// A program that listens on 8787 gets a free port here.
vi.mock("node:http", async (load) => {
  const http = await load<typeof import("node:http")>();
  const create = (handler: RequestListener): Server => {
    const server = http.createServer(handler);
    const listen = server.listen.bind(server) as (...args: readonly unknown[]) => Server;
    const listenElsewhere = (port: unknown, ...rest: readonly unknown[]): Server => {
      if (port === 8787) running.servers.push(server);
      return listen(port === 8787 ? 0 : port, ...rest);
    };
    return Object.assign(server, { listen: listenElsewhere });
  };
  return { ...http, createServer: create };
});
vi.mock("@openclaw-china/core", async (load) => {
  const core = await load<typeof import("@openclaw-china/core")>();
  const createBot: typeof core.createBot = (options) => {
    const bot = core.createBot(options);
    running.bots.push(bot);
    return bot;
  };
  return { ...core, createBot };
});
vi.mock("@openclaw-china/dingtalk", async (load) => {
  const dingtalk = await load<typeof import("@openclaw-china/dingtalk")>();
  const createDingTalk: typeof dingtalk.createDingTalk = (options) =>
    dingtalk.createDingTalk({ ...running.app, ...options });
  return { ...dingtalk, createDingTalk };
});

let sim: DingTalkSimulator;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  running.app = sim.app;
});
afterEach(async () => {
  for (const bot of running.bots.splice(0)) await bot.stop({ timeoutMs: 1_000 });
  for (const server of running.servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await sim.close();
});

/** What the console is told, and then a message: it is answered, and no connection was opened for it. */
async function expectAnswered(server: Server | undefined): Promise<void> {
  if (server === undefined) return expect.unreachable("no server was made");
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const posts = sim.webhook({ address: `http://127.0.0.1:${port}/webhooks/dingtalk` });
  const lin = sim.user("Lin");
  await lin.say("hello");
  expect((await lin.screen().next({ timeoutMs: 15_000 })).text).toBe("You said: hello");
  expect(posts.calls).toMatchObject([{ kind: "message", status: 200 }]);
  expect(sim.connections()).toBe(0);
}

test("webhook-node: node:http", async () => {
  await import("../src/webhook-node.ts");
  await expectAnswered(running.servers[0]);
});

test("webhook-hono: the app's fetch", async () => {
  const { default: app } = await import("../src/webhook-hono.ts");
  const { toNodeHandler } = await import("@openclaw-china/core");
  await expectAnswered(createServer(toNodeHandler(async (request) => app.fetch(request))).listen(8787));
});
