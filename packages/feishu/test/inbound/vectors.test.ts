/** The platform's events as they come, and what they must be to us. The vectors have the platform's own words for the fields. */
import { readFileSync } from "node:fs";
import type { FileRef, Inbound, MessageInbound, OtherInbound } from "@openclaw-china/core";
import { expect, test } from "vitest";
import type { FileHandle } from "../../src/inbound/fields.ts";
import { normalise, normaliseOldPress, type Self } from "../../src/inbound/normalise.ts";
import type { ReplyTo } from "../../src/inbound/reply-to.ts";
import { parseOldCardAction } from "../../src/wire/callback.ts";
import { parseEnvelope } from "../../src/wire/envelope.ts";

type Json = Readonly<Record<string, unknown>>;

interface Vectors {
  readonly context: { readonly botOpenId: string };
  readonly cases: readonly { readonly name: string; readonly body: Json; readonly expect: Json }[];
}

const { context, cases } = JSON.parse(
  readFileSync(new URL("../vectors/feishu-events.json", import.meta.url), "utf8"),
) as Vectors;
const self: Self = { account: "default", openId: context.botOpenId, now: () => 1_764_000_009_000 };

function inboundOf(body: Json): Inbound {
  const envelope = parseEnvelope(body);
  if (envelope === undefined) {
    const press = parseOldCardAction(body);
    if (press === undefined) throw new Error("neither an event nor a press");
    return normaliseOldPress(press, body, self);
  }
  if (envelope.schema === "challenge") throw new Error("an address check");
  return normalise(envelope, self);
}

/** Ours in the words of the vectors. */
function told(inbound: Inbound): Json {
  const { messageId, rootId, threadId } = (inbound.replyTo ?? {}) as Partial<ReplyTo>;
  switch (inbound.kind) {
    case "message":
      return {
        type: "message",
        messageId,
        rootId,
        threadId,
        dedupeKey: inbound.id,
        chatId: inbound.conversation.id,
        chatType: inbound.conversation.kind,
        parentId: inbound.quote?.id,
        text: inbound.text,
        mentions: inbound.mentions.map(({ id, name, isSelf }) => ({ openId: id, name, isSelf })),
        mentionedAll: inbound.mentionsAll,
        media: inbound.attachments.map(toldFile),
        createTimeMs: inbound.sentAt,
      };
    case "action":
      return {
        type: inbound.source === "menu" ? "menu" : "cardAction",
        messageId,
        chatId: inbound.conversation.id,
        eventKey: inbound.button,
        token: (inbound.replyTo as ReplyTo | undefined)?.cardToken,
      };
    case "reaction":
      return {
        type: "reaction",
        action: inbound.change,
        messageId: inbound.message?.id,
        emoji: inbound.emoji,
        timeMs: inbound.sentAt,
      };
    case "membership":
      return {
        type: inbound.change === "joined" ? "botAdded" : "botRemoved",
        chatId: inbound.conversation.id,
        name: inbound.conversation.title,
      };
    case "recall":
      return {
        type: "recalled",
        messageId: inbound.messageId,
        chatId: inbound.conversation.id,
        timeMs: inbound.sentAt,
      };
    default:
      return toldOther(inbound);
  }
}

/** Read receipts have no meaning of ours: what they say is in `raw`. */
function toldOther({ id, type, raw }: OtherInbound): Json {
  if (type !== "im.message.message_read_v1") return { type: "legacy", dedupeKey: id, eventType: type };
  const { event } = raw as { readonly event: { readonly reader: { readonly read_time: string } } };
  return { type: "read", timeMs: Number(event.reader.read_time) };
}

function toldFile({ media, name, durationMs, handle }: FileRef): Json {
  const { key, type } = handle as FileHandle;
  return { kind: media === "voice" ? "audio" : media, key, fileName: name, durationMs, download: type };
}

/** Members that ours has no place for, or that a text note stands for. */
const TOLD_OTHERWISE: ReadonlySet<string> = new Set([
  "sender",
  "operator",
  "eventId",
  "messageType",
  "topicGroup",
  "mentionedSelf",
  "action",
  "external",
  "recallType",
  "messageIds",
  "reader",
  "coverKey",
]);

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, one]) => !TOLD_OTHERWISE.has(key) && one !== undefined && key !== "key",
  );
  return Object.fromEntries(kept.map(([key, one]) => [key, comparable(one)]));
}

test.each(cases)("$name", ({ body, expect: wanted }) => {
  const inbound = inboundOf(body);
  expect(JSON.parse(JSON.stringify(inbound))).toEqual(inbound);
  expect(inbound.channel).toBe("feishu");
  // What cannot be downloaded is a note in the text, and no attachment.
  const media = ((wanted["media"] ?? []) as readonly Json[]).filter(({ download }) => download !== null);
  const given = comparable({ ...wanted, ...(wanted["media"] === undefined ? {} : { media }) });
  expect(comparable(told(inbound))).toMatchObject(given as object);
  checkPeople(inbound, wanted);
});

function checkPeople(inbound: Inbound, wanted: Json): void {
  const sender = (wanted["sender"] ?? wanted["operator"]) as Json | undefined;
  const person = inbound.kind === "other" ? undefined : inbound.sender;
  if (sender?.["openId"] !== undefined) expect(person?.id).toBe(sender["openId"]);
  if (sender?.["kind"] !== undefined) expect(person?.isBot).toBe(sender["kind"] === "bot");
  if (sender?.["isSelf"] !== undefined) expect(person?.isSelf ?? false).toBe(sender["isSelf"]);
  if (inbound.kind === "message") {
    const isDirect = inbound.conversation.kind === "direct";
    expect(inbound.mentionsSelf).toBe(isDirect || wanted["mentionedSelf"]);
  }
  if (inbound.kind === "action" && inbound.source === "card") checkPress(inbound, wanted["action"] as Json);
}

function checkPress({ button, values }: Extract<Inbound, { kind: "action" }>, wanted: Json): void {
  expect(button).toBe(wanted["name"] ?? wanted["tag"]);
  for (const [key, value] of Object.entries((wanted["formValue"] ?? {}) as Json)) expect(values[key]).toEqual(value);
  for (const [key, value] of Object.entries((wanted["value"] ?? {}) as Json)) expect(values[key]).toBe(String(value));
  if (wanted["option"] !== undefined) expect(Object.values(values)).toContain(wanted["option"]);
}

const [FIRST] = cases;

/** The first case with other content. */
function said(message: Json, mentions?: unknown): MessageInbound {
  const body = structuredClone(FIRST?.body) as { event: { message: Record<string, unknown> } };
  Object.assign(body.event.message, message, mentions === undefined ? {} : { mentions });
  return inboundOf(body) as MessageInbound;
}

const LIN = { key: "@_user_1", id: { open_id: "ou_lin" }, name: "林 @_user_2" };
const KE = { key: "@_user_2", id: { open_id: "ou_ke" }, name: "柯" };

test("what a name contains is not replaced again, and a placeholder of nobody stays", () => {
  const content = JSON.stringify({ text: "@_user_1 @_user_2 @_user_3" });
  expect(said({ content }, [LIN, KE]).text).toBe("@林 @_user_2 @柯 @_user_3");
});

test.each([
  ["location", { name: "公司", longitude: "116.4", latitude: "39.9" }, "[location: 公司 39.9,116.4]"],
  [
    "system",
    { template: "{from_user} invited {to_chatters}", from_user: ["a"], to_chatters: ["b", "c"] },
    "a invited b, c",
  ],
  ["video_chat", { topic: "周会", start_time: "1764000000000" }, "[meeting] 周会"],
  ["todo", { task_id: "t", summary: { title: "写", content: [[{ tag: "text", text: "报告" }]] } }, "[task] 写\n报告"],
  ["vote", { topic: "午餐", options: ["面", "饭"] }, "[vote] 午餐\n- 面\n- 饭"],
  ["hongbao", { text: "恭喜" }, "[red packet] 恭喜"],
  [
    "share_calendar_event",
    { summary: "评审", start_time: "1764000000000", end_time: "1764003600000" },
    "[calendar] 评审\n2025-11-24T16:00:00.000Z – 2025-11-24T17:00:00.000Z",
  ],
])("%s becomes a text", (type, content, text) => {
  expect(said({ message_type: type, content: JSON.stringify(content) }).text).toBe(text);
});

test("a file name is only its last part, without control characters", () => {
  const name = (file_name: string) =>
    said({ message_type: "file", content: JSON.stringify({ file_key: "f", file_name }) }).attachments[0]?.name;
  expect(["../../etc/passwd", "a\\b\u0000c.txt", "..", "季报.pdf"].map(name)).toEqual([
    "passwd",
    "bc.txt",
    "file",
    "季报.pdf",
  ]);
});

test("a press in the old form is known by what was pressed, and does not show its token", () => {
  const old = {
    open_id: "ou_1",
    open_message_id: "om_1",
    open_chat_id: "oc_1",
    action: { tag: "button", value: { k: "a" } },
  };
  const withToken = inboundOf({ ...old, token: "c-old" });
  expect(JSON.stringify([withToken.raw, withToken.id])).not.toContain("c-old");
  const [first, again] = [inboundOf(old), inboundOf(old)];
  const other = inboundOf({ ...old, action: { tag: "button", value: { k: "b" } } });
  expect(first.id).toBe(again.id);
  expect(new Set([first.id, other.id, withToken.id, ""]).size).toBe(4);
});

test("tokens are not in what is shown", () => {
  const press = cases.find(({ name }) => name.startsWith("card action, button"));
  const inbound = inboundOf(press?.body ?? {});
  expect(JSON.stringify([inbound.raw, inbound.id])).not.toContain("c-295ee57216a5"); // ids are logged and traced
  expect(JSON.stringify(cases.map(({ body }) => (body["schema"] === "2.0" ? inboundOf(body).raw : "")))).not.toContain(
    "verify-me",
  );
});

test("in a thread the first message is no quote, and the thread has a conversation of its own", () => {
  const within = said({ thread_id: "omt_1", root_id: "om_r", parent_id: "om_r" });
  expect(within.quote).toBeUndefined();
  expect(within.conversation.key).toBe("feishu:default:oc_p2p01:omt_1");
  expect(within.conversation.threadId).toBe("omt_1");
});

test.each([[{}], [null], ["text"], [[]], [{ schema: "2.0" }], [{ schema: "2.0", header: { event_id: "" } }]])(
  "%j is no event",
  (body) => {
    expect(parseEnvelope(body)).toBeUndefined();
  },
);

test("a message without what a message must have is an event that is not known", () => {
  const header = { event_id: "e", event_type: "im.message.receive_v1" };
  expect(inboundOf({ schema: "2.0", header, event: { sender: {} } })).toMatchObject({
    kind: "other",
    type: "im.message.receive_v1",
  });
});
