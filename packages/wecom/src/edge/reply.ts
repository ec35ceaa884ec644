/** Sealed answers within a call: bots are answered in JSON, applications in XML. Pure. */
import type { SealedAnswer } from "./sealed.ts";

/** Names are written small, and the time is a number. */
export function jsonReply({ encrypt, signature, timestamp, nonce }: SealedAnswer): string {
  return JSON.stringify({ encrypt, msgsignature: signature, timestamp: Number(timestamp), nonce });
}

export function xmlReply({ encrypt, signature, timestamp, nonce }: SealedAnswer): string {
  return `<xml><Encrypt>${verbatim(encrypt)}</Encrypt><MsgSignature>${verbatim(signature)}</MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce>${verbatim(nonce)}</Nonce></xml>`;
}

interface Parties {
  readonly userId: string;
  readonly corpId: string;
  /** Seconds. */
  readonly timestamp: string;
}

/** A person of the application's is told something. */
export function xmlText(words: string, parties: Parties): string {
  return xml(parties, "text", `<Content>${verbatim(words)}</Content>`);
}

/** The pressed card's button says who chose what, and cannot be pressed again. */
export function xmlUpdateButton(words: string, parties: Parties): string {
  return xml(parties, "update_button", `<Button><ReplaceName>${verbatim(words)}</ReplaceName></Button>`);
}

function xml({ userId, corpId, timestamp }: Parties, type: string, content: string): string {
  return `<xml><ToUserName>${verbatim(userId)}</ToUserName><FromUserName>${verbatim(corpId)}</FromUserName><CreateTime>${timestamp}</CreateTime><MsgType>${verbatim(type)}</MsgType>${content}</xml>`;
}

/** Where the text itself ends a verbatim section, it goes on in a second one. */
function verbatim(words: string): string {
  return `<![CDATA[${words.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
}
