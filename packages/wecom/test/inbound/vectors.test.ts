/** Every inbound vector through the function of its way in. One function maps our words to the vectors'. */
import { readFileSync } from "node:fs";
import type { FileRef, Inbound } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { parseXml } from "../../src/edge/xml.ts";
import { normaliseApp } from "../../src/inbound/app.ts";
import type { FileHandle } from "../../src/inbound/content.ts";
import { normaliseKf } from "../../src/inbound/kf.ts";
import { normalise, normaliseCallback, type Self } from "../../src/inbound/normalise.ts";
import type { ReplyTo } from "../../src/inbound/reply-to.ts";
import { parseAppMessage, parseKfItem, parseKfNotice } from "../../src/wire/callback.ts";
import { parseFrame } from "../../src/wire/envelope.ts";

type Words = Readonly<Record<string, unknown>>;
interface Sample {
  readonly name: string;
  readonly transport: "aibot-ws" | "aibot-http" | "app-xml" | "kf-sync";
  readonly payload: unknown;
  readonly options?: { readonly botName?: string };
  readonly expected: Words;
}

const file = new URL("../vectors/wecom-inbound.json", import.meta.url);
const { samples } = JSON.parse(readFileSync(file, "utf8")) as { readonly samples: readonly Sample[] };
const NOW = 1_785_000_999_000;

test("the vectors are all here", () => {
  expect(samples).toHaveLength(35);
});

describe("each sample", () => {
  test.each(samples)("$name", (sample) => {
    const words = wordsOf(sample);
    expect(words).toMatchObject(settled(sample.expected));
    expect(Object.keys(words).length).toBeGreaterThan(0);
  });

  test.each(samples.filter(({ expected }) => expected["kind"] !== "kf-notice"))(
    "$name: plain JSON, and no key or bearer address outside of handle and replyTo",
    (sample) => {
      const inbound = inboundOf(sample) as Inbound;
      expect(JSON.parse(JSON.stringify(inbound))).toEqual(inbound);
      const shown = JSON.stringify(inbound.raw);
      for (const secret of ["response_code", "vcBKtEQb", "RESP-CODE", "WCODE"]) expect(shown).not.toContain(secret);
      expect(inbound.receivedAt).toBe(NOW);
    },
  );
});

function selfOf({ options }: Sample): Self {
  return { account: "default", botName: options?.botName, now: () => NOW };
}

function inboundOf(sample: Sample): Inbound | undefined {
  const self = selfOf(sample);
  const { transport, payload } = sample;
  if (transport === "aibot-ws") {
    const frame = parseFrame(JSON.stringify(payload));
    return frame && normalise(frame, self);
  }
  if (transport === "aibot-http") return normaliseCallback(payload, self);
  if (transport === "kf-sync") {
    const item = parseKfItem(payload);
    return item && normaliseKf(item, self);
  }
  const message = parseAppMessage(parseXml(payload as string) ?? "");
  return message && normaliseApp(message, self);
}

/** Facts that are told otherwise than the samples do, and are asserted elsewhere. */
function settled(expected: Words): Words {
  const { rawText: _, fromVoice: __, ...rest } = expected;
  return rest;
}

/** Our words in the vectors'. */
function wordsOf(sample: Sample): Words {
  const { transport, payload } = sample;
  const notice = transport === "app-xml" ? parseKfNotice(parseXml(payload as string) ?? "") : undefined;
  if (notice !== undefined) {
    const { corpId, openKfId, token, sentAt } = notice;
    return { kind: "kf-notice", corpId, openKfId, syncToken: token, timestampMs: sentAt };
  }
  const inbound = inboundOf(sample) as Inbound;
  const raw = inbound.raw as Words;
  const botId = (transport === "aibot-ws" ? (payload as { body: Words }).body : (payload as Words))["aibotid"];
  const kf = inbound.replyTo as Partial<{ openKfId: string }> | undefined;
  const isBot = transport.startsWith("aibot");
  return {
    ...(isBot ? { botId, dedupeKey: `${String(botId)}:${inbound.id}` } : { dedupeKey: inbound.id }),
    ...(transport === "app-xml" ? { corpId: raw["ToUserName"], agentId: Number(raw["AgentID"]) } : {}),
    ...(transport === "kf-sync" ? { openKfId: kf?.openKfId } : {}),
    ...whoAndWhere(inbound, raw),
    ...(inbound.sentAt === undefined ? {} : { timestampMs: inbound.sentAt }),
    ...whatOf(inbound, raw),
    ...(sample.expected["reply"] === null ? { reply: null } : { reply: replyWords(inbound) }),
  };
}

function whoAndWhere({ conversation, sender }: Inbound, raw: Words): Words {
  if (conversation === undefined || sender === undefined) return {};
  const corp = (raw["from"] as { corpid?: string } | undefined)?.corpid;
  return {
    chatType: conversation.kind,
    chatId: conversation.id,
    senderId: sender.id,
    ...(corp === undefined ? {} : { senderCorpId: corp }),
  };
}

function whatOf(inbound: Inbound, raw: Words): Words {
  if (inbound.kind === "other" && inbound.type === "disconnected_event")
    return { kind: "control", event: { type: "kicked" } };
  if (inbound.kind !== "message") return { kind: "event", event: eventWords(inbound, raw) };
  const { text, mentionsSelf, conversation, attachments, quote, unreadable } = inbound;
  const quoted = raw["quote"] as { msgtype?: string } | undefined;
  const menu = (raw["text"] as { menu_id?: string } | undefined)?.menu_id;
  return {
    kind: "message",
    text,
    mentionedBot: mentionsSelf && conversation.kind === "group",
    media: attachments.map((one) => mediaWords(one, raw)),
    ...(quote && {
      quote: { type: quoted?.msgtype, text: quote.text, media: quote.attachments.map((one) => mediaWords(one, raw)) },
    }),
    ...(unreadable === undefined ? {} : { unsupportedType: raw["msgtype"] ?? raw["MsgType"] }),
    ...(menu === undefined ? {} : { menuId: menu }),
    ...(raw["MsgType"] === "location" ? { location: locationWords(raw) } : {}),
    ...(raw["MsgType"] === "link"
      ? { link: { title: raw["Title"], description: raw["Description"], url: raw["Url"], picUrl: raw["PicUrl"] } }
      : {}),
  };
}

function locationWords(raw: Words): Words {
  return {
    latitude: Number(raw["Location_X"]),
    longitude: Number(raw["Location_Y"]),
    scale: Number(raw["Scale"]),
    label: raw["Label"],
  };
}

function mediaWords({ media: type, handle, expiresAt }: FileRef, raw: Words): Words {
  const file = handle as FileHandle;
  if ("url" in file) {
    expect(expiresAt).toBe(NOW + 300_000);
    return { type, url: file.url, aesKey: file.aesKey ?? "ENCODING_AES_KEY" };
  }
  const thumb = raw["ThumbMediaId"];
  return {
    type,
    mediaId: file.mediaId,
    ...(raw["Format"] === undefined ? {} : { format: raw["Format"] }),
    ...(thumb === undefined ? {} : { thumbMediaId: thumb }),
  };
}

const REASONS = ["", "off-topic", "incomplete", "wrong", "data-analysis"];

function eventWords(inbound: Inbound, raw: Words): Words {
  if (inbound.kind === "reaction") {
    const { content, inaccurate_reason_list: reasons } = (raw["event"] as { feedback_event: Words }).feedback_event as {
      readonly content: string;
      readonly inaccurate_reason_list: readonly number[];
    };
    const verdict =
      inbound.change === "removed" ? "withdrawn" : { "👍": "accurate", "👎": "inaccurate" }[inbound.emoji];
    return {
      type: "feedback",
      id: inbound.message?.id,
      verdict,
      comment: content,
      reasons: reasons.map((at) => REASONS[at]),
    };
  }
  if (inbound.kind === "action" && inbound.source === "card") {
    const told = (raw["event"] as { template_card_event: Words } | undefined)?.template_card_event;
    const code = (inbound.replyTo as { responseCode?: string }).responseCode;
    return {
      type: "card_action",
      cardType: told?.["card_type"] ?? raw["CardType"],
      key: inbound.button,
      taskId: inbound.message?.id,
      selected: Object.fromEntries(Object.entries(inbound.values).map(([key, value]) => [key, [value].flat()])),
      ...(code === undefined ? {} : { responseCode: code }),
    };
  }
  const app = raw["Event"];
  if (app !== undefined) {
    const key = inbound.kind === "action" ? inbound.button : (raw["EventKey"] ?? "");
    return { type: app, key, ...(raw["ChangeType"] === undefined ? {} : { changeType: raw["ChangeType"] }) };
  }
  const { event_type: kf, scene, scene_param: sceneParam, eventtype } = raw["event"] as Words;
  const { welcomeCode } = inbound.replyTo as { welcomeCode?: string };
  return kf === undefined ? { type: eventtype } : { type: kf, scene, sceneParam, welcomeCode };
}

const COMMANDS = { membership: "aibot_respond_welcome_msg", action: "aibot_respond_update_msg" } as const;

function replyWords(inbound: Inbound): Words | undefined {
  const reply = inbound.replyTo as ReplyTo | undefined;
  if (reply?.via === "socket") {
    expect(reply.at).toBe(NOW);
    const inTime = inbound.kind === "membership" || inbound.kind === "action";
    return { via: "ws", reqId: reply.reqId, ...(inTime ? { deadlineMs: 5_000, cmd: COMMANDS[inbound.kind] } : {}) };
  }
  if (reply?.via === "callback")
    return { via: "http", responseUrl: reply.responseUrl, streamable: reply.streamId !== undefined };
  if (reply?.via === "app") return { via: "api", toUser: reply.userId };
  if (reply?.welcomeCode !== undefined) return { via: "kf-event", code: reply.welcomeCode, deadlineMs: 20_000 };
  return reply && { via: "kf", toUser: reply.customerId, openKfId: reply.openKfId };
}
