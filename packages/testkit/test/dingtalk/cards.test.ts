/** Card instances: created once, set by key or anew, streamed until finalised, pressed. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDingTalkSimulator, type DingTalkSimulator, type SimulatedUser } from "../../src/index.ts";
import { type Answered, call, CARDS, dataOf, listen, connect, tokenOf } from "./client.ts";

const TEMPLATE = "382e4302-551d-4880-bf29-a30acfab2e71.schema";
let sim: DingTalkSimulator;
let token: string;
let lin: SimulatedUser;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  token = await tokenOf(sim.app);
  lin = sim.user("Lin");
});
afterEach(() => sim.close());

const ask = (method: string, path: string, body: unknown): Promise<Answered> =>
  call(sim.app, { method, path: `/v1.0/card/${path}`, body, token });

const cardFor = (over: Readonly<Record<string, unknown>> = {}): object => ({
  cardTemplateId: TEMPLATE,
  outTrackId: "card-1",
  callbackType: "STREAM",
  cardData: { cardParamMap: { msgContent: "", flowStatus: "1" } },
  openSpaceId: `dtv1.card//IM_ROBOT.${lin.id}`,
  userIdType: 1,
  imRobotOpenDeliverModel: { spaceType: "IM_ROBOT", robotCode: sim.app.appKey },
  imGroupOpenDeliverModel: { robotCode: sim.app.appKey },
  ...over,
});
const create = (over?: Readonly<Record<string, unknown>>): Promise<Answered> =>
  ask("POST", "instances/createAndDeliver", cardFor(over));
const frame = (content: string, over: Readonly<Record<string, unknown>> = {}): Promise<Answered> =>
  ask("PUT", "streaming", {
    outTrackId: "card-1",
    guid: `guid ${content}`,
    key: "msgContent",
    content,
    isFull: true,
    isFinalize: false,
    isError: false,
    ...over,
  });
const set = (
  cardParamMap: object,
  over: object = { cardUpdateOptions: { updateCardDataByKey: true } },
): Promise<Answered> => ask("PUT", "instances", { outTrackId: "card-1", cardData: { cardParamMap }, ...over });
const shown = (): object => lin.screen().messages.at(-1) ?? {};

describe("create and deliver", () => {
  test("shows a card that grows, and names its key", async () => {
    const { json } = await create();
    expect(json).toMatchObject({
      success: true,
      result: { outTrackId: "card-1", deliverResults: [{ success: true, carrierId: "carrier-card-1" }] },
    });
    expect(shown()).toMatchObject({ id: "card-1", kind: "card", state: "growing", text: "", history: [] });
  });

  test.each([true, false])("a second time with the same id there is still one card (refused: %s)", async (refused) => {
    await using other = await createDingTalkSimulator({ assume: { repeatedCardIsRefused: refused } });
    const person = other.user("Lin");
    const request = {
      path: "/v1.0/card/instances/createAndDeliver",
      body: {
        ...cardFor({ openSpaceId: `dtv1.card//IM_ROBOT.${person.id}` }),
        imRobotOpenDeliverModel: { spaceType: "IM_ROBOT" },
      },
      token: await tokenOf(other.app),
    };
    await call(other.app, request);
    const second = await call(other.app, request);
    expect([second.status, second.json["code"]]).toEqual(refused ? [400, "param.cardAlreadyExist"] : [200, undefined]);
    expect(person.screen().messages).toHaveLength(1);
  });

  test.each([
    ["param.templateNotExist", { cardTemplateId: "unknown.schema" }],
    ["param.cardDataInvalid", { cardData: { cardParamMap: { msgContent: 1 } } }],
    ["param.openSpaceIdInvalid", { openSpaceId: "dtv1.card//ONE_BOX.x" }],
    ["param.openDeliverModelError", { imRobotOpenDeliverModel: {} }],
    ["param.stream.outTrackId", { outTrackId: "" }],
  ])("%s", async (code, over) => {
    expect(await create(over)).toMatchObject({ status: 400, json: { code } });
    expect(lin.screen().messages).toEqual([]);
  });

  test.each([
    ["without userIdType", { userIdType: undefined }],
    ["to a group that is not there", { openSpaceId: "dtv1.card//IM_GROUP.cidNowhere==" }],
    ["to a person who is not there", { openSpaceId: "dtv1.card//IM_ROBOT.staff-404" }],
  ])("%s: 200, and delivered to nobody", async (_, over) => {
    expect(await create(over)).toMatchObject({
      status: 200,
      json: { success: true, result: { deliverResults: [{ success: false }] } },
    });
    expect(lin.screen().messages).toEqual([]);
  });
});

describe("streaming", () => {
  test("each frame replaces the text, the last one ends it, and none is taken afterwards", async () => {
    await create();
    for (const text of ["Hel", "Hello"]) expect((await frame(text)).json).toEqual({ success: true, result: true });
    await frame("Hello, you", { isFinalize: true });
    expect(await lin.screen().next()).toMatchObject({
      text: "Hello, you",
      state: "finished",
      history: ["Hel", "Hello", "Hello, you"],
    });
    expect(await frame("more")).toMatchObject({ status: 400, json: { code: "param.stream.finalized" } });
  });

  test("a guid that was taken is taken again without effect, also after the end", async () => {
    await create();
    await frame("first");
    await frame("second", { isFinalize: true });
    expect((await frame("changed", { guid: "guid first" })).status).toBe(200);
    expect(shown()).toMatchObject({ text: "second", history: ["first", "second"] });
  });

  test("a frame that says error ends it as failed", async () => {
    await create();
    await frame("sorry", { isFinalize: true, isError: true });
    expect(await lin.screen().next()).toMatchObject({ state: "failed", text: "sorry" });
  });

  test.each([
    [400, "param.stream.outTrackId", { outTrackId: "unknown" }],
    [400, "param.stream.keyEmpty", { key: "" }],
    [400, "param.stream.guidEmpty", { guid: "" }],
    [400, "param.stream.contentEmpty", { content: "" }],
    [400, "param.stream.isFull", { isFull: false }],
    [500, "unknownError", { key: "content" }],
    [400, "param.stream.content", { content: "字".repeat(10_001) }],
  ])("%i %s", async (status, code, over) => {
    await create();
    expect(await frame("x", over)).toMatchObject({ status, json: { code } });
  });

  test("a card that was not created for streaming takes no frames", async () => {
    await create({ callbackType: "HTTP" });
    expect(await frame("x")).toMatchObject({ status: 500, json: { code: "unknownError" } });
  });

  test("own templates have their own variable, once they are known", async () => {
    const over = { cardTemplateId: "own.schema" };
    expect((await create(over)).status).toBe(400);
    sim.template("own.schema", "content");
    await create(over);
    await frame("mine", { key: "content", isFinalize: true });
    expect((await lin.screen().next()).text).toBe("mine");
  });
});

describe("variables", () => {
  test("by key only those change; flowStatus is the state", async () => {
    await create();
    await frame("text");
    await set({ flowStatus: "3" });
    expect(await lin.screen().next()).toMatchObject({ text: "text", state: "finished" });
    await set({ flowStatus: "5" });
    expect(shown()).toMatchObject({ state: "failed" });
  });

  test("without the option the whole map is replaced", async () => {
    await create();
    await frame("text");
    await set({ flowStatus: "2" }, {});
    expect(shown()).toMatchObject({ text: "", state: "growing", history: ["text"] });
  });

  test("no such card; and another app's card is none", async () => {
    expect(await set({})).toMatchObject({ status: 400, json: { code: "param.cardNotExist" } });
    await create();
    const other = sim.bot("other");
    const request = { method: "PUT", path: "/v1.0/card/instances", body: { outTrackId: "card-1" } };
    expect((await call(other.app, { ...request, token: await tokenOf(other.app) })).json).toMatchObject({
      code: "param.cardNotExist",
    });
  });

  test("a card is recalled by its carrierId", async () => {
    await create();
    const body = { robotCode: sim.app.appKey, processQueryKeys: ["carrier-card-1"] };
    await call(sim.app, { path: "/v1.0/robot/otoMessages/batchRecall", body, token });
    expect(shown()).toMatchObject({ state: "recalled" });
  });
});

describe("presses", () => {
  const buttons = JSON.stringify({ msgButtons: [{ id: "approve", text: "同意" }, { text: "拒绝" }] });

  test("buttons are seen, a press reaches the bot, and its answer changes the card", async () => {
    const link = await connect(sim.app, [CARDS]);
    await create();
    await set({ msgContent: "请选择", flowStatus: "3", sys_full_json_obj: buttons });
    const card = await lin.screen().next();
    expect(card.buttons).toEqual([
      { id: "approve", label: "同意" },
      { id: "拒绝", label: "拒绝" },
    ]);
    const pressing = lin.press(card, "approve", { reason: "好" });
    const pressed = await link.frame(0);
    expect(dataOf(pressed)).toMatchObject({ type: "actionCallback", outTrackId: "card-1", userId: lin.id });
    expect(JSON.parse(String(dataOf(pressed)["content"]))).toEqual({
      cardPrivateData: { actionIds: ["approve"], params: { reason: "好" } },
    });
    const cardData = { cardParamMap: { msgContent: "已同意" } };
    link.ack(pressed, { response: { cardData, cardUpdateOptions: { updateCardDataByKey: true } } });
    await pressing;
    expect(shown()).toMatchObject({ text: "已同意", state: "finished" });
  });

  test("an answer without an update changes nothing", async () => {
    await listen(sim.app);
    await create();
    await frame("done", { isFinalize: true });
    const card = await lin.screen().next();
    await lin.press(card, "approve");
    expect(shown()).toMatchObject({ text: "done", history: ["done"] });
    await expect(lin.press({ ...card, id: "unknown" }, "approve")).rejects.toThrow("no card unknown");
  });
});

describe("markdown with buttons", () => {
  const buttons = JSON.stringify({ msgButtons: [{ text: "Yes", id: "yes" }] });
  const BUTTONS = "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema";
  const show = (over: object = {}): Promise<Answered> =>
    create({
      cardTemplateId: BUTTONS,
      cardData: { cardParamMap: { title: "Deploy?", markdown: "now", tips: "", sys_full_json_obj: buttons } },
      ...over,
    });

  test("is finished at once, and shows its variables from top to bottom", async () => {
    await show();
    expect(shown()).toMatchObject({ state: "finished", text: "Deploy?\nnow", buttons: [{ id: "yes", label: "Yes" }] });
    await set({ tips: "done", sys_full_json_obj: JSON.stringify({ msgButtons: [] }) });
    expect(shown()).toMatchObject({ text: "Deploy?\nnow\ndone", buttons: [] });
  });

  test("takes no frames", async () => {
    await show();
    expect((await frame("x", { key: "markdown" })).status).toBe(500);
  });

  test("a variable of one person hides the public one from that person alone", async () => {
    const zhao = sim.user("Zhao");
    const group = sim.group("Sales", [lin, zhao]);
    await show({
      openSpaceId: `dtv1.card//IM_GROUP.${group.id}`,
      privateData: { [zhao.id]: { cardParamMap: { tips: "psst" } } },
    });
    const seenBy = (user: SimulatedUser): string | undefined => user.screen({ group }).messages.at(-1)?.text;
    expect([seenBy(lin), seenBy(zhao)]).toEqual(["Deploy?\nnow", "Deploy?\nnow\npsst"]);
    const privateData = { [lin.id]: { cardParamMap: { tips: "for Lin" } } };
    await ask("PUT", "instances", { outTrackId: "card-1", privateData });
    await set({ tips: "for all" });
    expect([seenBy(lin), seenBy(zhao)]).toEqual(["Deploy?\nnow\nfor Lin", "Deploy?\nnow\npsst"]);
  });

  test("the answer to a press may tell all and the person who pressed", async () => {
    const link = await connect(sim.app, [CARDS]);
    await show();
    const [card] = lin.screen().messages;
    const pressed = lin.press(card ?? expect.unreachable("there is a card"), "yes");
    const pushed = await link.frame(0);
    link.ack(pushed, {
      response: {
        cardUpdateOptions: { updateCardDataByKey: true },
        cardData: { cardParamMap: { title: "Deployed." } },
        userPrivateData: { cardParamMap: { tips: "thank you" } },
      },
    });
    await pressed;
    expect(shown()).toMatchObject({ text: "Deployed.\nnow\nthank you" });
  });
});
