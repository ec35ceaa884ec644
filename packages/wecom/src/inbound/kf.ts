/** What customers write to customer service, to our Inbound. Pure. What the staff writes is none of the bot's business. */
import type { FileRef, Inbound, MessageInbound } from "@openclaw-china/core";
import type { KfItem } from "../wire/callback.ts";
import { lines } from "./app.ts";
import { type Content, type FileHandle, fieldsOf, stringOf } from "./content.ts";
import type { Self } from "./normalise.ts";
import type { KfReply } from "./reply-to.ts";

/** `origin` of what a member of the staff wrote. */
const STAFF = 5;
/** How long the platform keeps a file. */
const FILE_MS = 3 * 86_400_000;

/** Undefined: it is not from a customer, or nobody says from which. */
export function normaliseKf(item: KfItem, self: Self): Inbound | undefined {
  const event = item.event ?? {};
  const openKfId = item.open_kfid || stringOf(event["open_kfid"]);
  const customerId = item.external_userid || stringOf(event["external_userid"]);
  if (openKfId === "" || customerId === "" || item.origin === STAFF) return undefined;
  const receivedAt = self.now();
  const at = item.send_time ? item.send_time * 1_000 : receivedAt;
  const welcomeCode = stringOf(event["welcome_code"]);
  const common = {
    id: `kf:${openKfId}:${item.msgid}`,
    channel: "wecom",
    account: self.account,
    sentAt: at,
    receivedAt,
    replyTo: {
      via: "kf",
      openKfId,
      customerId,
      at,
      ...(welcomeCode === "" ? {} : { welcomeCode }),
    } satisfies KfReply,
    raw: withoutSecrets(item),
    conversation: { kind: "direct" as const, id: customerId, key: `wecom:${self.account}:${customerId}` },
    sender: { id: customerId, isBot: false, isExternal: true },
  };
  if (item.msgtype === "event") return eventIn(item, common);
  const { text, attachments } = contentOf(item, receivedAt);
  return {
    kind: "message",
    ...common,
    text,
    mentions: [],
    mentionsSelf: true,
    mentionsAll: false,
    attachments,
    ...(text === "" && attachments.length === 0 && item.msgtype !== "text" ? { unreadable: UNREADABLE } : {}),
  };
}

const UNREADABLE =
  "抱歉,这类消息无法由客服机器人读取,请改发文字、图片或文件。 Sorry, this kind of message cannot be read here. Please send text, a picture or a file.";

type Placed = Omit<MessageInbound, "kind" | "text" | "mentions" | "mentionsSelf" | "mentionsAll" | "attachments">;

function eventIn(item: KfItem, placed: Placed): Inbound {
  const event = item.event ?? {};
  const type = stringOf(event["event_type"]);
  if (type === "enter_session") return { kind: "membership", ...placed, change: "opened", who: "others" };
  const recalled = stringOf(event["recall_msgid"]);
  if (type !== "user_recall_msg" || recalled === "") return { kind: "other", ...placed, type: type || "unknown" };
  const { openKfId } = placed.replyTo as KfReply;
  return { kind: "recall", ...placed, messageId: `kf:${openKfId}:${recalled}` };
}

/** `raw` may be shown; the code with which a customer can be greeted may not. */
function withoutSecrets(item: KfItem): object {
  if (!item.event) return item;
  const { welcome_code: _, ...event } = item.event;
  return { ...item, event };
}

function contentOf(item: KfItem, receivedAt: number): Content {
  const { msgtype } = item;
  const body = fieldsOf(item[msgtype]);
  const field = (name: string): string => stringOf(body[name]);
  switch (msgtype) {
    case "text":
      return { text: field("content").trim(), attachments: [] };
    case "image":
    case "voice":
    case "video":
    case "file":
      return { text: "", attachments: filesOf(msgtype, field("media_id"), receivedAt) };
    case "location":
      return {
        text: lines([field("name"), field("address")]) || `${field("latitude")}, ${field("longitude")}`,
        attachments: [],
      };
    case "link":
      return { text: lines([field("title"), field("desc"), field("url")]), attachments: [] };
    case "miniprogram":
      return { text: field("title"), attachments: [] };
    case "msgmenu":
      return { text: lines([field("head_content"), field("tail_content")]), attachments: [] };
    default:
      return { text: "", attachments: [] };
  }
}

function filesOf(media: FileRef["media"], mediaId: string, receivedAt: number): readonly FileRef[] {
  if (mediaId === "") return [];
  return [{ media, expiresAt: receivedAt + FILE_MS, handle: { mediaId, of: "kf" } satisfies FileHandle }];
}
