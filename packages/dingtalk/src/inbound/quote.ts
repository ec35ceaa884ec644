/** The message that was replied to. What the callback does not carry is looked up later, by its id. Pure. */
import type { Quote } from "@openclaw-china/core";
import type { BotMessage } from "../wire/message.ts";
import { contentOf } from "./content.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Undefined: nothing is quoted. */
export function quoteOf(message: BotMessage): Quote | undefined {
  const replied = message.text?.["repliedMsg"];
  if (typeof replied === "object" && replied !== null) return repliedQuote(message, replied as Fields);
  if (message.quoteMessage) return oldQuote(message.quoteMessage);
  if (message.text?.["isReplyMsg"] !== true) return undefined;
  return { ...(message.originalMsgId ? { id: message.originalMsgId } : {}), text: "", attachments: [] };
}

function repliedQuote(message: BotMessage, replied: Fields): Quote {
  const { msgId, msgType, senderId, content } = replied;
  const { text, attachments } = contentOf(String(msgType ?? ""), undefined, content);
  const id = typeof msgId === "string" ? msgId : message.originalMsgId;
  return { ...(id ? { id } : {}), text, attachments, ...senderOf(senderId, message.chatbotUserId) };
}

/** An older form: `{msgId, msgtype, text: {content}, senderNick, senderId}`. */
function oldQuote(quote: Fields): Quote {
  const { msgId, msgtype, text, content, senderId, senderNick } = quote;
  const read = contentOf(String(msgtype ?? "text"), text, content);
  const name = typeof senderNick === "string" ? { name: senderNick } : {};
  const sender = typeof senderId === "string" ? { sender: { id: senderId, isBot: false, ...name } } : {};
  return { ...(typeof msgId === "string" ? { id: msgId } : {}), ...read, ...sender };
}

function senderOf(senderId: unknown, self: string | null | undefined): Pick<Quote, "sender"> {
  return typeof senderId === "string" ? { sender: { id: senderId, isBot: senderId === self } } : {};
}
