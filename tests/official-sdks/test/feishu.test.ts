/** The official client against our simulator: what it takes for Feishu, Feishu's own client must take too. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { adaptDefault, Client, EventDispatcher, LoggerLevel, WSClient } from "@larksuiteoapi/node-sdk";
import { createFeishuSimulator, type FeishuSimulator, type FeishuSimulatorOptions } from "@openclaw-china/testkit";
import { afterEach, expect, test, vi } from "vitest";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function simulator(options: FeishuSimulatorOptions = {}): Promise<FeishuSimulator> {
  const sim = await createFeishuSimulator(options);
  ends.push(() => sim.close());
  return sim;
}

/** It says on the console what it does. */
const logger = { error: quiet, warn: quiet, info: quiet, debug: quiet, trace: quiet };
function quiet(): void {}

interface Settings {
  readonly appId: string;
  readonly appSecret: string;
  readonly domain: string;
  readonly loggerLevel: LoggerLevel;
  readonly logger: typeof logger;
}

function settings({ app: { appId, appSecret, endpoints } }: FeishuSimulator): Settings {
  return { appId, appSecret, domain: endpoints.api, loggerLevel: LoggerLevel.fatal, logger };
}

/** Its tokens are kept for the process otherwise. */
function clientOf(sim: FeishuSimulator): Client {
  const kept = new Map<unknown, unknown>();
  return new Client({
    ...settings(sim),
    cache: {
      get: (key) => Promise.resolve(kept.get(key)),
      set: (key, value) => Promise.resolve(kept.set(key, value).has(key)),
    },
  });
}

interface Received {
  readonly sender: { readonly sender_id?: { readonly open_id?: string } };
  readonly message: {
    readonly message_id: string;
    readonly chat_id: string;
    readonly content: string;
    readonly mentions?: readonly { readonly key: string; readonly id: { readonly open_id?: string } }[];
  };
}

async function connect(
  sim: FeishuSimulator,
  handle: (data: Received) => unknown,
  more: Readonly<Record<string, (data: never) => unknown>> = {},
  onReconnected: () => void = quiet,
): Promise<void> {
  const eventDispatcher = new EventDispatcher({ logger }).register({
    "im.message.receive_v1": (data) => handle(data as Received),
    ...more,
  });
  await new Promise<void>((resolve, reject) => {
    const socket = new WSClient({ ...settings(sim), onReady: resolve, onError: reject, onReconnected });
    ends.push(() => socket.close());
    socket.start({ eventDispatcher }).catch(reject);
  });
}

test("it connects, hears a group message, replies to it, and is acknowledged", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  await connect(sim, async ({ message }) => {
    const { text } = JSON.parse(message.content) as { readonly text: string };
    expect(message.mentions?.[0]?.id.open_id).toBe(sim.botId);
    await client.im.v1.message.reply({
      path: { message_id: message.message_id },
      data: { msg_type: "text", content: JSON.stringify({ text: `heard:${text}` }) },
    });
  });
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  await lin.say("hello", { group: sales });
  const answer = await lin.screen({ group: sales }).next();
  expect(answer).toMatchObject({ kind: "text", text: "heard:@_user_1 hello", state: "finished", from: sim.botId });
  expect(sim.acks[0]).toMatchObject({ code: 200 });
});

test("its messages reach people by every kind of id, and are edited and recalled", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  const lin = sim.user("Lin");
  const { unionId, userId, email } = lin;
  const ids = { open_id: lin.id, union_id: unionId, user_id: userId, email } as const;
  for (const [kind, id] of Object.entries(ids)) {
    const answer = await client.im.v1.message.create({
      params: { receive_id_type: kind as keyof typeof ids },
      data: { receive_id: id, msg_type: "text", content: JSON.stringify({ text: kind }) },
    });
    expect(answer.code).toBe(0);
    const shown = await lin.screen().next();
    expect(shown.text).toBe(kind);
    expect(shown.id).toBe(answer.data?.message_id);
  }
  const [first] = lin.screen().messages;
  await client.im.v1.message.update({
    path: { message_id: first?.id ?? "" },
    data: { msg_type: "text", content: JSON.stringify({ text: "changed" }) },
  });
  expect(lin.screen().messages[0]?.text).toBe("changed");
  await client.im.v1.message.delete({ path: { message_id: first?.id ?? "" } });
  expect(lin.screen().messages[0]?.state).toBe("recalled");
});

test("what its handler fails at comes again, as the same event", async () => {
  const sim = await simulator();
  const heard: string[] = [];
  await connect(sim, ({ message }) => {
    heard.push(message.message_id);
    if (heard.length === 1) throw new Error("not now");
  });
  const said = sim.user("Lin").say("hello");
  await vi.waitFor(() => expect(sim.acks).toHaveLength(1));
  expect(sim.acks[0]?.code).toBe(500);
  await sim.redeliver();
  await said;
  expect(heard).toHaveLength(2);
  expect(new Set(heard).size).toBe(1);
});

test("it puts a message of many parts together again", async () => {
  const sim = await simulator();
  const heard: string[] = [];
  await connect(sim, ({ message }) => void heard.push(message.content));
  sim.split({ maxBytes: 100, order: "reversed" });
  await sim.user("Lin").say("一二三四五六七八九十".repeat(40));
  expect(JSON.parse(heard[0] ?? "{}")).toEqual({ text: "一二三四五六七八九十".repeat(40) });
});

test("a card streams to its end, in sequence, and its preview is set", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  const lin = sim.user("Lin");
  const card = {
    schema: "2.0",
    config: { streaming_mode: true, update_multi: true },
    body: { elements: [{ tag: "markdown", element_id: "md_main", content: "" }] },
  };
  const made = await client.cardkit.v1.card.create({ data: { type: "card_json", data: JSON.stringify(card) } });
  const cardId = made.data?.card_id ?? "";
  const sent = await client.im.v1.message.create({
    params: { receive_id_type: "open_id" },
    data: {
      receive_id: lin.id,
      msg_type: "interactive",
      content: JSON.stringify({ type: "card", data: { card_id: cardId } }),
    },
  });
  const path = { card_id: cardId, element_id: "md_main" };
  await client.cardkit.v1.cardElement.content({ path, data: { content: "half", sequence: 1, uuid: "1" } });
  expect(lin.screen().messages[0]).toMatchObject({ kind: "card", text: "half", state: "growing" });
  await client.cardkit.v1.cardElement.content({ path, data: { content: "half and whole", sequence: 2, uuid: "2" } });
  const settings = JSON.stringify({ config: { streaming_mode: false, summary: { content: "whole" } } });
  await client.cardkit.v1.card.settings({ path, data: { settings, sequence: 3, uuid: "3" } });
  const shown = await lin.screen().next();
  expect(shown).toMatchObject({ text: "half and whole", state: "finished", history: ["half", "half and whole"] });
  expect(sim.message(sent.data?.message_id ?? "")?.preview).toBe("whole");
  const late = client.cardkit.v1.cardElement.content({ path, data: { content: "late", sequence: 3 } });
  await expect(late).rejects.toMatchObject({ response: { data: { code: 300317 } } });
});

test("a press on a card reaches it, and its answer changes the card", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  await connect(sim, () => undefined, {
    "card.action.trigger": (data: { operator: { open_id: string }; action: { value: { op: string } } }) => ({
      toast: { type: "success", content: "好" },
      card: {
        type: "raw",
        data: {
          schema: "2.0",
          body: { elements: [{ tag: "markdown", content: `${data.operator.open_id} chose ${data.action.value.op}` }] },
        },
      },
    }),
  });
  const lin = sim.user("Lin");
  const button = {
    tag: "button",
    name: "ok",
    text: { tag: "plain_text", content: "同意" },
    behaviors: [{ type: "callback", value: { op: "approve" } }],
  };
  await client.im.v1.message.create({
    params: { receive_id_type: "open_id" },
    data: {
      receive_id: lin.id,
      msg_type: "interactive",
      content: JSON.stringify({ schema: "2.0", body: { elements: [button] } }),
    },
  });
  const card = await lin.screen().next();
  expect(card.buttons).toEqual([{ id: "ok", label: "同意" }]);
  await lin.press(card, "ok");
  expect(lin.screen().messages[0]).toMatchObject({ text: `${lin.id} chose approve`, buttons: [] });
  expect(sim.toasts).toEqual([{ userId: lin.id, type: "success", content: "好" }]);
});

test("it uploads, sends, and downloads", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  const heard: Received[] = [];
  await connect(sim, (data) => void heard.push(data));
  const lin = sim.user("Lin");
  const uploaded = await client.im.v1.file.create({
    data: { file_type: "stream", file_name: "a.zip", file: Buffer.from("PK") },
  });
  await client.im.v1.message.create({
    params: { receive_id_type: "open_id" },
    data: { receive_id: lin.id, msg_type: "file", content: JSON.stringify({ file_key: uploaded?.file_key }) },
  });
  const shown = await lin.screen().next();
  expect(await shown.file?.text()).toBe("PK");
  await lin.sendFile(new File(["季度"], "季度 报告.txt", { type: "text/plain" }));
  const { message_id: id, content } = heard[0]?.message ?? { message_id: "", content: "{}" };
  const { file_key: key } = JSON.parse(content) as { readonly file_key: string };
  const answer = await client.im.v1.messageResource.get({
    path: { message_id: id, file_key: key },
    params: { type: "file" },
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer.getReadableStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe("季度");
});

test("it reacts and takes that back, and hears of both", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  const heard: string[] = [];
  const ids: string[] = [];
  await connect(sim, ({ message }) => void ids.push(message.message_id), {
    "im.message.reaction.created_v1": (data: { operator_type: string }) => heard.push(`+${data.operator_type}`),
    "im.message.reaction.deleted_v1": (data: { operator_type: string }) => heard.push(`-${data.operator_type}`),
  });
  await sim.user("Lin").say("hello");
  const path = { message_id: ids[0] ?? "" };
  const data = { reaction_type: { emoji_type: "Typing" } };
  const added = await client.im.v1.messageReaction.create({ path, data });
  expect(sim.message(path.message_id)?.reactions).toEqual(["Typing"]);
  await client.im.v1.messageReaction.delete({ path: { ...path, reaction_id: added.data?.reaction_id ?? "" } });
  expect(sim.message(path.message_id)?.reactions).toEqual([]);
  await vi.waitFor(() => expect(heard.toSorted()).toEqual(["+app", "-app"]));
  const wrong = client.im.v1.messageReaction.create({ path, data: { reaction_type: { emoji_type: "FIRE" } } });
  await expect(wrong).rejects.toMatchObject({ response: { data: { code: 231001 } } });
});

test("as a webhook it takes what is encrypted and signed, and its address can be saved", async () => {
  const sim = await simulator();
  const heard: Received[] = [];
  const dispatcher = new EventDispatcher({ encryptKey: "key", verificationToken: "token", logger }).register({
    "im.message.receive_v1": (data) => void heard.push(data as Received),
  });
  const answer = adaptDefault("/events", dispatcher, { autoChallenge: true });
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}/events`;
  const webhook = sim.webhook({ address, encryptKey: "key", verificationToken: "token" });
  expect(await webhook.verify()).toBe(true);
  await sim.user("Lin").say("你好");
  expect(heard[0]?.message.content).toBe('{"text":"你好"}');
  expect(webhook.calls.map(({ kind, status }) => `${kind} ${status}`)).toEqual(["challenge 200", "event 200"]);
});

test("wrong credentials get neither token nor address", async () => {
  const sim = await simulator();
  const post = async (path: string, body: object): Promise<unknown> => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${sim.app.endpoints.api}${path}`, init);
    return ((await answer.json()) as { readonly code: unknown }).code;
  };
  const app = { app_id: sim.app.appId, app_secret: "wrong" };
  expect(await post("/open-apis/auth/v3/tenant_access_token/internal", app)).toBe(10014);
  const connecting = { AppID: sim.app.appId, AppSecret: "wrong" };
  expect(await post("/callback/ws/endpoint", connecting)).toBe(1000040345);
});

test("after an end it connects again, as the platform says", async () => {
  const sim = await simulator();
  sim.clientConfig({ endpoint: { PingInterval: 120, ReconnectCount: -1, ReconnectInterval: 1, ReconnectNonce: 0 } });
  const heard: string[] = [];
  const again = Promise.withResolvers<void>();
  // What is said before this is lost on it until it is pushed again: it begins to listen late.
  await connect(sim, ({ message }) => void heard.push(message.content), {}, again.resolve);
  sim.disconnect();
  await again.promise;
  await sim.user("Lin").say("here again");
  expect(heard).toEqual(['{"text":"here again"}']);
  expect(sim.calls.filter(({ name }) => name === "ws/endpoint")).toHaveLength(2);
});

test("a limit comes with the time to wait, and a missing scope with its name", async () => {
  const sim = await simulator();
  const client = clientOf(sim);
  const lin = sim.user("Lin");
  const send = (): Promise<unknown> =>
    client.im.v1.message.create({
      params: { receive_id_type: "open_id" },
      data: { receive_id: lin.id, msg_type: "text", content: '{"text":"x"}' },
    });
  await send();
  {
    using _limit = sim.fault({ kind: "platformError", code: "99991400 2", on: "message/create" });
    const limited = { status: 429, headers: { "x-ogw-ratelimit-reset": "2" }, data: { code: 99991400 } };
    await expect(send()).rejects.toMatchObject({ response: limited });
  }
  sim.scope("im:message:send_as_bot", false);
  const missing = { code: 99991672, msg: expect.stringContaining("im:message:send_as_bot") as string };
  await expect(send()).rejects.toMatchObject({ response: { data: missing } });
  expect(lin.screen().messages).toHaveLength(1);
});
