/** Card entities as the platform has them: in order, once, within their limits and their ten minutes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createFeishuSimulator,
  fakeClock,
  type FakeClock,
  type FeishuSimulator,
  type FeishuUser,
} from "../../src/index.ts";
import { type Answered, call, type Json, listen, tokenOf } from "./client.ts";

let sim: FeishuSimulator;
let clock: FakeClock;
let lin: FeishuUser;
let token = "";
beforeEach(async () => {
  clock = fakeClock();
  sim = await createFeishuSimulator({ clock });
  lin = sim.user("Lin");
  token = await tokenOf(sim.app);
});
afterEach(() => sim.close());

const elements = [{ tag: "markdown", element_id: "md", content: "" }];
const streaming = { schema: "2.0", config: { streaming_mode: true }, body: { elements } };
const ask = (method: string, path: string, body: object): Promise<Answered> =>
  call(sim.app, { method, path, body, token });
const codeOf = async (method: string, path: string, body: object): Promise<unknown> =>
  (await ask(method, path, body)).json["code"];
const create = async (card: object = streaming): Promise<string> => {
  const { json } = await ask("POST", "cardkit/v1/cards", { type: "card_json", data: JSON.stringify(card) });
  return String((json["data"] as Json)["card_id"]);
};
const send = (content: object): Promise<Answered> =>
  ask("POST", "im/v1/messages?receive_id_type=open_id", {
    receive_id: lin.id,
    msg_type: "interactive",
    content: JSON.stringify(content),
  });
const place = (id: string): Promise<Answered> => send({ type: "card", data: { card_id: id } });
const stream = (id: string, body: object): Promise<unknown> =>
  codeOf("PUT", `cardkit/v1/cards/${id}/elements/md/content`, body);

test("an entity is sent once", async () => {
  const id = await create();
  expect((await place(id)).json["code"]).toBe(0);
  expect((await place(id)).json["code"]).toBe(230099);
  expect(lin.screen().messages).toHaveLength(1);
});

test("sequences rise over all operations, and a uuid is applied once", async () => {
  const id = await create();
  await place(id);
  expect(await stream(id, { content: "a", sequence: 5, uuid: "u" })).toBe(0);
  expect(await stream(id, { content: "b", sequence: 5 })).toBe(300317);
  expect(await stream(id, { content: "a", sequence: 5, uuid: "u" })).toBe(0);
  expect(await stream(id, { content: "c", sequence: 6, uuid: "u" })).toBe(200770);
  expect(await stream(id, { content: "d" })).toBe(99992402);
  expect(lin.screen().messages[0]?.history).toEqual(["a"]);
});

test("it streams for ten minutes, again when it is turned on again, and not when it is off", async () => {
  const id = await create();
  await clock.advance(600_000);
  expect(await stream(id, { content: "late", sequence: 1 })).toBe(200850);
  const settings = (on: boolean, sequence: number): Promise<unknown> =>
    codeOf("PATCH", `cardkit/v1/cards/${id}/settings`, {
      settings: JSON.stringify({ config: { streaming_mode: on } }),
      sequence,
    });
  expect(await settings(true, 2)).toBe(0);
  expect(await stream(id, { content: "on", sequence: 3 })).toBe(0);
  expect(await settings(false, 4)).toBe(0);
  expect(await stream(id, { content: "off", sequence: 5 })).toBe(300309);
});

test("without a summary at its end the list of chats goes on saying that it is written", async () => {
  const id = await create();
  const { json } = await place(id);
  const message = String((json["data"] as Json)["message_id"]);
  const card = { type: "card_json", data: JSON.stringify({ ...streaming, config: {} }) };
  expect(await codeOf("PUT", `cardkit/v1/cards/${id}`, { card, sequence: 1 })).toBe(0);
  expect(lin.screen().messages[0]?.state).toBe("finished");
  expect(sim.message(message)?.preview).toBe("[生成中...]");
});

test("ten operations in a second, and then it says how long to wait", async () => {
  const id = await create();
  for (let n = 1; n <= 10; n += 1) expect(await stream(id, { content: `${n}`, sequence: n })).toBe(0);
  const answer = await ask("PUT", `cardkit/v1/cards/${id}/elements/md/content`, { content: "11", sequence: 11 });
  expect(answer).toMatchObject({ status: 429, json: { code: 99991400 } });
  expect(answer.headers.get("x-ogw-ratelimit-reset")).toBe("1");
  await clock.advance(1_000);
  expect(await stream(id, { content: "11", sequence: 11 })).toBe(0);
});

test("too large, too many tables, pictures from elsewhere, elements that are not there", async () => {
  const id = await create();
  const table = "| a | b |\n| - | - |\n| 1 | 2 |\n\n";
  expect(await stream(id, { content: "x".repeat(31_000), sequence: 1 })).toBe(200860);
  expect(await stream(id, { content: table.repeat(4), sequence: 1 })).toBe(230099);
  expect(await stream(id, { content: `\`\`\`\n${table.repeat(4)}\n\`\`\``, sequence: 1 })).toBe(0);
  expect(await stream(id, { content: "![a](https://example.com/a.png)", sequence: 2 })).toBe(200570);
  expect(await codeOf("PUT", `cardkit/v1/cards/${id}/elements/no/content`, { content: "x", sequence: 2 })).toBe(300313);
  expect(await codeOf("PUT", "cardkit/v1/cards/1/elements/md/content", { content: "x", sequence: 2 })).toBe(200740);
  const many = { schema: "2.0", body: { elements: [{ tag: "markdown", content: table.repeat(6) }] } };
  expect((await send(many)).json).toMatchObject({ code: 230099, msg: expect.stringContaining("11310") as string });
});

test("another app may not change it", async () => {
  const id = await create();
  token = await tokenOf(sim.bot("other").app);
  expect(await stream(id, { content: "x", sequence: 1 })).toBe(300311);
});

test("elements can be added, changed and removed, one by one and together", async () => {
  const id = await create({ schema: "2.0", body: { elements } });
  await place(id);
  const base = `cardkit/v1/cards/${id}/elements`;
  const more = JSON.stringify([{ tag: "markdown", element_id: "two", content: "2" }]);
  expect(
    await codeOf("POST", base, { type: "insert_before", target_element_id: "md", elements: more, sequence: 1 }),
  ).toBe(0);
  const part = JSON.stringify({ content: "1" });
  expect(await codeOf("PATCH", `${base}/md`, { partial_element: part, sequence: 2 })).toBe(0);
  expect(lin.screen().messages[0]?.text).toBe("2\n1");
  const actions = JSON.stringify([
    { action: "delete_elements", params: { element_ids: ["two"] } },
    { action: "partial_update_element", params: { element_id: "md", partial_element: { content: "one" } } },
  ]);
  expect(await codeOf("POST", `cardkit/v1/cards/${id}/batch_update`, { actions, sequence: 3 })).toBe(0);
  expect(lin.screen().messages[0]?.text).toBe("one");
  expect(await codeOf("DELETE", `${base}/md`, { sequence: 4 })).toBe(0);
  expect(lin.screen().messages[0]?.text).toBe("");
});

test("a press carries what a form holds, and its token serves two updates after the answer", async () => {
  const link = await listen(sim.app);
  const button = { tag: "button", name: "ok", text: { tag: "plain_text", content: "OK" }, value: { op: "go" } };
  const several = { tag: "multi_select_static", name: "days" };
  await send({ schema: "2.0", body: { elements: [{ tag: "form", name: "f", elements: [several, button] }] } });
  const card = await lin.screen().next();
  await lin.press(card, "ok", { days: "mon,tue" });
  const { event } = JSON.parse(link.frames.at(-1)?.payload?.toString() ?? "{}") as { readonly event: Json };
  expect(event["action"]).toMatchObject({ name: "ok", value: { op: "go" }, form_value: { days: ["mon", "tue"] } });
  const next = { schema: "2.0", body: { elements: [{ tag: "markdown", content: "done &lt;b&gt;" }] } };
  const update = (): Promise<unknown> =>
    codeOf("POST", "interactive/v1/card/update", { token: event["token"], card: next });
  expect([await update(), await update(), await update()]).toEqual([0, 0, 99992402]);
  expect(lin.screen().messages[0]).toMatchObject({ text: "done <b>", buttons: [] });
});
