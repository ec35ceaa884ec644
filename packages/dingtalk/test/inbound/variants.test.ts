/** What the platform may send beside its own samples: other types of fields, missing ones, older forms. Never an exception. */
import type { ActionInbound, FileRef, Inbound, MessageInbound, OtherInbound } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import type { FileHandle } from "../../src/inbound/content.ts";
import { normalise, type ReplyTo, type Self, TOPIC } from "../../src/inbound/normalise.ts";
import { type Envelope, parseEnvelope } from "../../src/wire/envelope.ts";

const NOW = 1_790_000_000_300;
const BOT = "$:LWCP_v1:$bOtExAmPlE0001==";
const LIN = "$:LWCP_v1:$uSeRoNe00000001==";
const self: Self = { account: "default", robotCode: "configured", botName: "示例机器人", now: () => NOW };

const BODY = {
  conversationId: "cidGROUPexample0001==",
  chatbotCorpId: "ding0000examplecorp",
  chatbotUserId: BOT,
  msgId: "msgExample0001==",
  senderNick: "陈晓",
  senderStaffId: "staff-001",
  sessionWebhookExpiredTime: 1_790_005_400_000,
  createAt: 1_790_000_000_000,
  senderCorpId: "ding0000examplecorp",
  conversationType: "2",
  senderId: LIN,
  sessionWebhook: "https://oapi.dingtalk.com/robot/sendBySession?session=0a1b",
  robotCode: "dingexampleappkey01",
  isInAtList: true,
  msgtype: "text",
  text: { content: "hello" },
};

type Json = Readonly<Record<string, unknown>>;

function envelope(data: unknown, over: Json = {}, headers: Json = {}): Envelope {
  const topic = { topic: TOPIC.message, messageId: "m1", contentType: "application/json", ...headers };
  return parseEnvelope(JSON.stringify({ type: "CALLBACK", headers: topic, data, ...over })) as Envelope;
}

function heard(over: Json, omit: readonly string[] = []): MessageInbound | undefined {
  const body = Object.fromEntries(Object.entries({ ...BODY, ...over }).filter(([key]) => !omit.includes(key)));
  return normalise(envelope(JSON.stringify(body)), self) as MessageInbound | undefined;
}

function message(over: Json, omit: readonly string[] = []): MessageInbound {
  const inbound = heard(over, omit);
  if (inbound === undefined) throw new Error("the message was not read");
  expect(JSON.parse(JSON.stringify(inbound))).toEqual(inbound);
  return inbound;
}

function content(msgtype: string, given: unknown, over: Json = {}): MessageInbound {
  return message({ msgtype, content: given, ...over }, ["text"]);
}

const handles = (files: readonly FileRef[]): readonly FileHandle[] =>
  files.map(({ handle }) => {
    const { robotCode, ...rest } = handle as FileHandle;
    expect(robotCode).toBe("dingexampleappkey01");
    return rest;
  });
const reply = ({ replyTo }: MessageInbound): ReplyTo => replyTo as ReplyTo;

describe("frames", () => {
  test.each([
    ["no JSON", "{"],
    ["JSON null", "null"],
    ["a list", "[]"],
    ["without headers", '{"type":"CALLBACK","data":"{}"}'],
    ["header instead of headers", '{"type":"EVENT","header":{"topic":"*","eventId":"e"},"data":"{}"}'],
    ["headers that are a list", '{"type":"EVENT","headers":[],"data":"{}"}'],
    ["without a type", '{"headers":{"topic":"*"},"data":"{}"}'],
    ["type of a number", '{"type":1,"headers":{},"data":"{}"}'],
  ])("%s: no frame", (_, text) => expect(parseEnvelope(text)).toBeUndefined());

  test("a number as messageId is answered as text; a missing topic is none", () => {
    expect(envelope("{}", {}, { messageId: 42, topic: null })).toMatchObject({ messageId: "42", topic: "" });
    expect(envelope("{}", {}, { messageId: { odd: true } }).messageId).toBeUndefined();
  });

  test("data that is an object already is read all the same", () => {
    expect(normalise(envelope(BODY), self)).toMatchObject({ kind: "message", text: "hello" });
  });

  test("data in base64, when the content type says so", () => {
    const data = Buffer.from(JSON.stringify({ ...BODY, text: { content: "你好" } })).toString("base64");
    const base64 = { contentType: "base64String" };
    expect(normalise(envelope(data, {}, base64), self)).toMatchObject({ text: "你好" });
    expect(normalise(envelope(JSON.stringify(BODY), {}, base64), self)).toMatchObject({ text: "hello" });
    expect(normalise(envelope("!!", {}, base64), self)).toBeUndefined();
  });

  test.each([[undefined], [null], [""], ["{"], ["3"], ["[]"], ['"text"']])("data %j is no message", (data) => {
    expect(normalise(envelope(data), self)).toBeUndefined();
  });

  test("hosted chats have the same body", () => {
    const hosted = {
      ...BODY,
      hostingContext: { userId: "u", nick: "n" },
      conversationMsgContext: [{ readStatus: "2" }],
    };
    expect(normalise(envelope(JSON.stringify(hosted), {}, { topic: TOPIC.delegate }), self)).toMatchObject({
      text: "hello",
      raw: { hostingContext: { userId: "u" } },
    });
  });
});

describe("common fields", () => {
  test.each(["msgId", "conversationId", "conversationType"])("without %s it is no message", (field) => {
    expect(heard({}, [field])).toBeUndefined();
    expect(heard({ [field]: null })).toBeUndefined();
  });

  test("ids that are numbers are text", () => {
    const ids = { msgId: 7, conversationId: 8, conversationType: 1, senderStaffId: 9, robotCode: 10, senderId: 11 };
    const inbound = message(ids);
    expect(inbound).toMatchObject({ id: "7", conversation: { id: "8", kind: "direct" }, sender: { id: "9" } });
    expect(reply(inbound)).toMatchObject({ staffId: "9", robotCode: "10", direct: true });
    expect(inbound.sender.isExternal).toBeUndefined();
  });

  test("times may be numbers or digits; what is neither is absent", () => {
    expect(message({ createAt: "1790000000000", sessionWebhookExpiredTime: "1790005400000" })).toMatchObject({
      sentAt: 1_790_000_000_000,
      replyTo: { session: { expiresAt: 1_790_005_400_000 } },
    });
    for (const createAt of [null, "", "soon", {}]) expect(message({ createAt }).sentAt).toBeUndefined();
  });

  test("a session webhook whose end is not told lives 90 minutes", () => {
    expect(reply(message({}, ["sessionWebhookExpiredTime"])).session?.expiresAt).toBe(BODY.createAt + 5_400_000);
    expect(reply(message({ sessionWebhookExpiredTime: "?" }, ["createAt"])).session?.expiresAt).toBe(NOW + 5_400_000);
    expect(reply(message({}, ["sessionWebhook"])).session).toBeUndefined();
    expect(reply(message({ sessionWebhook: null })).session).toBeUndefined();
  });

  test("fields that are null or of another type are absent: the message is worth more", () => {
    const odd = { conversationTitle: null, senderNick: {}, atUsers: "everybody", isInAtList: 3, robotCode: null };
    const inbound = message(odd);
    expect(inbound).toMatchObject({ text: "hello", mentions: [], mentionsSelf: false });
    expect(inbound.conversation.title).toBeUndefined();
    expect(inbound.sender.name).toBeUndefined();
    expect(reply(inbound).robotCode).toBe("configured");
  });

  test("unknown fields stay in raw; the bearer address does not", () => {
    const { raw } = message({ ai_robot_sessionid: "s", coolAppCode: "c" });
    expect(raw).toMatchObject({ ai_robot_sessionid: "s", coolAppCode: "c", senderId: LIN });
    expect(JSON.stringify(raw)).not.toContain("sendBySession");
  });

  test("people outside the organisation have no staff id; before publication others have none either", () => {
    const outside = message({ senderCorpId: "ding-other" }, ["senderStaffId"]);
    expect(outside.sender).toMatchObject({ id: LIN, isExternal: true });
    expect(reply(outside).staffId).toBeUndefined();
    expect(message({}, ["senderStaffId"]).sender.isExternal).toBeUndefined();
    expect(message({ senderStaffId: "" }).sender.id).toBe(LIN);
  });
});

describe("mentions", () => {
  const atUsers = [
    { dingtalkId: BOT },
    { dingtalkId: "$:LWCP_v1:$x", staffId: "staff-002" },
    { dingtalkId: "$:LWCP_v1:$y", staffId: null },
    { dingtalkId: null },
    null,
    "odd",
    { staffId: 77 },
  ];

  test("who has an id is mentioned, in order", () => {
    expect(message({ atUsers }).mentions).toEqual([
      { id: BOT, name: "", isSelf: true },
      { id: "staff-002", name: "", isSelf: false },
      { id: "$:LWCP_v1:$y", name: "", isSelf: false },
      { id: "77", name: "", isSelf: false },
    ]);
  });

  test.each([
    ["direct", { conversationType: "1", isInAtList: false }, true],
    ["in the list", { isInAtList: true }, true],
    ["in the list, as text", { isInAtList: "true" }, true],
    ["by its own id", { isInAtList: false, atUsers }, true],
    ["somebody else", { isInAtList: false, atUsers: atUsers.slice(1) }, false],
    ["nobody", { isInAtList: null }, false],
  ])("%s", (_, over, meant) => expect(message(over).mentionsSelf).toBe(meant));

  test("an unknown id of the bot is nobody's", () => {
    expect(message({ isInAtList: false, atUsers: [{ dingtalkId: "" }], chatbotUserId: "" }).mentionsSelf).toBe(false);
  });
});

describe("texts", () => {
  test.each([
    ["an object", { content: " a  b " }, "a  b"],
    ["JSON", '{"content":" a "}', "a"],
    ["the words themselves", " a ", "a"],
    ["words that look like JSON", { content: '{"content":"x"}' }, '{"content":"x"}'],
    ["a number", { content: 42 }, "42"],
    ["nothing", {}, ""],
    ["null", null, ""],
  ])("%s", (_, text, expected) => expect(message({ text }).text).toBe(expected));

  test("beside the usual place", () => {
    expect(content("text", { content: "a" }).text).toBe("a");
    expect(content("text", { text: "b" }).text).toBe("b");
    expect(content("text", "words").text).toBe("words");
  });

  test("markdown", () => {
    expect(content("markdown", { text: "**a**\n" }).text).toBe("**a**");
    expect(content("markdown", '{"text":"b"}').text).toBe("b");
  });

  test.each(["hologram", "", "actionCard"])(
    "the unknown type %j has neither text nor files, and stays in raw",
    (msgtype) => {
      const inbound = content(msgtype, { some: "thing" });
      expect(inbound).toMatchObject({ text: "", attachments: [], raw: { msgtype, content: { some: "thing" } } });
      expect(inbound.unreadable).toBeUndefined();
    },
  );

  test("a type of another type is an unknown one", () => {
    expect(message({ msgtype: 5 }, ["text"]).text).toBe("");
    expect(message({}, ["msgtype", "text"]).text).toBe("");
  });

  test("unknownMsgType: the platform's sentence is not the person's; they are told", () => {
    const inbound = content("unknownMsgType", { unknownMsgType: "用户发送了一条消息,机器人暂不支持接收。" });
    expect([inbound.text, inbound.attachments]).toEqual(["", []]);
    expect(inbound.unreadable).toMatch(/抱歉.*Sorry/);
  });
});

describe("rich texts", () => {
  const rich = (parts: unknown, over: Json = {}): MessageInbound => content("richText", { richText: parts }, over);

  test("text with and without a type, at, and pictures, joined without a separator", () => {
    const parts = [
      { text: "看" },
      { type: "text", text: "这里\n" },
      { type: "at", atName: "李四", atUserId: "u2" },
      { type: "picture", downloadCode: "p1", pictureDownloadCode: "q1" },
      { type: "emoji", text: "🎉" },
    ];
    const inbound = rich(parts);
    expect(inbound.text).toBe("看这里\n@李四🎉");
    expect(handles(inbound.attachments)).toEqual([{ downloadCode: "p1", fallbackDownloadCode: "q1" }]);
  });

  test("pictures are taken once, the first with what it has; only the older code is enough", () => {
    const { attachments } = rich([
      { type: "picture", downloadCode: "p1", pictureDownloadCode: "q1" },
      { type: "picture", downloadCode: "p2" },
      { type: "picture", downloadCode: "p1" },
      { type: "picture", pictureDownloadCode: "q3" },
      { downloadCode: "p4" },
      { type: "picture" },
      { type: "picture", downloadCode: "" },
    ]);
    expect(handles(attachments)).toEqual([
      { downloadCode: "p1", fallbackDownloadCode: "q1" },
      { downloadCode: "p2" },
      { downloadCode: "q3" },
      { downloadCode: "p4" },
    ]);
  });

  test.each([
    ["content as JSON", '{"richText":[{"text":"a"}]}'],
    ["the parts as JSON", { richText: '[{"text":"a"}]' }],
    ["the parts alone", [{ text: "a" }]],
    ["the parts alone, as JSON", '[{"text":"a"}]'],
    ["odd parts between", { richText: [null, 3, [], { text: "a" }, { text: null }] }],
    ["words as parts", { richText: ["a"] }],
  ])("%s", (_, given) => expect(message({ msgtype: "richText", content: given }, ["text"]).text).toBe("a"));

  test.each([[null], [{}], [{ richText: null }], [{ richText: "x" }], ["x"]])("%j is empty", (given) => {
    expect(message({ msgtype: "richText", content: given }, ["text"])).toMatchObject({ text: "", attachments: [] });
  });

  test.each([
    ["@示例机器人 对比", "对比"],
    ["@示例机器人对比", "对比"],
    [" @示例机器人", ""],
    ["@示例机器人\u2005 hi", "hi"],
    ["@示例机器人2 hi", "@示例机器人2 hi"],
    ["看 @示例机器人", "看 @示例机器人"],
    ["@李四 你好", "@李四 你好"],
  ])("the bot's mention in front: %j → %j", (text, expected) => expect(rich([{ text }]).text).toBe(expected));

  test("the name may be written with @; an empty name is none", () => {
    const parse = (botName: string): string => {
      const data = JSON.stringify({ ...BODY, msgtype: "richText", content: { richText: [{ text: "@助手 hi" }] } });
      return (normalise(envelope(data), { ...self, botName }) as MessageInbound).text;
    };
    expect([parse("@助手"), parse(" 助手 "), parse("")]).toEqual(["hi", "hi", "@助手 hi"]);
  });

  test("the bot's mention as a part of its own is known by its id", () => {
    const parts = [{ type: "at", atName: "whatever", atUserId: BOT }, { text: " hi " }, { type: "at", atName: "王五" }];
    expect(rich(parts).text).toBe("hi @王五");
  });
});

describe("files", () => {
  test.each([
    [4_200, 4_200],
    ["4200", 4_200],
    [undefined, undefined],
    [null, undefined],
    ["", undefined],
    ["long", undefined],
  ])("a voice of %j ms", (duration, durationMs) => {
    const [file] = content("audio", { downloadCode: "a", duration, recognition: " 开会 " }).attachments;
    expect([file?.media, file?.durationMs]).toEqual(["voice", durationMs]);
  });

  test("what the platform heard is the text; without it there is none", () => {
    expect(content("audio", { downloadCode: "a", recognition: " 开会 " }).text).toBe("开会");
    expect(content("audio", { downloadCode: "a", recognition: null }).text).toBe("");
  });

  test.each([
    ["5", 5_000],
    [5, 5_000],
    ["0", 0],
    [undefined, undefined],
  ])("a video of %j s", (duration, durationMs) => {
    const [file] = content("video", { downloadCode: "v", duration, videoType: "mp4" }).attachments;
    expect([file?.media, file?.durationMs]).toEqual(["video", durationMs]);
  });

  test.each([
    ["报价 2026.pdf", "报价 2026.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\a\\b.txt", "b.txt"],
    ["a\u0000b\n.txt", "ab.txt"],
    ["..", "file"],
    ["x/..", "file"],
    ["", "file"],
    ["folder/", "file"],
  ])("the name %j is %j", (fileName, name) => {
    expect(content("file", { downloadCode: "f", fileName }).attachments[0]?.name).toBe(name);
  });

  test("without a name, with numbers as ids, as JSON", () => {
    const [file] = content("file", { downloadCode: 1, spaceId: 2, fileId: 3, fileName: 4 }).attachments;
    expect(file?.name).toBeUndefined();
    expect(handles(file === undefined ? [] : [file])).toEqual([{ downloadCode: "1", spaceId: "2", fileId: "3" }]);
    expect(handles(content("picture", '{"downloadCode":"p"}').attachments)).toEqual([{ downloadCode: "p" }]);
  });

  test.each(["picture", "audio", "video", "file"])("a %s without any code is no file", (msgtype) => {
    expect(content(msgtype, { fileName: "a" }).attachments).toEqual([]);
    expect(message({ msgtype, content: null }, ["text"]).attachments).toEqual([]);
  });
});

describe("chat records", () => {
  const records = [
    { senderName: "李四", content: { text: "好的" } },
    { senderNick: "王五", content: "收到" },
    { senderNick: "赵六", text: "嗯" },
    { content: '{"text":"无名"}' },
  ];
  const lines = "[记录]\n李四: 好的\n王五: 收到\n赵六: 嗯\n无名";

  test.each([
    ["chatRecord", records],
    ["chatRecord", JSON.stringify(records)],
    ["records", records],
    ["messages", JSON.stringify(records)],
  ])("in %s", (field, given) => {
    const inbound = content("chatRecord", { title: "记录", [field]: given });
    expect(inbound.text).toBe(lines);
    expect(inbound.unreadable).toBeUndefined();
  });

  test("without a title", () => {
    expect(content("chatRecord", { records: records.slice(0, 1) }).text).toBe("李四: 好的");
  });

  test.each([["[]"], [[]], [null], ["nonsense"], [[{ senderName: "李四", content: {} }]]])(
    "%j holds nothing to read: the person is told",
    (chatRecord) => {
      const inbound = content("chatRecord", { title: "记录", summary: "李四: …", chatRecord });
      expect(inbound.text).toBe("");
      expect(inbound.unreadable).toMatch(/抱歉.*Sorry/);
    },
  );
});

describe("documents", () => {
  const card = (address: unknown): readonly FileHandle[] =>
    handles(content("interactiveCard", { biz_custom_action_url: address }).attachments);
  const base = "dingtalk://dingtalkclient/page/yunpan";

  test("a document is a file, by its place in the drive", () => {
    const found = [{ spaceId: "9", fileId: "8" }];
    expect(card(`${base}?route=previewDentry&type=file&spaceId=9&fileId=8`)).toEqual(found);
    expect(card(`${base}?fileId=8&spaceId=9&route=previewDentry#top`)).toEqual(found);
  });

  test.each([
    [undefined],
    [7],
    ["https://example.com/"],
    [`${base}?route=other&spaceId=9&fileId=8`],
    [`${base}?route=previewDentry&spaceId=9`],
    [`${base}?route=previewDentry&type=folder&spaceId=9&fileId=8`],
  ])("%j is none", (address) => expect(card(address)).toEqual([]));
});

describe("quotes", () => {
  const replied = (repliedMsg: unknown, over: Json = {}): MessageInbound["quote"] =>
    message({ text: { content: "?", isReplyMsg: true, repliedMsg }, originalMsgId: "q1", ...over }).quote;

  test("of every type, with who wrote it", () => {
    expect(replied({ msgType: "text", msgId: "q2", senderId: BOT, content: { text: "部署失败" } })).toEqual({
      id: "q2",
      text: "部署失败",
      sender: { id: BOT, isBot: true },
      attachments: [],
    });
    const cases: readonly (readonly [Json, string, readonly FileHandle[]])[] = [
      [{ msgType: "text", content: "words" }, "words", []],
      [{ msgType: "text", content: '{"text":"json"}' }, "json", []],
      [{ msgType: "markdown", content: { text: "# md" } }, "# md", []],
      [{ msgType: "picture", content: { downloadCode: "p" } }, "", [{ downloadCode: "p" }]],
      [{ msgType: "file", content: { downloadCode: "f", fileName: "a" } }, "", [{ downloadCode: "f" }]],
      [{ msgType: "video", content: { downloadCode: "v" } }, "", [{ downloadCode: "v" }]],
      [{ msgType: "audio", content: { downloadCode: "a", recognition: "听" } }, "听", [{ downloadCode: "a" }]],
      [{ msgType: "chatRecord", content: { chatRecord: '[{"senderName":"李","text":"好"}]' } }, "李: 好", []],
      [{ msgType: "unknownMsgType", content: { unknownMsgType: "placeholder" } }, "", []],
      [{ msgtype: "text", content: { content: "older name" } }, "older name", []],
      [{ content: { text: "no type" } }, "no type", []],
      [{ msgType: "hologram", content: {} }, "", []],
    ];
    for (const [given, text, files] of cases) {
      const quote = replied(given);
      expect([quote?.id, quote?.text, handles(quote?.attachments ?? [])]).toEqual(["q1", text, files]);
    }
  });

  test("of a rich text, whose parts have other names", () => {
    const richText = [
      { msgType: "text", content: "看图" },
      { msgType: "picture", downloadCode: "p" },
      { msgType: "picture", downloadCode: "p" },
      { msgType: "at", atName: "陈晓" },
    ];
    const quote = replied({ msgType: "richText", content: { richText } });
    expect([quote?.text, handles(quote?.attachments ?? [])]).toEqual(["看图@陈晓", [{ downloadCode: "p" }]]);
  });

  test("of a document card", () => {
    const biz_custom_action_url = "dingtalk://x?route=previewDentry&type=file&spaceId=1&fileId=2";
    const quote = replied({ msgType: "interactiveCard", senderId: LIN, content: { biz_custom_action_url } });
    expect(quote?.sender).toEqual({ id: LIN, isBot: false });
    expect(handles(quote?.attachments ?? [])).toEqual([{ spaceId: "1", fileId: "2" }]);
  });

  test.each([
    ["repliedMsg null", { content: "?", isReplyMsg: true, repliedMsg: null }],
    ["repliedMsg empty", { content: "?", isReplyMsg: true, repliedMsg: {} }],
    ["only the flag", { content: "?", isReplyMsg: true }],
    ["the flag as text", { content: "?", isReplyMsg: "true" }],
    ["only the id", { content: "?" }],
    ["text as JSON", '{"content":"?","isReplyMsg":true}'],
  ])("%s: the id is known", (_, text) => {
    expect(message({ text, originalMsgId: "q1" }).quote).toEqual({ id: "q1", text: "", attachments: [] });
  });

  test("the flag alone, without any id", () => {
    expect(message({ text: { content: "?", isReplyMsg: true } }).quote).toEqual({ text: "", attachments: [] });
  });

  test("beside the parts of a rich text", () => {
    const repliedMsg = { msgType: "text", msgId: "q9", content: { text: "quoted" } };
    const inbound = content("richText", { richText: [{ text: "a" }], isReplyMsg: true, repliedMsg });
    expect(inbound).toMatchObject({ text: "a", quote: { id: "q9", text: "quoted" } });
  });

  test("the older form", () => {
    const quoteMessage = { msgId: "q7", msgtype: "text", text: { content: "old" }, senderNick: "李四", senderId: LIN };
    const expected = { id: "q7", text: "old", sender: { id: LIN, name: "李四", isBot: false }, attachments: [] };
    expect(message({ quoteMessage }).quote).toEqual(expected);
    expect(message({ quoteMessage: JSON.stringify(quoteMessage) }).quote).toEqual(expected);
    expect(message({ quoteMessage: { ...quoteMessage, senderId: BOT } }).quote?.sender?.isBot).toBe(true);
    expect(message({ quoteMessage: {} }).quote).toBeUndefined();
  });

  test("nothing is quoted", () => {
    expect(message({}).quote).toBeUndefined();
    expect(message({ text: { content: "?", isReplyMsg: false }, originalMsgId: "" }).quote).toBeUndefined();
  });
});

describe("card actions", () => {
  const pressed = (over: Json = {}, headers: Json = {}): ActionInbound | undefined => {
    const cardPrivateData = { actionIds: ["approve"], params: { choice: "yes" } };
    const action = {
      type: "actionCallback",
      outTrackId: "card-0001",
      corpId: "ding",
      userId: "staff-001",
      userIdType: 1,
      spaceId: "cidGROUP==",
      spaceType: "im",
      extension: "{}",
      content: JSON.stringify({ cardPrivateData }),
      ...over,
    };
    return normalise(envelope(JSON.stringify(action), {}, { topic: TOPIC.card, ...headers }), self) as ActionInbound;
  };

  test("who pressed what on which card, where", () => {
    expect(pressed({}, { time: "1790000000250" })).toMatchObject({
      kind: "action",
      sentAt: 1_790_000_000_250,
      conversation: { kind: "group", id: "cidGROUP==" },
      sender: { id: "staff-001" },
      button: "approve",
      values: { choice: "yes" },
      message: { channel: "dingtalk", id: "card-0001" },
    });
    expect(pressed({}, { time: 1_790_000_000_250 })?.sentAt).toBe(1_790_000_000_250);
    expect(pressed({}, { time: null })?.sentAt).toBeUndefined();
  });

  test.each([
    ["value instead", { content: undefined, value: '{"cardPrivateData":{"actionIds":["approve"],"params":{}}}' }, {}],
    ["value beside an empty content", { content: "{}", value: '{"cardPrivateData":{"actionIds":["approve"]}}' }, {}],
    [
      "an object",
      { content: { cardPrivateData: { actionIds: ["approve"], params: { a: ["1", 2] } } } },
      { a: ["1", "2"] },
    ],
    [
      "inner JSON",
      { content: { cardPrivateData: '{"actionIds":["approve"],"params":{"n":5,"o":{"x":1}}}' } },
      { n: "5", o: '{"x":1}' },
    ],
    ["one id", { content: { cardPrivateData: { actionIds: "approve", params: null } } }, {}],
    ["odd params", { content: { cardPrivateData: { actionIds: ["approve"], params: "abc" } } }, {}],
  ])("%s", (_, over, values) => expect(pressed(over)).toMatchObject({ button: "approve", values }));

  test("no button, numbers as ids, and where it is not a group", () => {
    expect(pressed({ content: null })).toMatchObject({ button: "", values: {} });
    expect(pressed({ userId: 5, outTrackId: 6 })).toMatchObject({ sender: { id: "5" }, message: { id: "6" } });
    for (const over of [{ spaceId: null }, { spaceType: "IM_ROBOT" }, { spaceType: null }, { spaceId: "x" }]) {
      expect(pressed(over)?.conversation.kind).toBe("direct");
    }
    expect(pressed({ spaceType: "IM_GROUP" })?.conversation.kind).toBe("group");
  });

  test("the same press twice is one; another person, button or input is another", () => {
    const of = (actionIds: readonly string[], params: Json): Json => ({
      content: { cardPrivateData: { actionIds, params } },
    });
    const ids = [
      pressed(of(["a"], { x: "1", y: "2" })),
      pressed(of(["a"], { y: "2", x: "1" }), { messageId: "another" }),
      pressed(of(["b"], { x: "1", y: "2" })),
      pressed(of(["a"], { x: "2", y: "2" })),
      pressed({ ...of(["a"], { x: "1", y: "2" }), userId: "staff-002" }),
      pressed({ ...of(["a"], { x: "1", y: "2" }), outTrackId: "card-0002" }),
    ].map((action) => action?.id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(5);
  });

  test.each([{ outTrackId: undefined }, { userId: undefined }, { outTrackId: "" }, { userId: null }])(
    "%j is no action",
    (over) => {
      expect(pressed(over)).toBeUndefined();
    },
  );
});

describe("events", () => {
  const event = (headers: Json, data: unknown = "{}"): Inbound | undefined =>
    normalise(
      envelope(data, { type: "EVENT" }, { topic: "*", eventType: "user_add_org", eventId: "e1", ...headers }),
      self,
    );

  test("its id is that of the event, never that of the delivery", () => {
    const ids = ["m1", "m2"].map((messageId) => event({ messageId })?.id);
    expect(ids).toEqual(["e1", "e1"]);
  });

  test.each([
    ["1790000000000", 1_790_000_000_000],
    [1_790_000_000_000, 1_790_000_000_000],
    [null, undefined],
    [undefined, undefined],
    ["?", undefined],
  ])("born at %j", (eventBornTime, sentAt) => {
    expect((event({ eventBornTime, eventCorpId: null }) as OtherInbound).sentAt).toBe(sentAt);
  });

  test("any payload is kept as it is", () => {
    for (const payload of [{ userId: ["a"] }, [], "text", 0]) {
      expect(event({}, JSON.stringify(payload))).toMatchObject({ kind: "other", type: "user_add_org", raw: payload });
    }
    expect(event({ eventId: 12 })?.id).toBe("12");
  });

  test.each([{ eventId: undefined }, { eventId: "" }, { eventType: undefined }])("%j is no event", (headers) => {
    expect(event(headers)).toBeUndefined();
  });

  test("a payload that is no JSON is none", () => expect(event({}, "{")).toBeUndefined());
});

test("whatever stands in the body, nothing is thrown", () => {
  const oddities: readonly unknown[] = [null, 0, -1, true, "", "x", "{", "[]", [], {}, [null], { a: { b: [] } }];
  const fields = Object.keys({ ...BODY, content: 0, atUsers: 0, quoteMessage: 0, originalMsgId: 0 });
  const types = ["text", "richText", "picture", "audio", "chatRecord", "interactiveCard", "unknownMsgType", "new"];
  for (const msgtype of types) {
    for (const field of fields) {
      for (const odd of oddities) {
        const inbound = heard({ msgtype, content: {}, [field]: odd });
        if (inbound !== undefined) expect(JSON.parse(JSON.stringify(inbound))).toEqual(inbound);
      }
    }
  }
});
