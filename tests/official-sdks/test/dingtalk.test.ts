/** The official client against our simulator: what it takes for DingTalk, DingTalk's own client must take too. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type DingTalkSimulatorOptions,
  fakeClock,
} from "@openclaw-china/testkit";
import { DWClient, EventAck, TOPIC_CARD, TOPIC_ROBOT } from "dingtalk-stream";
import { afterEach, expect, test, vi } from "vitest";

interface Interceptable {
  readonly interceptors: {
    readonly request: { use(change: (config: { url?: string }) => object): number; eject(id: number): void };
  };
  post(url: string, body: unknown): Promise<{ readonly status: number; readonly data: unknown }>;
}

/** The axios that the client itself uses: its gateway address is a constant, so requests are redirected. */
const manifest = createRequire(createRequire(import.meta.url).resolve("dingtalk-stream")).resolve("axios/package.json");
const { default: axios } = (await import(new URL("index.js", pathToFileURL(manifest)).href)) as {
  readonly default: Interceptable;
};
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  vi.restoreAllMocks();
});

async function connect(sim: DingTalkSimulator): Promise<DWClient> {
  for (const method of ["info", "warn", "log"] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  const id = axios.interceptors.request.use((config) => ({
    ...config,
    url: config.url?.replace(/^https:\/\/o?api\.dingtalk\.com/, sim.app.endpoints.api),
    proxy: false,
  }));
  ends.push(() => axios.interceptors.request.eject(id));
  const client = new DWClient({ clientId: sim.app.appKey, clientSecret: sim.app.appSecret });
  ends.push(() => client.disconnect());
  return client;
}

async function simulator(options: DingTalkSimulatorOptions = {}): Promise<DingTalkSimulator> {
  const sim = await createDingTalkSimulator(options);
  ends.push(() => sim.close());
  return sim;
}

test("it connects, hears a group message, answers through the session webhook, and is acknowledged", async () => {
  const sim = await simulator();
  const client = await connect(sim);
  client.registerCallbackListener(TOPIC_ROBOT, (frame) => {
    const message = JSON.parse(frame.data) as {
      text: { content: string };
      sessionWebhook: string;
      isInAtList: boolean;
    };
    expect(message.isInAtList).toBe(true);
    const text = { msgtype: "text", text: { content: `heard:${message.text.content.trim()}` } };
    void axios.post(message.sessionWebhook, text).then(({ data }) => {
      client.socketCallBackResponse(frame.headers.messageId, data);
    });
  });
  await client.connect();
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  await lin.say("hello", { group: sales });
  const answer = await lin.screen({ group: sales }).next();
  expect(answer).toMatchObject({ kind: "text", text: "heard:hello", state: "finished", from: sim.botId });
  const ack = sim.acks.find(({ data }) => data?.includes("errcode"));
  expect(ack).toMatchObject({ code: 200 });
});

test("its token opens the robot interfaces, and a card streams to its end", async () => {
  const sim = await simulator();
  const client = await connect(sim);
  await client.connect();
  const token = String(await client.getAccessToken());
  const lin = sim.user("Lin");
  const headers = { "x-acs-dingtalk-access-token": token, "content-type": "application/json" };
  const call = async (method: string, path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${sim.app.endpoints.api}${path}`, { method, headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  await call("POST", "/v1.0/robot/oToMessages/batchSend", {
    robotCode: sim.app.appKey,
    userIds: [lin.id],
    msgKey: "sampleText",
    msgParam: JSON.stringify({ content: "a word" }),
  });
  expect((await lin.screen().next()).text).toBe("a word");
  await call("POST", "/v1.0/card/instances/createAndDeliver", {
    cardTemplateId: "382e4302-551d-4880-bf29-a30acfab2e71.schema",
    outTrackId: "card-1",
    callbackType: "STREAM",
    cardData: { cardParamMap: { flowStatus: "1", msgContent: "" } },
    openSpaceId: `dtv1.card//IM_ROBOT.${lin.id}`,
    userIdType: 1,
    imRobotOpenSpaceModel: { supportForward: true },
    imRobotOpenDeliverModel: { spaceType: "IM_ROBOT", robotCode: sim.app.appKey },
  });
  const frame = { outTrackId: "card-1", key: "msgContent", isFull: true, isError: false };
  await call("PUT", "/v1.0/card/streaming", { ...frame, guid: "1", content: "half", isFinalize: false });
  await call("PUT", "/v1.0/card/streaming", { ...frame, guid: "2", content: "whole", isFinalize: true });
  expect(await lin.screen().next()).toMatchObject({ kind: "card", text: "whole", state: "finished" });
});

test("events are acknowledged with SUCCESS or asked for again with LATER", async () => {
  const sim = await simulator();
  const client = await connect(sim);
  let times = 0;
  client.registerAllEventListener(() => {
    times += 1;
    return { status: times === 1 ? EventAck.LATER : EventAck.SUCCESS };
  });
  client.registerCallbackListener(TOPIC_CARD, () => undefined);
  await client.connect();
  const pushed = sim.push({
    type: "EVENT",
    topic: "*",
    headers: { eventType: "user_add_org", eventId: "e1", eventBornTime: "1" },
    data: { userId: ["staff-009"] },
  });
  await vi.waitFor(() => expect(times).toBe(1));
  await sim.redeliver();
  expect((await pushed).data).toContain("SUCCESS");
  expect(times).toBe(2);
});

test("a press on a card reaches it, and its answer changes the card", async () => {
  const sim = await simulator();
  const client = await connect(sim);
  client.registerCallbackListener(TOPIC_CARD, (frame) => {
    const { content, userId } = JSON.parse(frame.data) as { readonly content: string; readonly userId: string };
    const { actionIds } = (JSON.parse(content) as { readonly cardPrivateData: { readonly actionIds: string[] } })
      .cardPrivateData;
    const cardParamMap = { msgContent: `${userId} chose ${String(actionIds[0])}` };
    const cardUpdateOptions = { updateCardDataByKey: true };
    client.socketCallBackResponse(frame.headers.messageId, { cardUpdateOptions, cardData: { cardParamMap } });
  });
  await client.connect();
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  const token = String(await client.getAccessToken());
  const buttons = { msgButtons: [{ id: "approve", text: "同意" }] };
  await fetch(`${sim.app.endpoints.api}/v1.0/card/instances/createAndDeliver`, {
    method: "POST",
    headers: { "x-acs-dingtalk-access-token": token, "content-type": "application/json" },
    body: JSON.stringify({
      cardTemplateId: "382e4302-551d-4880-bf29-a30acfab2e71.schema",
      outTrackId: "card-1",
      callbackType: "STREAM",
      cardData: { cardParamMap: { flowStatus: "3", msgContent: "?", sys_full_json_obj: JSON.stringify(buttons) } },
      openSpaceId: `dtv1.card//IM_GROUP.${sales.id}`,
      userIdType: 1,
      imGroupOpenDeliverModel: { robotCode: sim.app.appKey },
    }),
  });
  const card = await lin.screen({ group: sales }).next();
  await lin.press(card, card.buttons[0]?.id ?? "");
  expect(lin.screen({ group: sales }).messages[0]).toMatchObject({
    text: `${lin.id} chose approve`,
    state: "finished",
  });
});

test("it answers pings with what was in them", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const client = await connect(sim);
  client.registerCallbackListener(TOPIC_ROBOT, () => undefined);
  await client.connect();
  await clock.advance(30_000);
  await vi.waitFor(() => expect(sim.acks).toHaveLength(1));
  expect(sim.acks[0]).toMatchObject({ code: 200, data: expect.stringContaining('"opaque":"') as string });
});

test("what it does not confirm comes again, as the same message", async () => {
  const sim = await simulator();
  const client = await connect(sim);
  const heard: string[] = [];
  client.registerCallbackListener(TOPIC_ROBOT, (frame) => {
    heard.push((JSON.parse(frame.data) as { readonly msgId: string }).msgId);
    if (heard.length > 1) client.socketCallBackResponse(frame.headers.messageId, null);
  });
  await client.connect();
  const said = sim.user("Lin").say("hello");
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  await sim.redeliver();
  await said;
  expect(new Set(heard).size).toBe(1);
  expect(heard).toHaveLength(2);
});

test("after an announced end it connects again, and hears what was said meanwhile", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const client = await connect(sim);
  const heard: string[] = [];
  client.registerCallbackListener(TOPIC_ROBOT, (frame) => {
    heard.push((JSON.parse(frame.data) as { readonly text: { readonly content: string } }).text.content);
    client.socketCallBackResponse(frame.headers.messageId, null);
  });
  await client.connect();
  sim.disconnect();
  const said = sim.user("Lin").say("into the gap");
  await clock.advance(10_000); // the platform closes; the client waits a second of its own before it opens again
  await said;
  expect(heard).toEqual(["into the gap"]);
  expect(sim.calls.filter(({ name }) => name === "gateway/connections/open")).toHaveLength(2);
});

test("wrong credentials get no ticket", async () => {
  const sim = await simulator();
  await connect(sim);
  const opening = fetch(`${sim.app.endpoints.api}/v1.0/gateway/connections/open`, {
    method: "POST",
    body: JSON.stringify({
      clientId: sim.app.appKey,
      clientSecret: "wrong",
      subscriptions: [{ type: "EVENT", topic: "*" }],
    }),
  });
  expect((await opening).status).toBe(401);
});
