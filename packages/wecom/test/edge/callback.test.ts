/** The webhook call by call: what is let in, what is answered within the call, and what is refused before it costs anything. */
import { readFileSync } from "node:fs";
import type { Inbound, Listener, Settled, Store } from "@openclaw-china/core";
import { memoryStateAt } from "@openclaw-china/core/internal";
import { fakeClock, type FakeClock, recorder } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { type CallbackOptions, listenCallbacks, type PressAnswer } from "../../src/edge/callback.ts";
import { createStreamBoard, LOST, type StreamBoard } from "../../src/streams.ts";
import {
  ADDRESS,
  APP,
  appAnswer,
  appCall,
  appXml,
  BOT,
  botAnswer,
  botCall,
  CORP,
  KF,
  type Keys,
  post,
  queryOf,
  sealed,
  type Sending,
} from "./platform.ts";

const MIB = 1_048_576;

let clock: FakeClock;
let store: Store;
let board: StreamBoard;
let settled: Settled;
let taken: Inbound[];
let notices: unknown[];
let pressed: Omit<PressAnswer, "settled">;
let desk: Listener & Required<Pick<Listener, "webhook">>;
const log = recorder();
beforeEach(() => {
  clock = fakeClock(1_790_000_000_000);
  ({ store } = memoryStateAt(clock));
  board = createStreamBoard({ store, clock, log, account: "default", placeholder: "<think></think>" });
  settled = "accepted";
  taken = [];
  notices = [];
  pressed = {};
  desk = open();
});

function open(over: Partial<CallbackOptions> = {}): typeof desk {
  const offer = (inbound: Inbound): Promise<Settled> => {
    taken.push(inbound);
    return Promise.resolve(settled);
  };
  return listenCallbacks({
    self: { account: "default", botName: undefined, now: clock.now },
    doors: [
      { of: "bot", keys: { ...BOT, receiveId: undefined } },
      { of: "app", keys: { ...APP, receiveId: CORP }, agentId: 1_000_002 },
      { of: "kf", keys: { ...KF, receiveId: CORP } },
    ],
    board,
    press: async (inbound, sink) => ({ settled: await sink.offer(inbound), ...pressed }),
    welcome: "你好!",
    kf: () => ({
      notice: (notice) => Promise.resolve(void notices.push(notice)),
      resume: () => Promise.resolve(),
      idle: () => Promise.resolve(),
    }),
    store,
    clock,
    log,
    sink: { offer },
    signal: new AbortController().signal,
    ...over,
  });
}

const now = (over: Partial<Sending> = {}): Sending => ({ keys: BOT, at: clock.now(), ...over });

function message(over: object = {}): object {
  return {
    msgid: "MSG-1",
    aibotid: "aib1",
    chattype: "single",
    from: { userid: "lin.yi" },
    response_url: "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RC-1",
    msgtype: "text",
    text: { content: "hello" },
    ...over,
  };
}

function eventOf(type: string, over: object = {}): object {
  return { ...message({ msgtype: "event", msgid: `EV-${type}` }), event: { eventtype: type, ...over } };
}

describe("the address is tested by the console", () => {
  const file = new URL("../vectors/wecom-crypto.json", import.meta.url);
  const { urlVerification, keys } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly urlVerification: readonly (Keys & {
      readonly name: string;
      readonly key: string;
      readonly receiveId: string;
      readonly query: string;
      readonly expectBody: string;
    })[];
    readonly keys: Readonly<Record<string, { readonly encodingAESKey: string }>>;
  };

  test.each(urlVerification)("$name", async ({ token, key, receiveId, query, expectBody }) => {
    const at = Number(new URLSearchParams(query).get("timestamp")) * 1_000;
    const encodingAesKey = keys[key]?.encodingAESKey ?? "";
    const own = fakeClock(at);
    desk = open({ clock: own, doors: [{ of: "app", keys: { token, encodingAesKey, receiveId } }] });
    const response = await desk.webhook(new Request(`${ADDRESS}?${query}`));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(expectBody);
    const wrong = await desk.webhook(new Request(`${ADDRESS}?${query.replace(/msg_signature=./, "msg_signature=z")}`));
    expect(wrong.status).toBe(401);
  });

  test("without what was sealed, or too late", async () => {
    const query = queryOf(now(), "");
    expect((await desk.webhook(new Request(`${ADDRESS}?${query}`))).status).toBe(400);
    expect((await desk.webhook(new Request(ADDRESS))).status).toBe(401);
    const echo = sealed(BOT, "123", "");
    const late = `${queryOf(now({ at: clock.now() - 3_700_000 }), echo)}&${new URLSearchParams({ echostr: echo }).toString()}`;
    expect((await desk.webhook(new Request(`${ADDRESS}?${late}`))).status).toBe(401);
  });
});

describe("messages to a bot", () => {
  test("answered with a stream that is asked for again and again, until its end", async () => {
    const first = await botAnswer(await desk.webhook(botCall(message(), now())));
    expect(first).toMatchObject({ msgtype: "stream", stream: { finish: false, content: "<think></think>" } });
    const { id } = (first as { readonly stream: { readonly id: string } }).stream;
    const reply = taken[0]?.replyTo as { readonly streamId: string };
    expect(taken).toMatchObject([{ kind: "message", id: "MSG-1", text: "hello", replyTo: { via: "callback" } }]);
    expect(reply.streamId).toBe(id);
    const ask = async (): Promise<unknown> =>
      botAnswer(await desk.webhook(botCall(message({ msgtype: "stream", msgid: "R", stream: { id } }), now())));
    await board.claim(id, clock.now(), "key");
    board.show(id, "so far");
    await expect.poll(ask).toEqual({ msgtype: "stream", stream: { id, finish: false, content: "so far" } });
    await board.end(id, "all");
    expect(await ask()).toEqual({ msgtype: "stream", stream: { id, finish: true, content: "all" } });
    expect(taken).toHaveLength(1);
  });

  test("a repeat is answered with the same stream", async () => {
    const first = await botAnswer(await desk.webhook(botCall(message(), now())));
    settled = "duplicate";
    expect(await botAnswer(await desk.webhook(botCall(message(), now({ nonce: "other" }))))).toEqual(first);
  });

  test("a stream nobody knows is closed with words", async () => {
    const asked = botCall(message({ msgtype: "stream", stream: { id: "st-gone" } }), now());
    expect(await botAnswer(await desk.webhook(asked))).toEqual({
      msgtype: "stream",
      stream: { id: "st-gone", finish: true, content: LOST },
    });
  });

  test("busy is 503; what will not be taken is answered with nothing", async () => {
    settled = "busy";
    expect((await desk.webhook(botCall(message(), now()))).status).toBe(503);
    settled = "refused";
    const response = await desk.webhook(botCall(message({ msgid: "MSG-2" }), now()));
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  test("answers are sealed for whom the call was sealed for", async () => {
    const response = await desk.webhook(botCall(message(), now(), "receiver-7"));
    expect(response.status).toBe(200);
    expect(await botAnswer(response)).toMatchObject({ msgtype: "stream" });
    desk = open({ doors: [{ of: "bot", keys: { ...BOT, receiveId: "" } }] });
    expect((await desk.webhook(botCall(message(), now(), "receiver-7"))).status).toBe(400);
  });

  test("an entering is welcomed, a press changes its card, feedback is answered with nothing", async () => {
    expect(await botAnswer(await desk.webhook(botCall(eventOf("enter_chat"), now())))).toEqual({
      msgtype: "text",
      text: { content: "你好!" },
    });
    pressed = { card: { card_type: "button_interaction" }, words: "Lin: yes" };
    const press = { template_card_event: { event_key: "yes", task_id: "t-1" } };
    expect(await botAnswer(await desk.webhook(botCall(eventOf("template_card_event", press), now())))).toEqual({
      response_type: "update_template_card",
      template_card: { card_type: "button_interaction" },
    });
    const feedback = { feedback_event: { id: "fb", type: 1 } };
    expect(await (await desk.webhook(botCall(eventOf("feedback_event", feedback), now()))).text()).toBe("");
    expect(taken.map(({ kind }) => kind)).toEqual(["membership", "action", "reaction"]);
    settled = "busy";
    for (const type of ["enter_chat", "template_card_event", "feedback_event"])
      expect((await desk.webhook(botCall(eventOf(type, press), now()))).status, type).toBe(503);
  });
});

describe("messages to an application", () => {
  const call = (xml: string): Promise<Response> => desk.webhook(appCall(xml, now({ keys: APP })));

  test("taken, and answered with nothing: the answer goes through the REST interface", async () => {
    const response = await call(appXml("text", "<Content><![CDATA[hi]]></Content><MsgId>7300000000000000101</MsgId>"));
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(taken).toMatchObject([{ kind: "message", text: "hi", id: "app:1000002:7300000000000000101" }]);
    settled = "busy";
    expect((await call(appXml("text", "<Content>hi</Content>"))).status).toBe(503);
  });

  test("an entering is welcomed once a day", async () => {
    const enter = appXml("event", "<Event><![CDATA[enter_agent]]></Event><EventKey></EventKey>");
    expect(await appAnswer(await call(enter))).toContain("<Content><![CDATA[你好!]]></Content>");
    expect(await (await call(enter)).text()).toBe("");
    await clock.advance(86_400_001);
    expect(await appAnswer(await call(enter))).toContain("你好!");
  });

  test("a pressed card's button says who chose what", async () => {
    pressed = { words: "Lin: yes ]]> no" };
    const press = "<Event>template_card_event</Event><EventKey>yes</EventKey><TaskId>t-1</TaskId>";
    const answer = await appAnswer(await call(appXml("event", press)));
    expect(answer).toContain("<MsgType><![CDATA[update_button]]></MsgType>");
    expect(answer).toContain("<ReplaceName><![CDATA[Lin: yes ]]]]><![CDATA[> no]]></ReplaceName>");
  });

  test("of another application, or another corporation: refused", async () => {
    const other = appXml("text", "<Content>x</Content>").replace("1000002", "1000003");
    expect((await call(other)).status).toBe(400);
    const elsewhere = appCall(appXml("text", "<Content>x</Content>"), now({ keys: APP }), "wwOTHER");
    expect((await desk.webhook(elsewhere)).status).toBe(400);
    expect(taken).toEqual([]);
  });

  test("a notice of customer service is kept before it is confirmed", async () => {
    const notice = `<xml><ToUserName>${CORP}</ToUserName><CreateTime>1790000000</CreateTime><MsgType>event</MsgType><Event>kf_msg_or_event</Event><Token>T1</Token><OpenKfId>wk1</OpenKfId></xml>`;
    expect((await desk.webhook(appCall(notice, now({ keys: KF })))).status).toBe(200);
    expect((await desk.webhook(appCall(notice, now({ keys: APP })))).status).toBe(200);
    expect(notices).toEqual([
      { corpId: CORP, openKfId: "wk1", token: "T1", sentAt: 1_790_000_000_000 },
      { corpId: CORP, openKfId: "wk1", token: "T1", sentAt: 1_790_000_000_000 },
    ]);
    expect(taken).toEqual([]);
  });
});

describe("refused, and nothing is taken", () => {
  const body = JSON.stringify({ encrypt: sealed(BOT, JSON.stringify(message()), "") });
  const encrypt = (JSON.parse(body) as { readonly encrypt: string }).encrypt;

  test("without a signature, with a wrong one, too old, too new, with no time", async () => {
    const queries: readonly (readonly [string, Partial<Sending>])[] = [
      ["none", { query: { msg_signature: "" } }],
      ["wrong", { query: { msg_signature: "0".repeat(40) } }],
      ["short", { query: { msg_signature: "abc" } }],
      ["other token", { keys: { ...BOT, token: "guess" } }],
      ["old", { at: clock.now() - 3_601_000 }],
      ["new", { at: clock.now() + 3_601_000 }],
      ["no time", { query: { timestamp: "" } }],
      ["odd time", { query: { timestamp: "1e9" } }],
    ];
    for (const [name, over] of queries)
      expect((await desk.webhook(post(body, queryOf(now(over), encrypt)))).status, name).toBe(401);
    expect(taken).toEqual([]);
  });

  test("a method that is none of ours", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = await desk.webhook(new Request(ADDRESS, { method }));
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
    }
  });

  test("bodies that hold nothing sealed", async () => {
    const hostile = [
      "",
      "null",
      "[]",
      "{",
      '{"encrypt":5}',
      '{"encrypt":""}',
      "<xml></xml>",
      "<xml><Encrypt></Encrypt></xml>",
      "<xml><Encrypt>",
      '<!DOCTYPE x [<!ENTITY e "x">]><xml><Encrypt>&e;</Encrypt></xml>',
      `<xml>${"<a>".repeat(5_000)}${"</a>".repeat(5_000)}</xml>`,
      "\0\u0001\u0002",
    ];
    for (const one of hostile)
      expect((await desk.webhook(post(one, queryOf(now(), encrypt)))).status, one.slice(0, 40)).toBe(400);
  });

  test("signed by us and sealed with another key, or tampered with", async () => {
    const other = sealed({ ...BOT, encodingAesKey: APP.encodingAesKey }, "{}", "");
    const tampered = `${encrypt.slice(0, -8)}AAAAAAA=`;
    for (const one of [other, tampered, "AAAA", "***"]) {
      const response = await desk.webhook(post(JSON.stringify({ encrypt: one }), queryOf(now(), one)));
      expect(response.status, one.slice(0, 20)).toBe(400);
    }
  });

  test("sealed by us and no message at all", async () => {
    for (const one of ["", "null", "[1]", "{}", '{"msgtype":"text"}', "<xml/>"])
      expect((await desk.webhook(botCall(one, now()))).status, one).toBe(400);
    for (const one of ["", "{}", "<xml></xml>", "<xml><MsgType>text</MsgType></xml>", "<a/><b/>"])
      expect((await desk.webhook(appCall(one, now({ keys: APP })))).status, one).toBe(400);
    expect(taken).toEqual([]);
  });

  test("more than a mebibyte, announced or not", async () => {
    const large = new Uint8Array(MIB + 1);
    expect((await desk.webhook(post(large, queryOf(now(), encrypt)))).status).toBe(413);
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect((await desk.webhook(post(endless, queryOf(now(), encrypt)))).status).toBe(413);
    expect(given).toBeLessThan(2 * MIB);
  });

  test("no secret, and nothing that was sealed, is said aloud", async () => {
    await desk.webhook(post(body, queryOf(now({ query: { msg_signature: "x" } }), encrypt)));
    await desk.webhook(botCall(message(), now()));
    const said = log.text();
    expect(said).toContain("signature is made with no");
    for (const secret of [BOT.token, BOT.encodingAesKey, "response_code", encrypt]) expect(said).not.toContain(secret);
  });

  test("after the listener is closed", async () => {
    await desk.close();
    expect((await desk.webhook(botCall(message(), now()))).status).toBe(503);
    expect(desk.status()).toMatchObject({ state: "stopped", via: "webhook" });
  });
});
