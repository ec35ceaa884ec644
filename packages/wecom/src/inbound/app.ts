/** Messages and events of a self-built application to our Inbound. Pure; what is not known becomes `other`. */
import type { FileRef, Inbound, MessageInbound } from "@openclaw-china/core";
import { type AppMessage, pressOf, text } from "../wire/callback.ts";
import type { Content, FileHandle } from "./content.ts";
import { pressed, type Self } from "./normalise.ts";
import type { AppReply } from "./reply-to.ts";

/** How long the platform keeps a file. */
const FILE_MS = 3 * 86_400_000;

/** Everybody's direct chat with the application: groups do not reach it. */
export function normaliseApp(message: AppMessage, self: Self): Inbound {
  const { FromUserName: userId, MsgType: type } = message;
  const place = `app:${message.AgentID ?? ""}`;
  const receivedAt = self.now();
  const common = {
    channel: "wecom",
    account: self.account,
    ...(message.CreateTime ? { sentAt: Number(message.CreateTime) * 1_000 } : {}),
    receivedAt,
    replyTo: replyTo(message),
    raw: withoutSecrets(message),
    conversation: { kind: "direct" as const, id: userId, key: `wecom:${self.account}:${userId}` },
    sender: { id: userId, isBot: false },
  };
  if (type === "event") return eventIn(message, { ...common, id: `${place}:${eventKey(message)}` });
  const { text: words, attachments } = contentOf(message, receivedAt);
  return {
    kind: "message",
    id: `${place}:${message.MsgId || eventKey(message)}`,
    ...common,
    text: words,
    mentions: [],
    mentionsSelf: true,
    mentionsAll: false,
    attachments,
    ...(words === "" && attachments.length === 0 && type !== "text" ? { unreadable: UNREADABLE } : {}),
  };
}

const UNREADABLE =
  "抱歉,企业微信不会把这类消息的内容交给应用,请改发文字、图片或视频。 Sorry, WeCom does not hand this kind of message to applications. Please send text, a picture or a video.";

function replyTo(message: AppMessage): AppReply {
  const responseCode = text(message["ResponseCode"]);
  return { via: "app", userId: message.FromUserName, ...(responseCode === "" ? {} : { responseCode }) };
}

/** `raw` may be shown; the code with which a card can be changed may not. */
function withoutSecrets(message: AppMessage): object {
  const { ResponseCode: _, ...rest } = message;
  return rest;
}

/** Events have no id: two of one second are told apart by what they are about. */
function eventKey(message: AppMessage): string {
  const { FromUserName, CreateTime } = message;
  const task = text(message["TaskId"]);
  const key = [FromUserName, CreateTime ?? "", text(message["Event"]), text(message["EventKey"])].join(":");
  return task === "" ? key : `${key}:${task}`;
}

type Placed = Omit<MessageInbound, "kind" | "text" | "mentions" | "mentionsSelf" | "mentionsAll" | "attachments">;

function eventIn(message: AppMessage, placed: Placed): Inbound {
  const type = text(message["Event"]);
  const key = text(message["EventKey"]);
  switch (type) {
    case "subscribe":
      return { kind: "membership", ...placed, change: "joined", who: "others" };
    case "unsubscribe":
      return { kind: "membership", ...placed, change: "left", who: "others" };
    case "enter_agent":
      return { kind: "membership", ...placed, change: "opened", who: "others" };
    case "click":
      return { kind: "action", source: "menu", ...placed, button: key, values: {} };
    case "template_card_event":
    case "template_card_menu_event":
      return { kind: "action", source: "card", ...placed, ...pressed(pressOf(message), placed.account) };
    default:
      return { kind: "other", ...placed, type: type || "unknown" };
  }
}

function contentOf(message: AppMessage, receivedAt: number): Content {
  const field = (name: string): string => text(message[name]);
  switch (message.MsgType) {
    case "text":
      return { text: field("Content").trim(), attachments: [] };
    case "image":
    case "voice":
    case "video":
    case "file":
      return { text: "", attachments: filesOf(message.MsgType, field("MediaId"), receivedAt) };
    case "location":
      return { text: field("Label") || `${field("Location_X")}, ${field("Location_Y")}`, attachments: [] };
    case "link":
      return { text: lines([field("Title"), field("Description"), field("Url")]), attachments: [] };
    default:
      return { text: "", attachments: [] };
  }
}

function filesOf(media: FileRef["media"], mediaId: string, receivedAt: number): readonly FileRef[] {
  if (mediaId === "") return [];
  return [{ media, expiresAt: receivedAt + FILE_MS, handle: { mediaId, of: "app" } satisfies FileHandle }];
}

/** Without the empty ones. */
export function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n");
}
