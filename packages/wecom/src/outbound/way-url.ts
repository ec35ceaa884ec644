/** The `response_url` of a message: one answer, within an hour, in the chat the message came from. Text or a card. */
import type { Clock } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { Caller } from "../api/client.ts";
import type { MessageBody } from "../api/frames.ts";
import { answerByUrl } from "../api/messages.ts";
import { wecomError } from "../errors.ts";
import { botText, TEXT_LIMITS } from "./render.ts";
import { type Content, evidence, idOf, replyOf, type Way } from "./way.ts";

/** An hour, less what a call may take. */
const LIFE_MS = 3_540_000;

export interface UrlWayDeps {
  readonly caller: Caller & { readonly api: string };
  readonly clock: Clock;
  readonly account: string;
}

export function createUrlWay(deps: UrlWayDeps): Way {
  return {
    name: "response_url",
    async send(_to, content, options) {
      const reply = replyOf(options);
      const url = reply?.via === "socket" || reply?.via === "callback" ? reply.responseUrl : undefined;
      const at = reply?.via === "socket" || reply?.via === "callback" ? reply.at : 0;
      if (url === undefined || at + LIFE_MS <= deps.clock.now()) throw overError();
      await answerByUrl(deps.caller, { url, body: bodyOf(content) }, options.signal);
      return content.kind === "shown"
        ? evidence(deps, [content.taskId], { via: "bot" })
        : evidence(deps, [idOf("oc-", options.key)]);
    },
  };
}

function bodyOf(content: Content): MessageBody {
  if (content.kind === "shown") return { msgtype: "template_card", template_card: content.card };
  if (content.kind === "file") throw unsupportedError("wecom", "send a file by a response_url");
  const text = botText(content);
  if (Buffer.byteLength(text) > TEXT_LIMITS.bot) throw tooLong();
  return { msgtype: "markdown", markdown: { content: text } };
}

/** The address takes one message, so the rest of the text would have no way at all. */
function tooLong(): Error {
  return wecomError("large", {
    message: `the answer has more than ${TEXT_LIMITS.bot} bytes, and the message's response_url takes only one message`,
    outcome: "not_sent",
    fix: {
      en: "Answer in a shorter text, or set an application (app) beside the bot.",
      zh: "请缩短回答,或为机器人配置自建应用(app)。",
    },
  });
}

function overError(): Error {
  return wecomError("expired", {
    message: "the message that is answered has no response_url any more",
    outcome: "not_sent",
    fix: {
      en: "Write to the bot again; with an application (app) beside the bot answers go on through it.",
      zh: "请重新给机器人发消息;若为机器人配置了自建应用(app),后续回复会改由应用发送。",
    },
  });
}
