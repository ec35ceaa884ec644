/** What every channel promises, by ways in that are called: a bot in callback mode, whose growing answers are asked for, and an application; behind a real HTTP server. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Inbound, type Listener, type OpenChannel, type Runtime, toNodeHandler } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger, systemClock } from "@openclaw-china/core/internal";
import { createWeComSimulator } from "@openclaw-china/testkit";
import { channelContract, type ChannelSession } from "@openclaw-china/testkit/contracts";
import { createWeCom } from "@openclaw-china/wecom";

const KEYS = { token: "botTok3n", encodingAesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" };
const NOBODY = { status: 503, statusText: "nobody listens" };

/** Which of the two has the chat in which people write. */
type Mode = "bot" | "application";

channelContract({ name: "wecom: bot in callback mode, beside an application", open: () => openSession("bot") });
channelContract({ name: "wecom: application alone", open: () => openSession("application"), grows: false });

async function openSession(mode: Mode): Promise<ChannelSession> {
  const sim = await createWeComSimulator();
  const http = createTransport({ env: {} });
  const clock = systemClock();
  const { store, blobs } = memoryStateAt(clock);
  const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
  const lin = sim.user("Lin");
  const server = await serve();
  const application = sim.application();
  const { app } = application;
  const { endpoints } = sim.app;
  const ofApplication = { bot: { id: application.id } };
  const place = mode === "bot" ? {} : ofApplication;
  if (mode === "bot") sim.webhook({ address: server.address, ...KEYS });
  else application.callback(server.address);
  const made = createWeCom(mode === "bot" ? { mode: "webhook", ...KEYS, endpoints, app } : { endpoints, app });
  const over = new AbortController();
  return {
    channel: { ...made, open: (given) => server.behind(made.open(given)) },
    sim,
    runtime,
    say: (text) => lin.say(text, place),
    address: { channel: "wecom", kind: "user", id: lin.id },
    screen: lin.screen(ofApplication),
    nowhere: { channel: "wecom", kind: "user", id: "Nobody" },
    async ready(opened) {
      const heard = Promise.withResolvers<Inbound>();
      const offer = (inbound: Inbound): Promise<"accepted"> => {
        heard.resolve(inbound);
        return Promise.resolve("accepted");
      };
      opened.listen({ offer }, over.signal);
      await lin.say("open the chat", place);
      return { replyTo: (await heard.promise).replyTo, screen: lin.screen(place), thinks: true };
    },
    async [Symbol.asyncDispose]() {
      over.abort(new Error("the test is over"));
      await sim.close();
      await server.close();
      http.close();
    },
  };
}

interface Served {
  readonly address: string;
  /** Calls go to the listener of the channel that was opened last. */
  behind(opened: OpenChannel): OpenChannel;
  close(): Promise<void>;
}

async function serve(): Promise<Served> {
  let listener: Listener | undefined;
  const server = createServer(
    toNodeHandler((request) => listener?.webhook?.(request) ?? Promise.resolve(new Response("", NOBODY))),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    behind: (opened) => ({ ...opened, listen: (sink, signal) => (listener = opened.listen(sink, signal)) }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
