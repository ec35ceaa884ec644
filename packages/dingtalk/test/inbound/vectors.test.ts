/** Every inbound vector: frame → envelope → Inbound and acknowledgement. One function maps our words to the vectors'. */
import { readFileSync } from "node:fs";
import type { FileRef, Inbound, MessageInbound, Quote } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { badRequestAck, notFoundAck, pingAck, settledAck } from "../../src/edge/ack.ts";
import type { FileHandle } from "../../src/inbound/content.ts";
import { normalise, type ReplyTo, type Self, TOPIC } from "../../src/inbound/normalise.ts";
import { type Envelope, parseEnvelope } from "../../src/wire/envelope.ts";

interface Vector {
  readonly name: string;
  readonly frame?: unknown;
  readonly frames?: readonly unknown[];
  readonly raw?: string;
  readonly expect?: Readonly<Record<string, unknown>>;
  readonly ack?: unknown;
  readonly acks?: readonly unknown[];
  readonly expectHandled?: number;
}

const file = new URL("../vectors/dingtalk-inbound.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };
const self: Self = { account: "default", robotCode: "fallback", botName: "示例机器人", now: () => 1_790_000_000_300 };

const messages = vectors.filter(({ expect }) => expect?.["topic"] === "bot-message");
const named = (name: string): Vector => vectors.find((vector) => vector.name.startsWith(name)) as Vector;
const envelopeOf = (frame: unknown): Envelope => parseEnvelope(JSON.stringify(frame)) as Envelope;

test("the vectors are all here", () => {
  expect(vectors).toHaveLength(40);
  expect(messages).toHaveLength(27);
});

describe("bot messages", () => {
  test.each(messages)("$name", ({ frame, expect: expected, ack }) => {
    const envelope = envelopeOf(frame);
    const inbound = normalise(envelope, self) as MessageInbound;
    expect(toVector(inbound)).toEqual(withoutRawFacts(expected as Expected));
    expect(JSON.parse(settledAck(envelope, "accepted") ?? "null")).toEqual(ack);
    expect(settledAck(envelope, "busy")).toBeUndefined();
    expect(inbound.receivedAt).toBe(1_790_000_000_300);
    expect(JSON.parse(JSON.stringify(inbound))).toEqual(inbound);
    expect(JSON.stringify(inbound.raw)).not.toContain("sendBySession");
  });
});

test("a redelivery has the same id, and both deliveries are acknowledged by their own", () => {
  const { frames = [], acks = [] } = named("redelivery");
  const envelopes = frames.map(envelopeOf);
  expect(new Set(envelopes.map((one) => normalise(one, self)?.id))).toEqual(new Set(["msgExample0033=="]));
  expect(envelopes.map((one) => JSON.parse(settledAck(one, "duplicate") ?? "null") as unknown)).toEqual(acks);
});

test("two bots in one message: same id, different accounts and conversations", () => {
  const { frames = [], acks = [] } = named("one group message that mentions two bots");
  const seen = frames.map((frame, at) => normalise(envelopeOf(frame), { ...self, account: `bot${at}` }) as Inbound);
  expect(new Set(seen.map(({ account, id }) => `${account} ${id}`)).size).toBe(2);
  expect(new Set(seen.map(({ conversation }) => conversation?.key)).size).toBe(2);
  expect(frames.map((one) => JSON.parse(settledAck(envelopeOf(one), "accepted") ?? "null") as unknown)).toEqual(acks);
});

test("an event keeps its name, id, time and payload; busy asks for it again", () => {
  const { frame, expect: expected, ack } = named("event, handled");
  const envelope = envelopeOf(frame);
  expect(normalise(envelope, self)).toMatchObject({
    kind: "other",
    type: expected?.["eventType"],
    id: expected?.["eventId"],
    sentAt: expected?.["bornAt"],
    raw: expected?.["payload"],
  });
  expect(JSON.parse(settledAck(envelope, "accepted") ?? "null")).toEqual(ack);
  expect(JSON.parse(settledAck(envelope, "busy") ?? "null")).toEqual(named("event, handler asks").ack);
});

test("a ping gets its data back; the other system frames are no messages", () => {
  const ping = named("system ping");
  expect(JSON.parse(pingAck(envelopeOf(ping.frame)) ?? "null")).toEqual(ping.ack);
  for (const name of ["system disconnect", "system CONNECTED", "system KEEPALIVE"]) {
    const envelope = envelopeOf(named(name).frame);
    expect(envelope.type).toBe("SYSTEM");
    expect(normalise(envelope, self)).toBeUndefined();
  }
});

test("what is no message of ours is undefined, never an exception", () => {
  const broken = named("data is not JSON");
  expect(normalise(envelopeOf(broken.frame), self)).toBeUndefined();
  expect(JSON.parse(badRequestAck(envelopeOf(broken.frame)) ?? "null")).toEqual(broken.ack);
  const topics: readonly string[] = Object.values(TOPIC);
  for (const name of ["callback for a topic", "callback whose topic", "plugin (graph)"]) {
    const { frame, raw } = named(name);
    const envelope = parseEnvelope(raw ?? JSON.stringify(frame)) as Envelope;
    expect(topics).not.toContain(envelope.topic);
    expect(normalise(envelope, self)).toBeUndefined();
    const { messageId } = envelope;
    const refusal = { code: 404, headers: { contentType: "application/json", messageId } };
    expect(JSON.parse(notFoundAck(envelope) ?? "null")).toMatchObject(refusal);
  }
  expect(parseEnvelope(named("frame is not JSON").raw ?? "")).toBeUndefined();
});

test("an acknowledgement needs an id to answer", () => {
  const envelope = envelopeOf({ type: "CALLBACK", headers: { topic: TOPIC.message }, data: "{}" });
  expect(settledAck(envelope, "accepted")).toBeUndefined();
});

test("without a configured name the bot's mention stays in a rich text", () => {
  const vector = named("richText in a group");
  const inbound = normalise(envelopeOf(vector.frame), { ...self, botName: undefined }) as MessageInbound;
  expect(inbound.text).toBe("@示例机器人 对比这两张");
});

// The vectors' words. What our Inbound has no field for (sender.corpId, isAdmin, …) is the platform's own and stays in `raw`.

type Expected = Readonly<Record<string, unknown>> & {
  readonly sender: Readonly<Record<string, unknown>>;
  readonly mentions: readonly Readonly<Record<string, unknown>>[];
  readonly media: readonly Readonly<Record<string, unknown>>[];
  readonly quote: (Readonly<Record<string, unknown>> & { readonly media: readonly object[] }) | null;
};

/** Our model keeps one id for a mention, and of a quote what a handler can use. */
function withoutRawFacts(expected: Expected): object {
  const { topic: _topic, sender, mentions, media, quote, ...rest } = expected;
  const { corpId: _corpId, isAdmin: _isAdmin, ...person } = sender;
  return {
    ...rest,
    sender: person,
    mentions: mentions.map(({ dingtalkId, staffId, isBot }) => ({ id: staffId ?? dingtalkId, isBot })),
    media: media.map(({ transcript: _transcript, format: _format, ...one }) => one),
    quote:
      quote === null
        ? null
        : {
            msgId: quote["msgId"],
            senderDingtalkId: quote["senderDingtalkId"],
            fromBot: quote["fromBot"],
            text: quote["text"],
            media: quote.media,
          },
  };
}

function toVector(inbound: MessageInbound): object {
  const reply = inbound.replyTo as ReplyTo;
  const raw = inbound.raw as Readonly<Record<string, unknown>>;
  const direct = inbound.conversation.kind === "direct";
  return {
    msgId: inbound.id,
    chatType: inbound.conversation.kind,
    chatId: inbound.conversation.id,
    chatTitle: inbound.conversation.title ?? null,
    sender: {
      id: inbound.sender.id,
      staffId: reply.staffId ?? null,
      dingtalkId: raw["senderId"],
      name: inbound.sender.name,
    },
    createdAt: inbound.sentAt,
    robotCode: reply.robotCode,
    sessionWebhook: reply.session,
    proactiveTarget: targetOf(reply, direct),
    botMentioned: inbound.mentionsSelf,
    mentions: inbound.mentions.map(({ id, isSelf }) => ({ id, isBot: isSelf })),
    kind: raw["msgtype"],
    media: inbound.attachments.map(mediaOf),
    quote: inbound.quote === undefined ? null : quoteOf(inbound.quote),
    text: inbound.text,
  };
}

function targetOf(reply: ReplyTo, direct: boolean): object | null {
  if (!direct) return { api: "groupMessages/send", openConversationId: reply.conversationId };
  return reply.staffId === undefined ? null : { api: "oToMessages/batchSend", userId: reply.staffId };
}

/** `voice` is the vectors' audio; a document of the drive is a file to us, known by having no download code. */
function mediaOf(ref: FileRef): object {
  const { robotCode: _robotCode, ...handle } = ref.handle as FileHandle;
  const ours = ref.media === "voice" ? "audio" : ref.media;
  const kind = ours === "file" && handle.downloadCode === undefined ? "document" : ours;
  return {
    kind,
    ...handle,
    ...(ref.name === undefined ? {} : { fileName: ref.name }),
    ...(ref.durationMs === undefined ? {} : { durationMs: ref.durationMs }),
  };
}

function quoteOf(quote: Quote): object {
  return {
    msgId: quote.id,
    senderDingtalkId: quote.sender?.id ?? null,
    fromBot: quote.sender?.isBot ?? null,
    text: quote.text,
    media: quote.attachments.map(mediaOf),
  };
}
