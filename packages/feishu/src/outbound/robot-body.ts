/** Messages as bodies of a group's custom bot, whose `content` is an object. Pure. */
import type { Outbound } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import { feishuError } from "../errors.ts";
import { drawCard } from "./card-params.ts";
import { bodyOf } from "./render.ts";

/** A longer body is refused with 9499. */
const MAX_BODY_BYTES = 20_000;
const ROBOT = "a group robot of feishu";

/** What a robot of a group sends. */
export type RobotBody =
  | { readonly msg_type: "text" | "post"; readonly content: object }
  | { readonly msg_type: "interactive"; readonly card: object };

/** Throws `unsupported` for what a group robot does not carry: it hears nothing, so nobody can press or fill in anything. */
export function checkRobotMessage(message: Outbound): void {
  if (message.kind === "media") throw unsupportedError(ROBOT, "send files; a link to one works");
  if (message.kind !== "card") return;
  const { image, inputs = [], buttons = [] } = message;
  if (buttons.some((button) => !("url" in button)))
    throw unsupportedError(ROBOT, "hear who presses a button; give each button a url, or use the bot of an app");
  if (inputs.length > 0) throw unsupportedError(ROBOT, "hear what is filled in; use the bot of an app");
  if (image !== undefined && !(image.file instanceof URL))
    throw unsupportedError(ROBOT, "upload a picture; give the card's image a public address");
}

/** The body, with the keyword where it lacks it. Throws `too_large` (not sent). */
export function robotBody(given: Outbound, keyword: string | undefined): RobotBody {
  const body = plainBody(withKeyword(given, keyword));
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= MAX_BODY_BYTES) return body;
  throw feishuError("large", {
    message: `the message has ${bytes} bytes, of at most ${MAX_BODY_BYTES} (JSON)`,
    outcome: "not_sent",
    fix: { en: "Send it in parts.", zh: "请分段发送。" },
  });
}

function plainBody(message: Outbound): RobotBody {
  if (message.kind === "media") throw unsupportedError(ROBOT, "send files");
  if (message.kind === "card") return { msg_type: "interactive", card: drawCard(message, undefined).shown };
  const { msg_type, content } = bodyOf(message);
  const parsed = JSON.parse(content) as object;
  if (msg_type === "interactive") return { msg_type, card: parsed };
  return msg_type === "post" ? { msg_type, content: { post: parsed } } : { msg_type: "text", content: parsed };
}

/** One of the robot's keywords must stand in the message; what lacks it is refused with 19024. */
function withKeyword(message: Outbound, keyword: string | undefined): Outbound {
  if (keyword === undefined || keyword === "" || message.kind === "media") return message;
  const { text = "" } = message;
  const shown = message.kind === "card" ? `${message.title}\n${text}` : text;
  return shown.includes(keyword) ? message : { ...message, text: `${text}\n\n${keyword}`.trim() };
}
