/** Messages as bodies of a group's webhook robot. Pure. Source: "group robots" of WeCom's documentation. */
import { createHash } from "node:crypto";
import type { Card, Outbound } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { MessageBody } from "../api/frames.ts";
import { drawCard, cardWords } from "./card-params.ts";
import { escapeMentions, isPlainText, type Textual, TEXT_LIMITS } from "./render.ts";
import { wecomError } from "../errors.ts";

/** A text without markup; markdown has twice as much. */
export const ROBOT_TEXT_BYTES = 2_048;
const MAX_IMAGE_BYTES = 2 * 1_048_576;
const MOBILE = /^(\+\d{1,4}-?)?1[3-9]\d{9}$/;
const ROBOT = "a group robot of wecom";

/** Throws `unsupported` for what a group robot does not carry: it hears nothing, so nobody can press or fill in anything. */
export function checkRobotMessage(message: Outbound): void {
  if (message.kind !== "card") return;
  const { inputs = [], buttons = [], image } = message;
  if (buttons.some((button) => !("url" in button)))
    throw unsupportedError(ROBOT, "hear who presses a button; give each button a url, or use a bot or an application");
  if (inputs.length > 0) throw unsupportedError(ROBOT, "hear what is filled in; use a bot or an application");
  if (image !== undefined && !(image.file instanceof URL))
    throw unsupportedError(ROBOT, "upload the picture of a card; give the card's image a public address");
}

/** Words: a text where it notifies somebody or needs no markup; else markdown, in the richer kind where nobody is named. */
export function robotText(message: Textual): MessageBody {
  const { mentions, text } = message;
  const isText = message.kind === "text" || isPlainText(text);
  if (isText && Buffer.byteLength(text) <= ROBOT_TEXT_BYTES)
    return { msgtype: "text", text: { content: text, ...mentionLists(mentions) } };
  if (mentions === undefined || mentions.length === 0)
    return { msgtype: "markdown_v2", markdown_v2: { content: fitting(escapeMentions(text)) } };
  if (mentions === "all")
    return { msgtype: "text", text: { content: fitting(text, ROBOT_TEXT_BYTES), ...mentionLists(mentions) } };
  const names = mentions.map((id) => `<@${id}>`).join(" ");
  return { msgtype: "markdown", markdown: { content: fitting(`${names} ${escapeMentions(text)}`) } };
}

/** Buttons lead to addresses. Without any it is a markdown message under its title. */
export function robotCard(card: Card): MessageBody {
  const native = card.native?.["wecom"];
  if (native !== undefined) return { msgtype: "template_card", template_card: native };
  const drawn = drawCard(card, "robot");
  if (drawn === undefined || drawn.lead !== undefined) return robotText(cardWords(card));
  const { task_id: _none, ...shown } = drawn.card;
  return { msgtype: "template_card", template_card: shown };
}

/** A picture goes inside of the message. Undefined: it is too large for that, or no JPG or PNG. */
export function robotImage(bytes: Uint8Array, contentType: string): MessageBody | undefined {
  const isShown = contentType === "image/png" || contentType === "image/jpeg";
  if (!isShown || bytes.byteLength > MAX_IMAGE_BYTES) return undefined;
  const md5 = createHash("md5").update(bytes).digest("hex");
  return { msgtype: "image", image: { base64: Buffer.from(bytes).toString("base64"), md5 } };
}

/** People are named by userid or mobile number. */
function mentionLists(mentions: Textual["mentions"]): object {
  if (mentions === undefined || mentions.length === 0) return {};
  if (mentions === "all") return { mentioned_list: ["@all"] };
  const mobiles = mentions.filter((id) => MOBILE.test(id));
  const people = mentions.filter((id) => !mobiles.includes(id));
  return {
    ...(people.length === 0 ? {} : { mentioned_list: people }),
    ...(mobiles.length === 0 ? {} : { mentioned_mobile_list: mobiles }),
  };
}

/** Throws `too_large` (not sent), which has it cut further. */
function fitting(text: string, maxBytes: number = TEXT_LIMITS.robot): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  throw wecomError("large", {
    message: `the message has ${bytes} bytes, of at most ${maxBytes}`,
    outcome: "not_sent",
    fix: { en: "Send it in parts.", zh: "请分段发送。" },
  });
}
