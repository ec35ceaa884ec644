/** Bodies of bot messages and card actions, as people cause them. */
import { randomUUID } from "node:crypto";
import { CARRIER } from "./robot.ts";
import { type Bot, directChatId, type Group, hash, type Member, type Tenant } from "./tenant.ts";

export interface Said {
  readonly tenant: Tenant;
  readonly sender: Member;
  readonly bot: Bot;
  readonly group: Group | undefined;
  /** Bots that are mentioned: in a group nothing else reaches a bot. */
  readonly mentioned: readonly Bot[];
  readonly quoted: Quoted | undefined;
  readonly msgId: string;
  /** ms since 1970. */
  readonly now: number;
  readonly session: { readonly url: string; readonly expiresAt: number };
}

/** A message that is answered. */
export interface Quoted {
  readonly id: string;
  readonly kind: "text" | "markdown" | "card" | "media";
  readonly text: string;
  /** Encrypted id of who wrote it. */
  readonly senderId: string;
}

export function newMessageId(): string {
  return `msg${hash(randomUUID(), 22)}==`;
}

/** The `data` of a message, without its content. */
export function messageBody(said: Said): Record<string, unknown> {
  const { tenant, sender, bot, group, msgId, now, session } = said;
  const staff = sender.staffId === undefined ? {} : { senderStaffId: sender.staffId, senderCorpId: tenant.corpId };
  return {
    conversationId: group?.id ?? directChatId(sender.staffId ?? sender.dingtalkId, bot.appKey),
    chatbotCorpId: tenant.corpId,
    chatbotUserId: bot.chatbotUserId,
    msgId,
    senderNick: sender.name,
    isAdmin: false,
    ...staff,
    sessionWebhookExpiredTime: session.expiresAt,
    createAt: now,
    conversationType: group === undefined ? "1" : "2",
    senderId: sender.dingtalkId,
    sessionWebhook: session.url,
    robotCode: bot.robotCode,
    ...(group === undefined ? {} : groupPart(said, group)),
  };
}

function groupPart({ mentioned, bot }: Said, group: Group): Record<string, unknown> {
  return {
    conversationTitle: group.title,
    isInAtList: mentioned.includes(bot),
    atUsers: mentioned.map(({ chatbotUserId }) => ({ dingtalkId: chatbotUserId })),
  };
}

/** The platform removes the mention of the bot from a text and leaves blanks. */
export function textContent(text: string, { group, quoted, now }: Said): Record<string, unknown> {
  const content = group === undefined ? text : ` ${text}`;
  if (quoted === undefined) return { msgtype: "text", text: { content } };
  const { id: msgId, kind, senderId } = quoted;
  const replied = { msgId, senderId, createdAt: now, ...repliedContent(quoted) };
  return {
    msgtype: "text",
    text: { content, isReplyMsg: true, repliedMsg: replied },
    originalMsgId: msgId,
    ...(kind === "card" ? { originalProcessQueryKey: `${CARRIER}${msgId}` } : {}),
  };
}

/** The text of a card is not in the callback; a file comes without its code, as in the old form. */
function repliedContent({ kind, text }: Quoted): Record<string, unknown> {
  if (kind === "card") return { msgType: "interactiveCard", content: {} };
  return kind === "media" ? { msgType: "unknownMsgType" } : { msgType: "text", content: { text } };
}

/** In a group only a picture can come with a mention, as a part of a rich text, where the mention stays. */
export function fileContent(file: File, downloadCode: string, { group, bot }: Said): Record<string, unknown> {
  const codes = { downloadCode, pictureDownloadCode: downloadCode };
  if (group !== undefined)
    return { msgtype: "richText", content: { richText: [{ text: `@${bot.name}` }, { type: "picture", ...codes }] } };
  if (file.type.startsWith("image/")) return { msgtype: "picture", content: codes };
  if (file.type.startsWith("audio/"))
    return { msgtype: "audio", content: { downloadCode, duration: 1_000, recognition: "" } };
  if (file.type.startsWith("video/"))
    return { msgtype: "video", content: { downloadCode, duration: "1", videoType: file.type.slice("video/".length) } };
  return {
    msgtype: "file",
    content: { downloadCode, fileName: file.name, spaceId: "1", fileId: hash(downloadCode, 11) },
  };
}

export interface Pressed {
  readonly tenant: Tenant;
  readonly outTrackId: string;
  readonly userId: string;
  readonly place: string;
  readonly button: string;
  readonly values: Readonly<Record<string, string>>;
}

export function actionBody({ tenant, outTrackId, userId, place, button, values }: Pressed): Record<string, unknown> {
  const content = JSON.stringify({ cardPrivateData: { actionIds: [button], params: values } });
  return {
    type: "actionCallback",
    outTrackId,
    corpId: tenant.corpId,
    userId,
    userIdType: 1,
    spaceId: place,
    spaceType: "im",
    extension: "{}",
    content,
    value: content,
  };
}
