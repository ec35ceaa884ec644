/** Which way a message takes: one way at a time, another only after a definite no, and the evidence says so. */
import { type Address, ChannelError, type Clock, type Sent } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import type { LinkRequest } from "../../src/api/link.ts";
import type { ReplyTo } from "../../src/inbound/reply-to.ts";
import { createInteractive, type Interactive } from "../../src/interactive.ts";
import {
  API,
  type Call,
  calm,
  clientOf,
  failure,
  instantClock,
  runtimeOf,
  scriptedFrames,
  scriptedPlatform,
  unanswered,
} from "../fixtures.ts";

interface Script {
  readonly ack?: (request: LinkRequest, n: number) => number | object | Error;
  readonly rest?: (call: Call, n: number) => object | Error;
  readonly has?: readonly ("bot" | "callback" | "app" | "kf")[];
  readonly customers?: Readonly<Record<string, string>>;
}

function open(script: Script = {}) {
  const { ack = () => 0, rest = () => ({ errcode: 0, msgid: "m-1" }), has = ["bot", "app"], customers = {} } = script;
  const clock: Clock = instantClock();
  const platform = scriptedPlatform(rest);
  const frames = scriptedFrames(ack);
  const { store, log } = runtimeOf(platform, clock);
  const client = clientOf(platform, clock);
  const ways: Interactive = createInteractive({
    store,
    clock,
    log,
    account: "default",
    caller: { http: platform, clock, proxy: "off", api: API },
    ...(has.includes("bot") ? { bot: { botId: "aib", frames } } : {}),
    hasCallbackBot: has.includes("callback"),
    ...(has.includes("app") ? { app: { client, corpId: "ww1", agentId: 7 } } : {}),
    ...(has.includes("kf") ? { kf: { client, corpId: "ww1" } } : {}),
    customers: { openKfIdOf: (id) => Promise.resolve(customers[id]) },
    load: async (file) => ({ bytes: new Uint8Array(await (file as Blob).arrayBuffer()), name: (file as File).name }),
  });
  const paths = (): readonly string[] => platform.calls.map(({ path }) => path);
  const commands = (): readonly string[] => frames.sent.map(({ cmd }) => cmd);
  return { ...ways, clock, frames, platform, paths, commands };
}

const person: Address = { channel: "wecom", kind: "user", id: "lin.yi" };
const group: Address = { channel: "wecom", kind: "group", id: "wrGroup" };
const words = { kind: "markdown", text: "**好**" } as const;
const asked = (at: number): ReplyTo => ({ via: "socket", reqId: "REQ", at, of: "message" });
const url = `${API}/cgi-bin/aibot/response?response_code=c`;

type Opened = ReturnType<typeof open>;
const reply = (way: Opened, to: Address = person, replyTo: ReplyTo = asked(way.clock.now())): Promise<Sent> =>
  way.send(to, words, { key: "k", replyTo, signal: calm() });
const push = (way: Opened, to: Address): Promise<Sent> => way.send(to, words, { key: "k", signal: calm() });

describe("an answer to a message over the connection", () => {
  test("is a growing message that is finished at once, under an id of the key", async () => {
    const way = open();
    const sent = await reply(way, group);
    const [frame] = way.frames.sent;
    expect(frame).toMatchObject({ cmd: "aibot_respond_msg", reqId: "REQ" });
    expect(frame?.body).toEqual({ msgtype: "stream", stream: { id: sent.id, finish: true, content: "**好**" } });
    expect(sent.via).toBe("bot");
  });

  test("without an acknowledgement the same frame goes again: it replaces itself", async () => {
    const way = open({ ack: (_, n) => (n === 1 ? unanswered("unknown") : 0) });
    await reply(way);
    expect(way.frames.sent).toHaveLength(2);
    expect(way.frames.sent[1]?.body).toEqual(way.frames.sent[0]?.body);
  });

  test.each([846_605, 846_608])("refused with %i it is a message of its own, in the same chat", async (code) => {
    const way = open({ ack: ({ cmd }) => (cmd === "aibot_respond_msg" ? code : 0) });
    await reply(way, group);
    expect(way.commands()).toEqual(["aibot_respond_msg", "aibot_send_msg"]);
    expect(way.frames.sent[1]?.body).toMatchObject({ chatid: "wrGroup", chat_type: 2, msgtype: "markdown" });
    expect(way.paths()).toEqual([]);
  });

  test("limits of the bot: it goes through the application, and the trace says why", async () => {
    const way = open({ ack: () => 846_607 });
    const sent = await reply(way);
    expect(way.paths()).toEqual(["/cgi-bin/message/send"]);
    expect(sent.via).toBe("application, after rate_limited (846607)");
  });

  test("with an address of its own that comes first: it is the same chat", async () => {
    const way = open({ ack: () => 93_006 });
    const sent = await reply(way, person, { ...asked(way.clock.now()), responseUrl: url } as ReplyTo);
    expect(way.paths()).toEqual(["/cgi-bin/aibot/response"]);
    expect(sent.via).toMatch(/^response_url, after/);
  });

  test("an unknown outcome is never followed by another way", async () => {
    const way = open({ ack: () => unanswered("unknown") });
    expect(await failure(reply(way))).toMatchObject({ outcome: "unknown" });
    expect(way.paths()).toEqual([]);
  });

  test("a connection that is down is waited for, and for a minute only", async () => {
    const down = () => unanswered("not_sent");
    const early = open({ ack: down });
    expect(await failure(reply(early))).toMatchObject({ outcome: "not_sent", verdict: { kind: "retry" } });
    expect(early.paths()).toEqual([]);
    const late = open({ ack: down });
    await reply(late, person, asked(late.clock.now() - 61_000));
    expect(late.paths()).toEqual(["/cgi-bin/message/send"]);
  });

  test("a text that is refused for what it says is refused", async () => {
    const way = open({ ack: () => 45_002 });
    expect(await failure(reply(way))).toMatchObject({ code: "too_large" });
    expect(way.paths()).toEqual([]);
  });

  test("an event has no answer: the message answers nothing", async () => {
    const way = open();
    await reply(way, person, { ...asked(way.clock.now()), of: "event" } as ReplyTo);
    expect(way.commands()).toEqual(["aibot_send_msg"]);
  });
});

describe("a message that answers nothing", () => {
  test("to a chat the bot does not have goes through the application; ids go bare and as they came", async () => {
    const way = open({ ack: () => 93_006 });
    await push(way, { ...person, id: "user:Lin.Yi" });
    expect(way.frames.sent[0]?.body).toMatchObject({ chatid: "Lin.Yi", chat_type: 1 });
    expect(way.platform.calls[0]?.json).toMatchObject({ touser: "Lin.Yi" });
  });

  test("is not repeated when nobody knows what became of it", async () => {
    const way = open({ ack: () => unanswered("unknown") });
    expect(await failure(push(way, person))).toMatchObject({ outcome: "unknown" });
    expect(way.frames.sent).toHaveLength(1);
  });

  test("a connection without a subscription is tried afresh once, then again later", async () => {
    const way = open({ ack: (_, n) => (n === 1 ? 846_609 : 0) });
    await push(way, group);
    expect(way.commands()).toEqual(["aibot_send_msg", "aibot_send_msg"]);
  });

  test("departments and tags are the application's", async () => {
    const way = open();
    await push(way, { ...person, kind: "department", id: "2" });
    await push(way, { ...person, kind: "tag", id: "7" });
    expect(way.platform.calls.map(({ json }) => [json["toparty"], json["totag"]])).toEqual([
      ["2", undefined],
      [undefined, "7"],
    ]);
    expect(await failure(push(open({ has: ["bot"] }), { ...person, kind: "tag", id: "7" }))).toMatchObject({
      code: "unsupported",
      outcome: "not_sent",
    });
  });

  test("the application cuts what is long for it, and every part has a key of its own", async () => {
    const way = open({ has: ["app"], rest: (_, n) => ({ errcode: 0, msgid: `m-${n}` }) });
    const text = "企业微信 ".repeat(400);
    const sent = await way.send(person, { kind: "text", text }, { key: "k", signal: calm() });
    const pieces = way.platform.calls.map(({ json }) => (json["text"] as { readonly content: string }).content);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(2_048);
    expect(pieces.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
    expect([sent.id, ...sent.parts]).toEqual(pieces.map((_, at) => `m-${at + 1}`));
  });

  test("a person who does not exist is told of, though the platform says ok", async () => {
    const way = open({ has: ["app"], rest: () => ({ errcode: 0, msgid: "m", invaliduser: "lin.yi" }) });
    expect(await failure(push(way, person))).toMatchObject({ code: "target_unknown", outcome: "refused" });
  });
});

describe("customers", () => {
  const customer: Address = { ...person, id: "wmCustomer" };

  test("are answered by the account they wrote to, never by another way", async () => {
    const way = open({ has: ["bot", "app", "kf"], rest: () => ({ errcode: 95_002, errmsg: "48h" }) });
    const replyTo: ReplyTo = { via: "kf", openKfId: "wk1", customerId: "wmCustomer", at: way.clock.now() };
    expect(await failure(reply(way, customer, replyTo))).toMatchObject({ code: "reply_expired" });
    expect(way.platform.calls.map(({ path, json }) => [path, json["open_kfid"]])).toEqual([
      ["/cgi-bin/kf/send_msg", "wk1"],
    ]);
    expect(way.commands()).toEqual([]);
  });

  test("are known later, too", async () => {
    const way = open({ has: ["bot", "app", "kf"], customers: { wmCustomer: "wk2" } });
    await push(way, customer);
    expect(way.platform.calls[0]?.json).toMatchObject({ touser: "wmCustomer", open_kfid: "wk2", msgtype: "text" });
    expect(String(way.platform.calls[0]?.json["msgid"])).toMatch(/^[0-9a-zA-Z_-]{1,32}$/);
  });
});

test("a bot in callback mode has the message's address, once, and then nothing", async () => {
  const way = open({ has: ["callback"] });
  const replyTo: ReplyTo = { via: "callback", at: way.clock.now(), responseUrl: url };
  await reply(way, group, replyTo);
  expect(way.platform.calls[0]?.json).toEqual({ msgtype: "markdown", markdown: { content: "**好**" } });
  expect(await failure(push(way, group))).toBeInstanceOf(ChannelError);
});

describe("how long a repeat is the same", () => {
  test.each([
    { of: "the application alone", has: ["app"], to: person, isRepeatable: true },
    { of: "the bot", has: ["bot", "app"], to: person, isRepeatable: false },
    {
      of: "an answer to the application",
      has: ["bot", "app"],
      to: person,
      replyTo: { via: "app" },
      isRepeatable: true,
    },
    { of: "an answer to the bot", has: ["bot", "app"], to: person, replyTo: asked(0), isRepeatable: false },
    { of: "a tag", has: ["bot", "app"], to: { ...person, kind: "tag" }, isRepeatable: true },
    { of: "a group of the application's", has: ["app"], to: group, isRepeatable: false },
  ] as const)("$of", ({ has, to, isRepeatable, ...given }) => {
    const replyTo = "replyTo" in given ? given.replyTo : undefined;
    expect(open({ has }).repeatable(to, words, replyTo) > 0).toBe(isRepeatable);
  });
});

describe("files", () => {
  const png = new File([Buffer.from("\x89PNG\r\n\x1a\nrest of it", "latin1")], "图.png");

  test("go over the connection in chunks with their MD5, and as a message of their own", async () => {
    const way = open({
      ack: ({ cmd }) =>
        cmd === "aibot_upload_media_init"
          ? { upload_id: "UP" }
          : cmd === "aibot_upload_media_finish"
            ? { media_id: "MID" }
            : 0,
    });
    await way.send(person, { kind: "media", file: png }, { key: "k", replyTo: asked(way.clock.now()), signal: calm() });
    expect(way.commands()).toEqual([
      "aibot_upload_media_init",
      "aibot_upload_media_chunk",
      "aibot_upload_media_finish",
      "aibot_send_msg",
    ]);
    expect(way.frames.sent[0]?.body).toMatchObject({ type: "image", filename: "图.png", total_chunks: 1 });
    expect(way.frames.sent[3]?.body).toMatchObject({ msgtype: "image", image: { media_id: "MID" } });
  });

  test("of which the platform has lost the id are uploaded anew, once", async () => {
    const rest = ({ path }: Call, n: number): object => {
      if (path === "/cgi-bin/media/upload") return { errcode: 0, media_id: `MID-${n}` };
      return n < 3 ? { errcode: 40_007, errmsg: "invalid media_id" } : { errcode: 0, msgid: "m" };
    };
    const way = open({ has: ["app"], rest });
    await way.send(person, { kind: "media", file: png }, { key: "k", signal: calm() });
    expect(way.paths()).toEqual([
      "/cgi-bin/media/upload",
      "/cgi-bin/message/send",
      "/cgi-bin/media/upload",
      "/cgi-bin/message/send",
    ]);
  });

  test("that are no AMR are no voice: sent as a file, and the person is told why", async () => {
    const rest = ({ path }: Call): object =>
      path.endsWith("upload") ? { errcode: 0, media_id: "M" } : { errcode: 0, msgid: "m" };
    const way = open({ has: ["app"], rest });
    const file = new File([Buffer.from("ID3 a song that is not AMR")], "a.mp3");
    await way.send(person, { kind: "media", file, media: "voice" }, { key: "k", signal: calm() });
    expect(way.platform.calls.map(({ json }) => json["msgtype"])).toEqual([undefined, "file", "text"]);
    expect(JSON.stringify(way.platform.calls[2]?.json)).toContain("amr");
  });

  test.each([
    ["empty", new File([], "a.bin"), "太?小|空"],
    ["tiny", new File(["12345"], "a.bin"), "太?小|空"],
    ["too large", new File([new Uint8Array(20 * 1_048_576 + 1)], "a.bin"), "20 MB"],
  ])("that are %s are told of in words, and nothing is uploaded", async (_, file, said) => {
    const way = open({ has: ["app"] });
    const loadedFile = file.size > 20 * 1_048_576 ? tooLargeFile(file) : file;
    await way.send(person, { kind: "media", file: loadedFile }, { key: "k", signal: calm() });
    expect(way.paths()).toEqual(["/cgi-bin/message/send"]);
    expect(JSON.stringify(way.platform.calls[0]?.json)).toMatch(new RegExp(said));
  });

  test("in callback mode without an application are told of in words", async () => {
    const way = open({ has: ["callback"] });
    const replyTo: ReplyTo = { via: "callback", at: way.clock.now(), responseUrl: url };
    await way.send(person, { kind: "media", file: png }, { key: "k", replyTo, signal: calm() });
    expect(JSON.stringify(way.platform.calls[0]?.json)).toContain("图.png");
  });
});

/** As `load` of the channel refuses it. */
function tooLargeFile(file: File): File {
  return Object.assign(file, { arrayBuffer: () => Promise.reject(tooLargeError()) });
}
function tooLargeError(): Error {
  const error = unanswered("not_sent");
  Object.defineProperty(error, "code", { value: "too_large" });
  return error;
}
