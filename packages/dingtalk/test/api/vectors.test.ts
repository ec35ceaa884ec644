/** Requests of the outbound vectors that are in scope, as they leave: method, address, headers, body by value. */
import { readFileSync } from "node:fs";
import type { HttpRequest, Transport } from "@openclaw-china/core";
import { beforeEach, describe, expect, test } from "vitest";
import { createAndDeliver, streamCard, updateCard } from "../../src/api/cards.ts";
import { type Client, createClient } from "../../src/api/client.ts";
import { recallMessages, sendBySession, sendToGroup, sendToUsers } from "../../src/api/messages.ts";
import { setEmotion } from "../../src/api/robot.ts";
import { fetchToken } from "../../src/api/token.ts";
import { createDingTalk } from "../../src/index.ts";
import { until } from "../edge/session.ts";
import { allowance, calm, instantClock, runtimeOf } from "../fixtures.ts";

type Json = Readonly<Record<string, unknown>>;
interface Vector {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
  readonly response: { readonly status: number; readonly body: Json };
  readonly code?: string;
}

const file = new URL("../vectors/dingtalk-outbound.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };
const vector = (name: string): Vector => {
  const found = vectors.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no vector ${name}`);
  return found;
};

const endpoints = { api: "https://api.dingtalk.com", oapi: "https://oapi.dingtalk.com" };
const credentials = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const robotCode = credentials.appKey;
const app = { ...credentials, endpoints, proxy: "off" } as const;
const token = { get: () => Promise.resolve("tok-example"), drop: () => Promise.resolve() };

let requests: HttpRequest[];
let answer: Vector["response"];
const http: Transport = {
  request(request) {
    requests.push(request);
    const body = new Response(JSON.stringify(answer.body)).body ?? new ReadableStream<Uint8Array>();
    return Promise.resolve({ status: answer.status, headers: {}, body });
  },
};
let client: Client;
beforeEach(() => {
  requests = [];
  const runtime = runtimeOf(http, instantClock());
  const { clock } = runtime;
  const { appSecret } = credentials;
  client = createClient({ http, clock, endpoints, proxy: "off", token, appSecret, ...allowance(runtime) });
});

/** The only request, in the vector's form; `msgParam` by its parsed value. */
function sent(): object {
  expect(requests).toHaveLength(1);
  const [{ method, url, headers, body } = { method: "", url: "", headers: {}, body: "" }] = requests;
  return { method, url, headers, body: parsed(JSON.parse(String(body)) as Json) };
}

function parsed(body: Json): Json {
  const { msgParam } = body;
  return typeof msgParam === "string" ? { ...body, msgParam: JSON.parse(msgParam) as unknown } : body;
}

async function check(name: string, call: () => Promise<unknown>, over: object = {}): Promise<unknown> {
  const { request, response } = vector(name);
  answer = response;
  const result = await call();
  const { headers, ...rest } = request;
  expect(sent()).toEqual({
    ...rest,
    body: { ...parsed(request.body), ...over },
    headers: expect.objectContaining(headers) as object,
  });
  return result;
}

test("access token", async () => {
  const result = await check("access token", () => fetchToken({ http, clock: instantClock() }, app, calm()));
  expect(result).toEqual({ value: "tok-example", lifeMs: 7_200_000, date: undefined });
});

test("open stream connection: only what has a handler, and no address of this machine", async () => {
  const { request, response } = vector("open stream connection");
  answer = response;
  const listener = createDingTalk(credentials)
    .open(runtimeOf(http))
    .listen({ offer: () => Promise.resolve("accepted") }, calm());
  await until(() => requests.length > 0, "it has asked");
  await listener.close();
  const { localIp: _, subscriptions, ...body } = request.body;
  const wanted = (subscriptions as readonly { readonly type: string }[]).filter(({ type }) => type === "CALLBACK");
  expect(requests[0]).toMatchObject({ method: request.method, url: request.url, headers: request.headers });
  expect(JSON.parse(String(requests[0]?.body))).toEqual({ ...body, subscriptions: wanted });
});

const SESSION = "https://oapi.dingtalk.com/robot/sendBySession?session=0a1b2c3d";

test.each(["session webhook: text with a mention", "session webhook: markdown with a mention"])("%s", async (name) => {
  await check(name, () => sendBySession(client, SESSION, vector(name).request.body, calm()));
});

test("session webhook: HTTP 200 but refused", async () => {
  const name = "session webhook: HTTP 200 but refused";
  const error: unknown = await check(name, () =>
    sendBySession(client, SESSION, vector(name).request.body, calm()).catch((thrown: unknown) => thrown),
  );
  expect(error).toMatchObject({ code: "unsupported", platform: { code: vector(name).code } });
});

test("group text", async () => {
  const message = { robotCode, msgKey: "sampleText", msgParam: { content: "大家好" } };
  const openConversationId = "cidGROUPexample0001==";
  const key = await check("group text", () => sendToGroup(client, { ...message, openConversationId }, calm()));
  expect(key).toBe("pqk-2");
});

test("direct messages have the form of the other direct ones", async () => {
  const over = { msgKey: "sampleText", msgParam: { content: "你好" } };
  const message = { robotCode, msgKey: "sampleText", msgParam: { content: "你好" }, userIds: ["staff-001"] };
  const result = await check("direct file", () => sendToUsers(client, message, calm()), over);
  expect(result).toEqual({ processQueryKey: "pqk-4", invalid: [], throttled: [] });
});

test("recall in a direct chat (otoMessages, lower-case t): what failed is an error", async () => {
  const error: unknown = await check("recall in a direct chat (otoMessages, lower-case t)", () =>
    recallMessages(client, { robotCode, processQueryKeys: ["pqk-1"] }, calm()).catch((thrown: unknown) => thrown),
  );
  expect(error).toMatchObject({ outcome: "refused", message: "cannot recall a message: expired" });
});

describe("cards", () => {
  test("create and deliver a card into a group", async () => {
    const card = {
      cardTemplateId: "11111111-2222-4333-8444-555555555555.schema",
      outTrackId: "card-0001",
      cardParamMap: { content: "", config: '{"autoLayout":true}' },
      openSpaceId: "dtv1.card//IM_GROUP.cidGROUPexample0001==",
      robotCode,
    };
    const key = await check("create and deliver a card into a group", () => createAndDeliver(client, card, calm()));
    expect(key).toBe("pqk-card-0001");
  });

  test.each([
    ["stream a frame into a card", "正在", false],
    ["last frame", "正在处理,完成。", true],
  ])("%s", async (name, content, isFinalize) => {
    const guid = String(vector(name).request.body["guid"]);
    const frame = { outTrackId: "card-0001", guid, key: "content", content, isFinalize, isError: false };
    await check(name, () => streamCard(client, frame, calm()));
  });

  test("update card variables", async () => {
    await check("update card variables", () => updateCard(client, "card-0001", { flowStatus: "3" }, calm()));
  });
});

test.each([
  ["attach a text reaction to the user's message", true],
  ["remove the text reaction", false],
])("%s", async (name, on) => {
  const emotion = { robotCode, openMsgId: "msgExample0001==", openConversationId: "cidDMexample0001==" };
  await check(name, () => setEmotion(client, emotion, "🤔思考中", { on, signal: calm() }));
});
