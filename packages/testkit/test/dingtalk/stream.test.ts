/** Stream Mode from the platform's side: tickets, pings, the announced end, acknowledgements and redelivery. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDingTalkSimulator, type DingTalkSimulator, fakeClock, type FakeClock } from "../../src/index.ts";
import { call, connect, dataOf, listen, MESSAGES, open, until } from "./client.ts";

let clock: FakeClock;
let sim: DingTalkSimulator;
beforeEach(async () => {
  clock = fakeClock();
  sim = await createDingTalkSimulator({ clock });
});
afterEach(() => sim.close());

const OPEN = "/v1.0/gateway/connections/open";

describe("the open call", () => {
  test("gives an address and a ticket, another one each time", async () => {
    const [one, two] = [await open(sim.app), await open(sim.app)];
    expect(one.status).toBe(200);
    expect(one.json["endpoint"]).toBe(`${sim.app.endpoints.api.replace("http", "ws")}/connect`);
    expect(one.json["ticket"]).not.toBe(two.json["ticket"]);
  });

  test("401 for wrong credentials, 400 without subscriptions, 403 by an address list", async () => {
    expect((await open({ ...sim.app, appSecret: "wrong" })).status).toBe(401);
    expect((await open({ ...sim.app, appKey: "nobody" })).status).toBe(401);
    expect((await open(sim.app, [])).status).toBe(400);
    using _listed = sim.fault({
      kind: "platformError",
      code: "Forbidden.AccessDenied.IpNotInWhiteList",
      on: "connections/open",
    });
    expect(await open(sim.app)).toMatchObject({
      status: 403,
      json: { code: "Forbidden.AccessDenied.IpNotInWhiteList" },
    });
  });

  test("is XML for who does not ask for JSON", async () => {
    const { appKey: clientId, appSecret: clientSecret } = sim.app;
    const subscriptions = [{ type: "CALLBACK", topic: MESSAGES }];
    const body = JSON.stringify({ clientId, clientSecret, subscriptions });
    const answer = await fetch(`${sim.app.endpoints.api}${OPEN}`, { method: "POST", body });
    expect(answer.headers.get("content-type")).toContain("xml");
    expect(await answer.text()).toMatch(/^</);
  });
});

describe("the ticket", () => {
  const knock = async (ticket: string): Promise<boolean> => {
    const { WebSocket } = await import("ws");
    const ws = new WebSocket(`${sim.app.endpoints.api.replace("http", "ws")}/connect?ticket=${ticket}`);
    return new Promise((resolve) => {
      ws.on("open", () => resolve(true));
      ws.on("error", () => resolve(false));
    });
  };

  test("serves once", async () => {
    const ticket = String((await open(sim.app)).json["ticket"]);
    expect([await knock(ticket), await knock(ticket), await knock("made-up")]).toEqual([true, false, false]);
    expect(sim.connections()).toBe(1);
  });

  test("lives for 90 seconds", async () => {
    const [young, old] = [await open(sim.app), await open(sim.app)].map(({ json }) => String(json["ticket"]));
    await clock.advance(89_999);
    expect(await knock(young ?? "")).toBe(true);
    await clock.advance(1);
    expect(await knock(old ?? "")).toBe(false);
  });
});

describe("the connection", () => {
  test("is pinged every 30 seconds, with something to send back", async () => {
    const link = await connect(sim.app);
    await clock.advance(60_000);
    await until(() => link.frames.length === 2, "two pings have come");
    expect(link.frames.map(({ type, headers }) => [type, headers["topic"]])).toEqual([
      ["SYSTEM", "ping"],
      ["SYSTEM", "ping"],
    ]);
    const opaque = link.frames.map((frame) => dataOf(frame)["opaque"]);
    expect(new Set(opaque).size).toBe(2);
    for (const frame of link.frames) link.ack(frame, dataOf(frame));
    await until(() => sim.acks.length === 2, "the answers are recorded");
    expect(sim.acks.map(({ data }) => JSON.parse(data ?? "{}") as unknown)).toEqual(
      opaque.map((one) => ({ opaque: one })),
    );
  });

  test("answers pings of the protocol below, until it is half open", async () => {
    const link = await connect(sim.app);
    let pongs = 0;
    link.ws.on("pong", () => (pongs += 1));
    link.ws.ping();
    await until(() => pongs === 1, "the pong has come");
    using _half = sim.fault({ kind: "halfOpen" });
    link.ws.ping();
    const other = await connect(sim.app); // a connection made later is a healthy one
    other.ws.ping();
    await new Promise((resolve) => other.ws.once("pong", resolve));
    expect([pongs, sim.connections()]).toEqual([1, 2]);
  });

  test("announces its end, is silent then, and closes after 10 seconds", async () => {
    const link = await connect(sim.app);
    sim.disconnect();
    const frame = await link.frame(0);
    expect(frame).toMatchObject({ type: "SYSTEM", headers: { topic: "disconnect" } });
    expect(dataOf(frame)).toEqual({ reason: "connection is expired" });
    void sim
      .user("Lin")
      .say("into the gap")
      .catch(() => "the simulator is closed");
    await clock.advance(9_999);
    expect([link.frames.length, sim.connections()]).toEqual([1, 1]);
    await clock.advance(1);
    expect(await link.closed).toBe(1000);
    const next = await connect(sim.app);
    expect(dataOf(await next.frame(0))["text"]).toEqual({ content: "into the gap" });
  });

  test("one of several is chosen for each message; another app has its own", async () => {
    const other = sim.bot("other");
    const links = [await listen(sim.app), await listen(sim.app)];
    const foreign = await listen(other.app);
    const lin = sim.user("Lin");
    for (let n = 0; n < 40; n += 1) await lin.say(`message ${n}`);
    const counts = links.map(({ frames }) => frames.length);
    expect(counts.every((count) => count > 0)).toBe(true);
    expect(counts[0]! + counts[1]!).toBe(40);
    expect(foreign.frames).toEqual([]);
    await lin.say("to the other", { bot: other });
    expect(foreign.frames).toHaveLength(1);
    expect([sim.connections(), sim.connections(other)]).toEqual([3, 1]);
    sim.disconnect(other);
    await until(() => foreign.frames.length === 2, "only that app is told");
    expect(links.every(({ frames }) => frames.every(({ type }) => type === "CALLBACK"))).toBe(true);
  });

  test("carries only what was subscribed", async () => {
    const link = await connect(sim.app, ["/v1.0/card/instances/callback"]);
    void sim
      .user("Lin")
      .say("unheard")
      .catch(() => "the simulator is closed");
    await clock.advance(1_000);
    expect(link.frames).toEqual([]);
  });
});

describe("acknowledgement and redelivery", () => {
  const saying = (text: string): { readonly done: () => boolean } => {
    let done = false;
    void sim
      .user("Lin")
      .say(text)
      .then(() => (done = true));
    return { done: () => done };
  };

  test("what is not confirmed comes again after 60 seconds, under a new id and with the same msgId", async () => {
    const link = await connect(sim.app);
    const said = saying("hello");
    const first = await link.frame(0);
    await clock.advance(60_000);
    const second = await link.frame(1);
    expect(second.headers["messageId"]).not.toBe(first.headers["messageId"]);
    expect(dataOf(second)["msgId"]).toBe(dataOf(first)["msgId"]);
    expect(said.done()).toBe(false);
    link.ack(second);
    await until(said.done, "the person is told");
    await clock.advance(120_000);
    expect(link.frames.filter(({ headers }) => headers["topic"] !== "ping")).toHaveLength(2);
  });

  test("redeliver: now, without waiting", async () => {
    const link = await connect(sim.app);
    const said = saying("hello");
    await link.frame(0);
    const again = sim.redeliver();
    link.ack(await link.frame(1));
    await again;
    await until(said.done, "the person is told");
  });

  test("assume: bot messages that are not confirmed never come again, events do", async () => {
    await using other = await createDingTalkSimulator({ clock, assume: { redeliversMessages: false } });
    const link = await connect(other.app, [MESSAGES, "*"]);
    void other
      .user("Lin")
      .say("once")
      .catch(() => "the simulator is closed");
    await link.frame(0);
    const headers = { eventType: "user_add_org", eventId: "e1" };
    const pushed = other.push({ type: "EVENT", topic: "*", headers, data: { userId: ["staff-009"] } });
    const event = await link.frame(1);
    expect(event.headers).toMatchObject({ ...headers, topic: "*" });
    link.ack(event, { status: "LATER" });
    await clock.advance(60_000);
    const again = await link.frame(2);
    expect(again.type).toBe("EVENT");
    link.ack(again, { status: "SUCCESS" });
    expect((await pushed).code).toBe(200);
    expect(link.frames.filter(({ type }) => type === "CALLBACK")).toHaveLength(1);
  });

  test("said while nobody listens: it comes with the first connection", async () => {
    const said = sim.user("Lin").say("early");
    const link = await connect(sim.app);
    link.ack(await link.frame(0));
    await said;
  });

  test("every acknowledgement is kept, oldest first, refusals too", async () => {
    const link = await connect(sim.app);
    for (const code of [200, 404]) {
      const pushed = sim.push({ type: "CALLBACK", topic: MESSAGES, data: {} });
      link.ack(await link.frame(code === 200 ? 0 : 1), {}, code);
      await pushed;
    }
    expect(sim.acks.map(({ code }) => code)).toEqual([200, 404]);
  });
});

describe("what people say", () => {
  test("the body of a direct message, and of one from outside", async () => {
    const link = await listen(sim.app);
    const lin = sim.user("Lin");
    await lin.say("hello");
    const body = dataOf(await link.frame(0));
    expect(body).toMatchObject({
      conversationType: "1",
      senderNick: "Lin",
      senderStaffId: lin.id,
      createAt: clock.now(),
      robotCode: sim.app.appKey,
      msgtype: "text",
      text: { content: "hello" },
      sessionWebhookExpiredTime: clock.now() + 5_400_000,
    });
    await sim.user("Guest", { isExternal: true }).say("hello");
    expect(dataOf(await link.frame(1))["senderStaffId"]).toBeUndefined();
  });

  test("in a group: the mention leaves a blank; without one nothing arrives", async () => {
    const link = await listen(sim.app);
    const lin = sim.user("Lin");
    const sales = sim.group("Sales", [lin]);
    await lin.say("unheard", { group: sales, mention: false });
    await lin.say("heard", { group: sales });
    expect(link.frames).toHaveLength(1);
    expect(dataOf(await link.frame(0))).toMatchObject({
      conversationType: "2",
      conversationId: sales.id,
      conversationTitle: "Sales",
      isInAtList: true,
      text: { content: " heard" },
    });
    expect(lin.screen({ group: sales }).messages.map(({ text }) => text)).toEqual(["unheard", "heard"]);
  });

  test("two bots mentioned: one message, the same msgId for both", async () => {
    const second = sim.bot("second");
    const links = [await listen(sim.app), await listen(second.app)];
    const lin = sim.user("Lin");
    const sales = sim.group("Sales", [lin]);
    await lin.say("you two", { group: sales, mention: [{ id: sim.botId }, second] });
    const bodies = await Promise.all(links.map(async (link) => dataOf(await link.frame(0))));
    expect(new Set(bodies.map(({ msgId }) => msgId)).size).toBe(1);
    expect(new Set(bodies.map(({ robotCode }) => robotCode)).size).toBe(2);
    expect(bodies.map(({ atUsers }) => (atUsers as unknown[]).length)).toEqual([2, 2]);
    expect(lin.screen({ group: sales }).messages).toHaveLength(1);
  });

  test("files by their type; in a group only pictures, as a rich text", async () => {
    const link = await listen(sim.app);
    const lin = sim.user("Lin");
    const sales = sim.group("Sales", [lin]);
    const types = ["image/png", "audio/amr", "video/mp4", "application/pdf"];
    for (const type of types) await lin.sendFile(new File(["bytes"], "a file", { type }));
    for (const type of types) await lin.sendFile(new File(["bytes"], "a file", { type }), { group: sales });
    expect(link.frames.map((frame) => dataOf(frame)["msgtype"])).toEqual([
      "picture",
      "audio",
      "video",
      "file",
      "richText",
    ]);
    const { downloadCode } = dataOf(await link.frame(3))["content"] as { readonly downloadCode: string };
    const { json: token } = await call(sim.app, { path: "/v1.0/oauth2/accessToken", body: sim.app });
    const path = "/v1.0/robot/messageFiles/download";
    const body = { downloadCode, robotCode: sim.app.appKey };
    const { json } = await call(sim.app, { path, body, token: String(token["accessToken"]) });
    expect(await (await fetch(String(json["downloadUrl"]))).text()).toBe("bytes");
  });

  test("answers to a message quote it: texts by their words, cards by their key, files by their id", async () => {
    const link = await listen(sim.app);
    const lin = sim.user("Lin");
    await lin.say("first");
    await lin.sendFile(new File(["bytes"], "a.pdf"));
    for (const quote of lin.screen().messages) await lin.say("about that", { quote });
    const quoted = [2, 3].map(async (n) => dataOf(await link.frame(n)));
    const [text, file] = await Promise.all(quoted);
    const first = dataOf(await link.frame(0))["msgId"];
    expect(text).toMatchObject({
      originalMsgId: first,
      text: { isReplyMsg: true, repliedMsg: { msgType: "text", msgId: first, content: { text: "first" } } },
    });
    expect(file).toMatchObject({ text: { repliedMsg: { msgType: "unknownMsgType" } } });
  });
});
