/** Tokens, session webhooks, robot interfaces, reactions and quotas of the simulated platform. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDingTalkSimulator, type DingTalkSimulator, fakeClock, type FakeClock } from "../../src/index.ts";
import { type Answered, call, dataOf, listen, tokenOf } from "./client.ts";

let clock: FakeClock;
let sim: DingTalkSimulator;
let token: string;
beforeEach(async () => {
  clock = fakeClock();
  sim = await createDingTalkSimulator({ clock });
  token = await tokenOf(sim.app);
});
afterEach(() => sim.close());

const post = (path: string, body: unknown): Promise<Answered> => call(sim.app, { path, body, token });
const text = (content: string): object => ({
  robotCode: sim.app.appKey,
  msgKey: "sampleText",
  msgParam: JSON.stringify({ content }),
});
const toUsers = (userIds: readonly string[], content = "hello"): Promise<Answered> =>
  post("/v1.0/robot/oToMessages/batchSend", { ...text(content), userIds });
const toGroup = (openConversationId: string, body = text("hello")): Promise<Answered> =>
  post("/v1.0/robot/groupMessages/send", { ...body, openConversationId });

describe("access token", () => {
  const fetchToken = (): Promise<Answered> => call(sim.app, { path: "/v1.0/oauth2/accessToken", body: sim.app });

  test("is the same one while it lives, with what is left of its life", async () => {
    await clock.advance(7_000_000);
    expect((await fetchToken()).json).toEqual({ accessToken: token, expireIn: 200 });
    await clock.advance(200_000);
    const { json } = await fetchToken();
    expect(json["accessToken"]).not.toBe(token);
    expect(json["expireIn"]).toBe(7_200);
  });

  test("an old or revoked one opens nothing", async () => {
    const lin = sim.user("Lin");
    expect((await toUsers([lin.id])).status).toBe(200);
    sim.revokeTokens();
    expect(await toUsers([lin.id])).toMatchObject({ status: 401, json: { code: "InvalidAuthentication" } });
    token = await tokenOf(sim.app);
    await clock.advance(7_200_000);
    expect((await toUsers([lin.id])).status).toBe(401);
  });

  test("wrong credentials; the old form answers 200", async () => {
    const wrong = { appKey: sim.app.appKey, appSecret: "wrong" };
    expect((await call(sim.app, { path: "/v1.0/oauth2/accessToken", body: wrong })).status).toBe(400);
    const { appKey, appSecret } = sim.app;
    const old = await call(sim.app, { method: "GET", path: `/gettoken?appkey=${appKey}&appsecret=${appSecret}` });
    expect(old.json).toMatchObject({ errcode: 0, access_token: token });
    expect((await call(sim.app, { method: "GET", path: `/gettoken?appkey=${appKey}&appsecret=x` })).json).toMatchObject(
      {
        errcode: 40_089,
      },
    );
  });
});

describe("session webhook", () => {
  const lin = (): ReturnType<DingTalkSimulator["user"]> => sim.user("Lin");
  const webhookOf = async (person: ReturnType<DingTalkSimulator["user"]>): Promise<string> => {
    const link = await listen(sim.app);
    await person.say("hello");
    return String(dataOf(await link.frame(0))["sessionWebhook"]);
  };
  const reply = (path: string, body: unknown): Promise<Answered> => call(sim.app, { path, body });
  const word = { msgtype: "text", text: { content: "a word" } };

  test("needs no token, and shows the text to whoever wrote", async () => {
    const person = lin();
    const path = await webhookOf(person);
    expect((await reply(path, word)).json).toEqual({ errcode: 0, errmsg: "ok" });
    await reply(path, { msgtype: "markdown", markdown: { title: "t", text: "> a<br>b\n\nc  \nd" } });
    const shown = person.screen().messages.slice(1);
    expect(shown).toMatchObject([
      { kind: "text", text: "a word", from: sim.botId, state: "finished" },
      { kind: "markdown", text: "> a\n> b\n\nc\nd" },
    ]);
  });

  test("is valid for 90 minutes, and an unknown one never", async () => {
    const path = await webhookOf(lin());
    await clock.advance(5_399_999);
    expect((await reply(path, word)).json["errcode"]).toBe(0);
    await clock.advance(1);
    const made = `${sim.app.endpoints.oapi}/robot/sendBySession?session=made-up`;
    for (const refused of [path, made])
      expect(await reply(refused, word)).toMatchObject({ status: 200, json: { errcode: 300_001 } });
  });

  test("refuses files, unknown types, markdown without a title, nonsense, and more than 20,000 bytes", async () => {
    const path = await webhookOf(lin());
    const bodies: readonly (readonly [number, object])[] = [
      [401_102, { msgtype: "file", file: { media_id: "@m1" } }],
      [400_105, { msgtype: "hologram" }],
      [40_035, { msgtype: "markdown", markdown: { text: "no title" } }],
      [460_101, { msgtype: "text", text: { content: "字".repeat(7_000) } }],
    ];
    for (const [errcode, body] of bodies) expect((await reply(path, body)).json["errcode"]).toBe(errcode);
    const plain = await fetch(path, { method: "POST", body: JSON.stringify(word) });
    expect(await plain.json()).toMatchObject({ errcode: 43_004 });
  });
});

describe("robot interfaces", () => {
  test("up to twenty people in one call, each in their own chat; strangers are listed", async () => {
    const people = Array.from({ length: 20 }, (_, n) => sim.user(`person ${n}`));
    const { json } = await toUsers(people.map(({ id }) => id));
    expect(json).toMatchObject({ invalidStaffIdList: [], flowControlledStaffIdList: [] });
    for (const person of people) expect((await person.screen().next()).text).toBe("hello");
    expect((await toUsers([people[0]?.id ?? "", "staff-404"])).json).toMatchObject({
      invalidStaffIdList: ["staff-404"],
    });
    expect((await toUsers(Array.from({ length: 21 }, () => "staff-001"))).json).toMatchObject({
      code: "invalidParameter.userIds.overMax",
    });
    expect((await toUsers([])).json).toMatchObject({ code: "invalidParameter.userIds.empty" });
  });

  test("groups by their id; everybody there sees it", async () => {
    const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
    const sales = sim.group("Sales", [lin, wang], { id: "cidSales==" });
    expect((await toGroup(sales.id)).json["processQueryKey"]).toMatch(/^pqk/);
    for (const person of [lin, wang]) expect((await person.screen({ group: sales }).next()).text).toBe("hello");
    expect((await toGroup("cidNowhere==")).json).toMatchObject({ code: "invalidParameter.openConversationId.invalid" });
  });

  test("what is wrong with a message is told by its code", async () => {
    const { id } = sim.group("Sales", []);
    const wrong: readonly (readonly [string, object])[] = [
      ["invalidParameter.robotCode.empty", { ...text("x"), robotCode: "" }],
      ["invalidParameter.robotCode.auth", { ...text("x"), robotCode: "another" }],
      ["invalidParameter.msgKey.invalid", { ...text("x"), msgKey: "unheardOf" }],
      ["invalidParameter.msgParam.invalid", { ...text("x"), msgParam: { content: "not JSON text" } }],
      ["invalidParameter.msgParam.invalid", text("字".repeat(6_000))],
    ];
    for (const [code, body] of wrong) expect(await toGroup(id, body)).toMatchObject({ status: 400, json: { code } });
  });

  test("recall takes back what one call has sent, and names what is not there", async () => {
    const people = [sim.user("Lin"), sim.user("Wang")];
    const { json } = await toUsers(people.map(({ id }) => id));
    const body = { robotCode: sim.app.appKey, processQueryKeys: [json["processQueryKey"], "pqk-gone"] };
    expect((await post("/v1.0/robot/otoMessages/batchRecall", body)).json).toEqual({
      successResult: [json["processQueryKey"]],
      failedResult: { "pqk-gone": "message not exist" },
    });
    for (const person of people)
      expect(person.screen().messages[0]).toMatchObject({ text: "hello", state: "recalled" });
  });

  describe("who has read a message", () => {
    const robotCode = (): string => sim.app.appKey;
    const status = (processQueryKey: unknown, code = robotCode()): Promise<Answered> => {
      const query = new URLSearchParams({ robotCode: code, processQueryKey: String(processQueryKey) });
      return call(sim.app, { path: `/v1.0/robot/oToMessages/readStatus?${query.toString()}`, method: "GET", token });
    };

    test("of people: everybody, with the time of those who have opened the chat", async () => {
      const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
      const { json } = await toUsers([lin.id, wang.id]);
      sim.read(lin);
      const readTimestamp = clock.now();
      await clock.advance(5_000);
      sim.read(lin);
      expect((await status(json["processQueryKey"])).json).toEqual({
        sendStatus: "SUCCESS",
        messageReadInfoList: [
          { name: "Lin", userId: lin.id, readStatus: "READ", readTimestamp },
          { name: "Wang", userId: wang.id, readStatus: "UNREAD" },
        ],
      });
    });

    test("of a group: those who have read it, page by page", async () => {
      const people = ["a", "b", "c"].map((name) => sim.user(name));
      const group = sim.group("Sales", people);
      const { json } = await toGroup(group.id);
      const ask = async (more: object = {}): Promise<Readonly<Record<string, unknown>>> => {
        const asked = { robotCode: robotCode(), openConversationId: group.id, ...json, ...more };
        return (await post("/v1.0/robot/groupMessages/query", asked)).json;
      };
      expect(await ask()).toEqual({ sendStatus: "SUCCESS", readUserIds: [], hasMore: false });
      for (const person of people) sim.read(person, { group });
      const first = await ask({ maxResults: 2 });
      expect(first).toMatchObject({ readUserIds: [people[0]?.id, people[1]?.id], hasMore: true });
      expect(await ask({ maxResults: 2, nextToken: first["nextToken"] })).toMatchObject({
        readUserIds: [people[2]?.id],
        hasMore: false,
      });
      expect(await ask({ maxResults: 201 })).toMatchObject({ code: "invalidParameter.pageSize.invalid" });
      expect(await ask({ openConversationId: "cidOther" })).toMatchObject({
        code: expect.stringContaining("openConv"),
      });
    });

    test("for 24 hours, by the robot that has sent it", async () => {
      const { json } = await toUsers([sim.user("Lin").id]);
      const key = json["processQueryKey"];
      expect((await status("pqk-gone")).json).toMatchObject({ code: "invalid.processQueryKey" });
      expect((await status(key, "dingOther")).json).toMatchObject({ code: "invalidParameter.robotCode.invalid" });
      await clock.advance(7_200_000);
      token = await tokenOf(sim.app);
      expect((await status(key)).status).toBe(200);
      await clock.advance(86_400_000);
      token = await tokenOf(sim.app);
      expect((await status(key)).json).toMatchObject({ code: "processQueryKey.expireTime" });
    });
  });

  test("reactions are put on and taken off by name", async () => {
    const emotion = { robotCode: sim.app.appKey, openMsgId: "m1", openConversationId: "cid", emotionName: "🤔" };
    await post("/v1.0/robot/emotion/reply", emotion);
    expect(sim.reactions("m1")).toEqual(["🤔"]);
    await post("/v1.0/robot/emotion/recall", { ...emotion, emotionName: "another" });
    expect(sim.reactions("m1")).toEqual(["🤔"]);
    await post("/v1.0/robot/emotion/recall", emotion);
    expect(sim.reactions("m1")).toEqual([]);
  });

  test("what it does not know is 404", async () => {
    expect((await post("/v1.0/robot/unheardOf", {})).status).toBe(404);
  });
});

describe("quotas", () => {
  test("20 calls a second per interface; what is too many is not executed, and stands before permissions", async () => {
    const sales = sim.group("Sales", []);
    const answers = await Promise.all(Array.from({ length: 25 }, () => toGroup(sales.id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.at(-1)).toMatchObject({
      status: 403,
      json: { code: "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi" },
    });
    expect(sim.user("Lin").screen({ group: sales }).messages).toHaveLength(20);
    expect((await toUsers([sim.user("Wang").id])).status).toBe(200); // another interface
    await clock.advance(1_000);
    expect((await toGroup(sales.id)).status).toBe(200);
  });

  test("calls a month; tokens are not counted", async () => {
    sim.quota({ perMonth: 2 });
    const { id } = sim.user("Lin");
    for (const status of [200, 200, 403]) expect((await toUsers([id])).status).toBe(status);
    expect((await toUsers([id])).json).toMatchObject({ code: "Forbidden.AccessDenied.ApiCountLimitForOrg" });
    expect(await tokenOf(sim.app)).toBe(token);
  });

  test("flow control holds back messages to one person, under status 200", async () => {
    sim.quota({ perPerson: 1 });
    const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
    await toUsers([lin.id]);
    expect((await toUsers([lin.id, wang.id], "second")).json).toMatchObject({ flowControlledStaffIdList: [lin.id] });
    expect(lin.screen().messages.map(({ text: shown }) => shown)).toEqual(["hello"]);
    expect((await wang.screen().next()).text).toBe("second");
    await clock.advance(60_000);
    expect((await toUsers([lin.id])).json).toMatchObject({ flowControlledStaffIdList: [] });
  });

  test("each app has its own", async () => {
    sim.quota({ perSecond: 1 });
    const other = sim.bot("other");
    const { id } = sim.user("Lin");
    expect((await toUsers([id])).status).toBe(200);
    const body = { ...text("x"), robotCode: other.app.appKey, userIds: [id] };
    const path = "/v1.0/robot/oToMessages/batchSend";
    expect((await call(other.app, { path, body, token: await tokenOf(other.app) })).status).toBe(200);
  });
});

test("calls are recorded with their times and statuses", async () => {
  await toGroup("cidNowhere==");
  expect(sim.calls).toMatchObject([
    { name: "oauth2/accessToken", at: clock.now(), status: 200 },
    { name: "robot/groupMessages/send", at: clock.now(), status: 400 },
  ]);
});
