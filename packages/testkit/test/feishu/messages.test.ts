/** Messages as the platform has them: to whom, once per uuid, in threads, within limits; files, reactions, scopes. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createFeishuSimulator,
  fakeClock,
  type FakeClock,
  type FeishuScope,
  type FeishuSimulator,
  type FeishuUser,
} from "../../src/index.ts";
import { type Answered, call, type Json, type Link, listen, payloadOf, tokenOf } from "./client.ts";

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

const ask = (method: string, path: string, body?: unknown): Promise<Answered> =>
  call(sim.app, { method, path, token, ...(body === undefined ? {} : { body }) });
const text = (words: string, uuid?: string): Json => ({
  msg_type: "text",
  content: JSON.stringify({ text: words }),
  ...(uuid === undefined ? {} : { uuid }),
});
const create = (kind: string, id: string, message: Json): Promise<Answered> =>
  ask("POST", `im/v1/messages?receive_id_type=${kind}`, { receive_id: id, ...message });
const reply = (id: string, message: Json): Promise<Answered> => ask("POST", `im/v1/messages/${id}/reply`, message);
const dataOf = ({ json }: Answered): Json => json["data"] as Json;
const idOf = (answer: Answered): string => String(dataOf(answer)["message_id"]);
const codeOf = async (answer: Promise<Answered>): Promise<unknown> => (await answer).json["code"];
const eventOf = (link: Link, n: number): Json => payloadOf(link.frames[n] ?? link.frames[0]!)["event"] as Json;

describe("to whom", () => {
  test("an id of another app, of nobody, of a chat without the bot", async () => {
    const other = sim.bot("other");
    const sales = sim.group("Sales", [lin]);
    expect(await codeOf(create("open_id", sim.openId(lin, other), text("x")))).toBe(99992361);
    expect(await codeOf(create("open_id", "ou_nobody", text("x")))).toBe(230001);
    expect(await codeOf(create("chat_id", "oc_nowhere", text("x")))).toBe(230001);
    expect(await codeOf(create("phone", lin.id, text("x")))).toBe(99992402);
    await listen(sim.app);
    await lin.expel(sales);
    expect(await codeOf(create("chat_id", sales.id, text("x")))).toBe(230002);
  });

  test("what is escaped is shown as it was, and only real mentions are mentions", async () => {
    await create("open_id", lin.id, text(`&lt;at user_id="all"&gt; <at user_id="${lin.id}">x</at> &amp;`));
    expect((await lin.screen().next()).text).toBe('<at user_id="all"> @Lin &');
  });
});

describe("once", () => {
  test("within an hour a uuid sends one message; after that it sends another", async () => {
    const first = await create("open_id", lin.id, text("a", "u1"));
    const second = await create("open_id", lin.id, text("a", "u1"));
    expect(idOf(second)).toBe(idOf(first));
    expect(lin.screen().messages).toHaveLength(1);
    await clock.advance(3_600_000);
    expect(idOf(await create("open_id", lin.id, text("a", "u1")))).not.toBe(idOf(first));
    expect(await codeOf(create("open_id", lin.id, text("a", "u".repeat(51))))).toBe(99992402);
  });

  test("a lost answer and the same uuid again", async () => {
    {
      using _lost = sim.fault({ kind: "noAnswer", executed: true, on: "message/create" });
      await expect(create("open_id", lin.id, text("a", "u1"))).rejects.toThrow();
    }
    await create("open_id", lin.id, text("a", "u1"));
    expect(lin.screen().messages).toHaveLength(1);
  });
});

describe("replies and threads", () => {
  test("a reply names what it answers; in a thread it stays there", async () => {
    await listen(sim.app);
    await lin.say("hello");
    const said = lin.screen().messages[0]?.id ?? "";
    const plain = idOf(await reply(said, text("plain")));
    expect(sim.message(plain)).toMatchObject({ rootId: said, parentId: said, threadId: undefined });
    const opened = idOf(await reply(said, { ...text("opened"), reply_in_thread: true }));
    const { threadId } = sim.message(opened) ?? {};
    expect(threadId).toMatch(/^omt_/);
    expect(sim.message(said)?.threadId).toBe(threadId);
    expect(sim.message(idOf(await reply(opened, text("inside"))))).toMatchObject({ threadId, parentId: said });
  });

  test("in a topic group what answers nothing opens a topic", async () => {
    const topics = sim.group("Topics", [lin], { isTopic: true });
    const link = await listen(sim.app);
    await lin.say("hello", { group: topics });
    const { message } = eventOf(link, 0) as { readonly message: Json };
    expect(message).toMatchObject({ chat_type: "group", thread_id: expect.stringMatching(/^omt_/) as string });
    const answer = idOf(await reply(String(message["message_id"]), text("here")));
    expect(sim.message(answer)?.threadId).toBe(message["thread_id"]);
    expect(sim.message(idOf(await create("chat_id", topics.id, text("new"))))?.threadId).not.toBe(message["thread_id"]);
  });

  test("what was recalled, or never was, cannot be answered", async () => {
    await listen(sim.app);
    await lin.say("hello");
    const [said] = lin.screen().messages;
    if (said !== undefined) await lin.recall(said);
    expect(await codeOf(reply(said?.id ?? "", text("x")))).toBe(230011);
    expect(await codeOf(reply("om_0", text("x")))).toBe(231003);
  });
});

describe("changes", () => {
  test("a text is edited twenty times, and only as what it is", async () => {
    const id = idOf(await create("open_id", lin.id, text("0")));
    for (let n = 1; n <= 20; n += 1) expect(await codeOf(ask("PUT", `im/v1/messages/${id}`, text(String(n))))).toBe(0);
    expect(await codeOf(ask("PUT", `im/v1/messages/${id}`, text("21")))).toBe(230072);
    expect(lin.screen().messages[0]?.text).toBe("20");
    expect(await codeOf(ask("PATCH", `im/v1/messages/${id}`, { content: "{}" }))).toBe(230054);
  });

  test("a card is patched when everybody sees the same, for 14 days", async () => {
    const card = (words: string, isShared: boolean): string =>
      JSON.stringify({
        schema: "2.0",
        config: { update_multi: isShared },
        body: { elements: [{ tag: "markdown", content: words }] },
      });
    const id = idOf(await create("open_id", lin.id, { msg_type: "interactive", content: card("v1", true) }));
    expect(await codeOf(ask("PATCH", `im/v1/messages/${id}`, { content: card("v2", true) }))).toBe(0);
    expect(await codeOf(ask("PATCH", `im/v1/messages/${id}`, { content: card("v3", false) }))).toBe(230099);
    expect(lin.screen().messages[0]?.text).toBe("v2");
    await clock.advance(15 * 86_400_000);
    token = await tokenOf(sim.app);
    expect(await codeOf(ask("PATCH", `im/v1/messages/${id}`, { content: card("v4", true) }))).toBe(230031);
  });
});

describe("limits", () => {
  test("five a second to one chat, whoever it is by", async () => {
    for (let n = 0; n < 5; n += 1) expect(await codeOf(create("open_id", lin.id, text(String(n))))).toBe(0);
    expect(await codeOf(create("open_id", lin.id, text("6")))).toBe(230020);
    await clock.advance(1_000);
    expect(await codeOf(create("open_id", lin.id, text("6")))).toBe(0);
  });

  test("calls of an app and interface, with the time to wait; and the month", async () => {
    sim.quota({ perSecond: 2 });
    await ask("GET", "bot/v3/info");
    await ask("GET", "bot/v3/info");
    const third = await ask("GET", "bot/v3/info");
    expect(third).toMatchObject({ status: 429, json: { code: 99991400 } });
    expect(third.headers.get("x-ogw-ratelimit-reset")).toBe("1");
    sim.quota({ perSecond: 50, perMonth: 1 });
    expect(await codeOf(ask("GET", `im/v1/chats/oc_0`))).toBe(230001);
    expect(await ask("GET", `im/v1/chats/oc_0`)).toMatchObject({ status: 429, json: { code: 99991403 } });
    expect(sim.counted()).toBe(3);
  });

  test("150 KB of text, 30 KB of a post", async () => {
    expect(await codeOf(create("open_id", lin.id, text("x".repeat(154_000))))).toBe(230025);
    const post = { zh_cn: { content: [[{ tag: "md", text: "x".repeat(31_000) }]] } };
    expect(await codeOf(create("open_id", lin.id, { msg_type: "post", content: JSON.stringify(post) }))).toBe(230025);
  });
});

describe("tokens", () => {
  test("the same one for an hour and a half, then a second one beside it; a revoked one is void", async () => {
    const first = token;
    await clock.advance(5_400_001);
    token = await tokenOf(sim.app);
    expect(token).not.toBe(first);
    expect(await codeOf(call(sim.app, { method: "GET", path: "bot/v3/info", token: first }))).toBe(0);
    await clock.advance(1_800_000);
    expect(await codeOf(call(sim.app, { method: "GET", path: "bot/v3/info", token: first }))).toBe(99991677);
    sim.revokeTokens();
    expect(await codeOf(ask("GET", "bot/v3/info"))).toBe(99991663);
    expect(await codeOf(call(sim.app, { method: "GET", path: "bot/v3/info" }))).toBe(99991661);
    expect(await codeOf(call(sim.app, { method: "GET", path: "bot/v3/info", token: "x-1" }))).toBe(99991671);
  });
});

describe("scopes", () => {
  const CASES: readonly (readonly [FeishuScope, string, string])[] = [
    ["im:message:send_as_bot", "POST", "im/v1/messages?receive_id_type=open_id"],
    ["cardkit:card:write", "POST", "cardkit/v1/cards"],
    ["im:resource", "POST", "im/v1/images"],
    ["im:message.reactions:write_only", "POST", "im/v1/messages/om_0/reactions"],
  ];

  test.each(CASES)("without %s: %s %s is refused, with a link", async (scope, method, path) => {
    sim.scope(scope, false);
    const { json } = await ask(method, path, {});
    expect(json["code"]).toBe(99991672);
    expect(json["msg"]).toContain(scope);
    expect(json["msg"]).toContain(`/app/${sim.app.appId}/auth?q=`);
  });

  test("they can be asked for", async () => {
    sim.scope("im:resource", false);
    const scopes = dataOf(await ask("GET", "application/v6/scopes"))["scopes"] as readonly Json[];
    const statusOf = (name: string): unknown => scopes.find((one) => one["scope_name"] === name)?.["grant_status"];
    expect([statusOf("im:resource"), statusOf("cardkit:card:write")]).toEqual([2, 1]);
  });

  test("they decide what an app hears of a group", async () => {
    const sales = sim.group("Sales", [lin]);
    const link = await listen(sim.app);
    await lin.say("aside", { group: sales, mention: false });
    expect(link.frames).toEqual([]);
    sim.scope("im:message.group_msg", true);
    await lin.say("aside", { group: sales, mention: false });
    expect(eventOf(link, 0)).toMatchObject({ message: { content: '{"text":"aside"}' } });
  });
});

describe("files", () => {
  const upload = (path: string, fields: Readonly<Record<string, string | File>>): Promise<Answered> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return ask("POST", path, form);
  };
  const png = (): File => new File([Buffer.from("89504e470d0a1a0a0000000d494844520000000100000001", "hex")], "a.png");

  test("pictures by their bytes, files by their type, and neither empty", async () => {
    const image = (file: File): Promise<unknown> =>
      codeOf(upload("im/v1/images", { image_type: "message", image: file }));
    expect(await image(png())).toBe(0);
    expect(await image(new File(["text"], "a.png"))).toBe(234011);
    expect(await image(new File([], "a.png"))).toBe(234010);
    const huge = Buffer.from("89504e470d0a1a0a0000000d494844520000ffff00000001", "hex");
    expect(await image(new File([huge], "a.png"))).toBe(234039);
    const file = (type: string, of = new File(["x"], "a")): Promise<unknown> =>
      codeOf(upload("im/v1/files", { file_type: type, file_name: "a", file: of }));
    expect(await file("stream")).toBe(0);
    expect(await file("zip")).toBe(234001);
    expect(await file("stream", new File([], "a"))).toBe(234010);
  });

  test("the type of an upload decides how it is sent, and only its app may send it", async () => {
    const made = await upload("im/v1/files", {
      file_type: "opus",
      file_name: "a.opus",
      duration: "3000",
      file: new File(["x"], "a"),
    });
    const key = dataOf(made)["file_key"];
    const send = (type: string): Promise<unknown> =>
      codeOf(create("open_id", lin.id, { msg_type: type, content: JSON.stringify({ file_key: key }) }));
    expect(await send("file")).toBe(230055);
    expect(await send("audio")).toBe(0);
    token = await tokenOf(sim.bot("other").app);
    const unionId = lin.unionId;
    const other = create("union_id", unionId, { msg_type: "audio", content: JSON.stringify({ file_key: key }) });
    expect(await codeOf(other)).toBe(230017);
  });

  test("what a person sent is handed out in its message, in ranges too", async () => {
    const link = await listen(sim.app);
    await lin.sendFile(new File(["0123456789"], "季度.txt", { type: "text/plain" }));
    const { message } = eventOf(link, 0) as { readonly message: Json };
    const { file_key: key } = JSON.parse(String(message["content"])) as { readonly file_key: string };
    const path = `im/v1/messages/${String(message["message_id"])}/resources/${key}`;
    const whole = await ask("GET", `${path}?type=file`);
    expect(whole.text).toBe("0123456789");
    expect(whole.headers.get("content-disposition")).toContain("filename*=UTF-8''%E5%AD%A3%E5%BA%A6.txt");
    const part = await call(sim.app, {
      method: "GET",
      path: `${path}?type=file`,
      token,
      headers: { range: "bytes=2-4" },
    });
    expect(part).toMatchObject({ status: 206, text: "234" });
    expect(await codeOf(ask("GET", `${path}?type=image`))).toBe(234001);
    expect(await codeOf(ask("GET", `${path.replace(key, "file_v3_0")}?type=file`))).toBe(234003);
  });
});

describe("forwards and history", () => {
  test("a merged forward has all its parts, which cannot be asked for", async () => {
    const link = await listen(sim.app);
    await lin.say("one");
    await lin.say("two");
    await lin.forward(lin.screen().messages);
    const { message } = eventOf(link, 2) as { readonly message: Json };
    expect(message["message_type"]).toBe("merge_forward");
    const items = dataOf(await ask("GET", `im/v1/messages/${String(message["message_id"])}`))[
      "items"
    ] as readonly Json[];
    expect(items.map(({ body }) => (body as Json)["content"])).toEqual([
      '{"content":"Merged and Forwarded Message"}',
      '{"text":"one"}',
      '{"text":"two"}',
    ]);
    expect(items[1]?.["upper_message_id"]).toBe(message["message_id"]);
    expect(await codeOf(ask("GET", `im/v1/messages/${String(items[1]?.["message_id"])}`))).toBe(230002);
  });

  test("history comes in pages", async () => {
    await listen(sim.app);
    for (const words of ["1", "2", "3"]) await lin.say(words);
    const chat = sim.message(lin.screen().messages[0]?.id ?? "")?.chatId;
    const query = `im/v1/messages?container_id_type=chat&container_id=${chat}&page_size=2&sort_type=ByCreateTimeDesc`;
    const first = dataOf(await ask("GET", query));
    expect((first["items"] as readonly Json[]).map(({ body }) => (body as Json)["content"])).toEqual([
      '{"text":"3"}',
      '{"text":"2"}',
    ]);
    const second = dataOf(await ask("GET", `${query}&page_token=${String(first["page_token"])}`));
    expect(second).toMatchObject({ has_more: false, items: [{ body: { content: '{"text":"1"}' } }] });
  });
});
