/** The message that was replied to. What the callback does not carry is looked up later, by its id. Pure. */
import type { Quote } from "@openclaw-china/core";
import type { BotMessage } from "../wire/message.ts";
import { contentOf, type Fields, fieldsOf, stringOf } from "./content.ts";

/** Undefined: nothing is quoted. */
export function quoteOf(message: BotMessage): Quote | undefined {
  const reply = replyIn(message);
  const replied = fieldsOf(reply["repliedMsg"]);
  if (Object.keys(replied).length > 0) return repliedQuote(message, replied);
  const old = fieldsOf(message.quoteMessage);
  if (Object.keys(old).length > 0) return oldQuote(message, old);
  if (String(reply["isReplyMsg"]) !== "true" && !message.originalMsgId) return undefined;
  return { ...idOf(message.originalMsgId), text: "", attachments: [] };
}

/** `isReplyMsg` and `repliedMsg` stand beside the text; rich texts have them beside their parts. */
function replyIn({ text, content }: BotMessage): Fields {
  const beside = fieldsOf(text);
  return beside["repliedMsg"] === undefined && beside["isReplyMsg"] === undefined ? fieldsOf(content) : beside;
}

function repliedQuote(message: BotMessage, replied: Fields): Quote {
  const { msgId, msgType, msgtype, content } = replied;
  const read = contentOf({ msgtype: stringOf(msgType ?? msgtype) || "text", content });
  return { ...idOf(stringOf(msgId) || message.originalMsgId), ...read, ...senderOf(message, replied) };
}

/** An older form: `{msgId, msgtype, text: {content}, senderNick, senderId}`. */
function oldQuote(message: BotMessage, quote: Fields): Quote {
  const { msgId, msgtype, msgType, text, content } = quote;
  const read = contentOf({ msgtype: stringOf(msgtype ?? msgType) || "text", text, content });
  return { ...idOf(stringOf(msgId) || message.originalMsgId), ...read, ...senderOf(message, quote) };
}

function idOf(id: string | null | undefined): { readonly id?: string } {
  return id ? { id } : {};
}

function senderOf(message: BotMessage, { senderId, senderNick }: Fields): Pick<Quote, "sender"> {
  const id = stringOf(senderId);
  if (id === "") return {};
  const name = stringOf(senderNick);
  return { sender: { id, ...(name === "" ? {} : { name }), isBot: id === message.chatbotUserId } };
}
