/** Messages as bodies of a group's custom robot. Pure. Source: "Message types of custom robots" of DingTalk's documentation. */
import type { Card, Outbound } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import { dingtalkError } from "../errors.ts";
import { cardText } from "./card-params.ts";
import { escapeMentions, robotMarkdown } from "./render.ts";
import { atOf, sessionBody } from "./send.ts";

/** A longer body is refused with 460101. */
const MAX_BODY_BYTES = 20_000;
const MAX_BUTTONS = 6;

/** What a robot of a group sends: one of the platform's kinds of messages. */
export interface RobotBody {
  readonly msgtype: "text" | "markdown" | "actionCard";
  readonly text?: { readonly content: string };
  readonly markdown?: { readonly title: string; readonly text: string };
  readonly actionCard?: { readonly title: string; readonly text: string } & Readonly<Record<string, unknown>>;
}

/** Throws `unsupported` for what a group robot does not carry: it hears nothing, so nobody can press or fill in anything. */
export function checkRobotMessage(message: Outbound): void {
  if (message.kind === "media")
    throw unsupportedError(ROBOT, "send files; a markdown image with a public address works");
  if (message.kind !== "card") return;
  const { image, inputs = [], buttons = [] } = message;
  if (buttons.some((button) => !("url" in button)))
    throw unsupportedError(ROBOT, "hear who presses a button; give each button a url, or use the bot of an app");
  if (inputs.length > 0) throw unsupportedError(ROBOT, "hear what is filled in; use the bot of an app");
  if (image !== undefined && !(image.file instanceof URL))
    throw unsupportedError(ROBOT, "upload a picture; give the card's image a public address");
  if (buttons.length > MAX_BUTTONS) throw unsupportedError(ROBOT, `show more than ${MAX_BUTTONS} buttons`);
}

const ROBOT = "a group robot of dingtalk";

/** The body, with the keyword where it lacks it. Throws `too_large` (not sent). */
export function robotBody(message: Outbound, keyword: string | undefined): RobotBody {
  const body = withKeyword(bodyOf(message), keyword);
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= MAX_BODY_BYTES) return body;
  throw dingtalkError("large", {
    message: `the message has ${bytes} bytes, of at most ${MAX_BODY_BYTES} (JSON)`,
    outcome: "not_sent",
    fix: { en: "Send it in parts.", zh: "请分段发送。" },
  });
}

function bodyOf(message: Outbound): RobotBody {
  if (message.kind === "media") throw unsupportedError(ROBOT, "send files");
  return message.kind === "card" ? cardBody(message) : (sessionBody(message) as RobotBody);
}

/** Buttons lead to addresses. Without any it is a markdown message under its title. */
function cardBody(card: Card): RobotBody {
  const links = (card.buttons ?? []).flatMap((button) => ("url" in button ? [button] : []));
  const title = escapeMentions(card.title);
  const text = `### ${card.title}\n\n${cardText(card)}`.trimEnd();
  const [only] = links;
  if (only === undefined) {
    const mentions = card.mentions === undefined ? {} : { mentions: card.mentions };
    return sessionBody({ kind: "markdown", text, ...mentions }) as RobotBody;
  }
  const shown = { title, text: robotMarkdown(escapeMentions(text)) };
  const buttons =
    links.length === 1
      ? { singleTitle: only.label, singleURL: only.url }
      : { btnOrientation: "0", btns: links.map(({ label, url }) => ({ title: label, actionURL: url })) };
  return { msgtype: "actionCard", actionCard: { ...shown, ...buttons }, ...atOf(card.mentions) };
}

/** One of the robot's keywords must stand in the message; what lacks it is refused with 310000. */
function withKeyword(body: RobotBody, keyword: string | undefined): RobotBody {
  const { text, markdown, actionCard } = body;
  const shown = text?.content ?? markdown?.text ?? actionCard?.text ?? "";
  if (keyword === undefined || keyword === "" || shown.includes(keyword)) return body;
  const longer = `${shown}\n\n${keyword}`;
  if (text !== undefined) return { ...body, text: { content: longer } };
  if (markdown !== undefined) return { ...body, markdown: { ...markdown, text: longer } };
  return actionCard === undefined ? body : { ...body, actionCard: { ...actionCard, text: longer } };
}
