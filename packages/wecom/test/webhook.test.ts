/** Callback mode as people see it: a bot that listens on a real port, and a platform that posts, asks, and takes answers. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type BotOptions, createBot, memoryState, toNodeHandler } from "@openclaw-china/core";
import { fakeClock } from "@openclaw-china/testkit";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createWeCom, type WeComOptions } from "../src/index.ts";
import { DONE } from "../src/streams.ts";
import { APP, appCall, appXml, BOT, botAnswer, botCall, CORP } from "./edge/platform.ts";

const SOON = { timeout: 15_000, interval: 20 };
vi.setConfig({ testTimeout: 60_000 });

interface Shown {
  readonly content: string;
  readonly finish: boolean;
}

/** What went to the REST interface, by path and query. */
let rest: { readonly path: string; readonly json: unknown }[];
let api: string;
let bot: string;
beforeEach(async () => {
  rest = [];
  api = await listening(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        rest.push({ path: request.url ?? "", json: text === "" ? undefined : (JSON.parse(text) as unknown) });
        response.setHeader("content-type", "application/json");
        response.end(
          '{"errcode":0,"errmsg":"ok","access_token":"token-0123456789","expires_in":7200,"msgid":"app-msg-1"}',
        );
      });
    }),
  );
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(options: Partial<BotOptions>, over: Partial<WeComOptions> = {}): Promise<void> {
  const settings = { mode: "webhook", ...BOT, endpoints: { api }, ...over } as WeComOptions;
  const made = createBot({ channels: [createWeCom(settings)], ...options });
  onTestFinished(() => made.stop({ timeoutMs: 0 }));
  const listener: RequestListener = toNodeHandler((request) => made.webhook(request));
  bot = `${await listening(createServer(listener))}/webhooks/wecom`;
}

/** As it is on its way to the bot. */
async function call(request: Request): Promise<Response> {
  const { search } = new URL(request.url);
  return fetch(`${bot}${search}`, { method: request.method, body: await request.text() });
}

function message(id: string, over: object = {}): object {
  const text = { msgtype: "text", text: { content: "hello" } };
  const url = `${api}/cgi-bin/aibot/response?response_code=${id}`;
  return {
    msgid: id,
    aibotid: "aib1",
    chattype: "single",
    from: { userid: "lin" },
    response_url: url,
    ...text,
    ...over,
  };
}

async function post(body: object): Promise<{ readonly id: string; readonly shown: Shown }> {
  const answer = await botAnswer(await call(botCall(body, { keys: BOT, at: Date.now() })));
  const { id, ...shown } = (answer as { readonly stream: Shown & { readonly id: string } }).stream;
  return { id, shown };
}

async function ask(id: string): Promise<Shown> {
  return (await post(message("refresh", { msgtype: "stream", stream: { id } }))).shown;
}

test("the answer grows in the stream the platform asks for", async () => {
  let goOn = (): void => undefined;
  const going = new Promise<void>((resolve) => (goOn = resolve));
  await serve({
    handler: async function* () {
      yield "one ";
      await going;
      yield "two";
    },
  });
  const { id, shown } = await post(message("m1"));
  expect(shown).toEqual({ content: "<think></think>", finish: false });
  await expect.poll(() => ask(id), SOON).toEqual({ content: "one ", finish: false });
  goOn();
  await expect.poll(() => ask(id), SOON).toEqual({ content: "one two", finish: true });
  expect((await post(message("m1"))).shown).toEqual({ content: "one two", finish: true });
  expect(rest).toEqual([]);
});

test("two processes on one state: whichever is asked answers", async () => {
  const state = memoryState();
  const handler = (): string => "said once";
  await serve({ handler, state });
  const first = bot;
  await serve({ handler, state });
  const { id } = await post(message("m1"));
  const second = bot;
  bot = first;
  await expect.poll(() => ask(id), SOON).toEqual({ content: "said once", finish: true });
  bot = second;
  expect(await ask(id)).toEqual({ content: "said once", finish: true });
});

test("a second message of a turn goes by the response_url", async () => {
  await serve({
    handler: async (turn) => {
      await turn.reply("first");
      await turn.reply("second");
    },
  });
  const { id } = await post(message("m1"));
  await expect.poll(() => ask(id), SOON).toEqual({ content: "first", finish: true });
  await expect.poll(() => rest, SOON).toHaveLength(1);
  expect(rest[0]).toMatchObject({
    path: "/cgi-bin/aibot/response?response_code=m1",
    json: { msgtype: "markdown", markdown: { content: "second" } },
  });
});

test("a handler that answers nothing leaves nothing thinking", async () => {
  const clock = fakeClock(Date.now());
  let handled = false;
  await serve({
    clock,
    handler: () => {
      handled = true;
    },
  });
  const { id } = await post(message("m1"));
  await expect.poll(() => handled, SOON).toBe(true);
  const askLater = async (): Promise<Shown> => {
    await clock.advance(500);
    return ask(id);
  };
  await expect.poll(askLater, SOON).toEqual({ content: DONE, finish: true });
});

test("an application is answered through the REST interface", async () => {
  const app = { ...APP, corpId: CORP, corpSecret: "secret-0123456789", agentId: 1_000_002 };
  await serve({ handler: (turn) => `You said: ${turn.text}` }, { app });
  const now = String(Math.floor(Date.now() / 1_000));
  const xml = appXml("text", "<Content>hi</Content><MsgId>1</MsgId>").replace("1790000000", now);
  const response = await call(appCall(xml, { keys: APP, at: Date.now() }));
  expect([response.status, await response.text()]).toEqual([200, ""]);
  await expect.poll(() => rest.some(({ path }) => path.startsWith("/cgi-bin/message/send")), SOON).toBe(true);
  const sent = rest.find(({ path }) => path.startsWith("/cgi-bin/message/send"));
  expect(sent?.json).toMatchObject({ touser: "lin.yi", agentid: 1_000_002, text: { content: "You said: hi" } });
});
