/** The official client against our simulator: what it takes for Feishu, Feishu's own client must take too. */
import { Client, EventDispatcher, LoggerLevel, WSClient } from "@larksuiteoapi/node-sdk";
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

async function connect(sim: FeishuSimulator, handle: (data: Received) => unknown): Promise<void> {
  const eventDispatcher = new EventDispatcher({ logger }).register({
    "im.message.receive_v1": (data) => handle(data as Received),
  });
  await new Promise<void>((resolve, reject) => {
    const socket = new WSClient({ ...settings(sim), onReady: resolve, onError: reject });
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
