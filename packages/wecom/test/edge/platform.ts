/** The platform's side of callbacks: signs and seals as it does, and opens what it is answered. Not one line of ours is used. */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";

export interface Keys {
  readonly token: string;
  readonly encodingAesKey: string;
}

export const ADDRESS = "https://bot.example.org/webhooks/wecom";
export const BOT: Keys = { token: "botTok3n", encodingAesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" };
export const APP: Keys = { token: "appTok3n", encodingAesKey: "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvuE" };
export const KF: Keys = { token: "kfTok3n", encodingAesKey: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFE" };
export const CORP = "wwc0ffee1234567890";

export function sealed({ encodingAesKey }: Keys, text: string, receiver: string): string {
  const key = Buffer.from(`${encodingAesKey}=`, "base64");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  const plain = Buffer.concat([Buffer.alloc(16, "r"), length, Buffer.from(text), Buffer.from(receiver)]);
  const pad = 32 - (plain.length % 32);
  const aes = createCipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([aes.update(plain), aes.update(Buffer.alloc(pad, pad)), aes.final()]).toString("base64");
}

export function opened(
  { encodingAesKey }: Keys,
  encrypt: string,
): { readonly text: string; readonly receiver: string } {
  const key = Buffer.from(`${encodingAesKey}=`, "base64");
  const aes = createDecipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([aes.update(encrypt, "base64"), aes.final()]);
  const plain = padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
  const end = 20 + plain.readUInt32BE(16);
  return { text: plain.subarray(20, end).toString(), receiver: plain.subarray(end).toString() };
}

export function signature(
  { token }: Keys,
  parts: readonly [timestamp: string, nonce: string, encrypt: string],
): string {
  return createHash("sha1")
    .update([token, ...parts].toSorted().join(""))
    .digest("hex");
}

export interface Sending {
  readonly keys: Keys;
  /** ms since 1970. */
  readonly at: number;
  readonly nonce?: string;
  /** Query instead of what is right. */
  readonly query?: Readonly<Record<string, string>>;
}

export function queryOf({ keys, at, nonce = "n0nce", query = {} }: Sending, encrypt: string): string {
  const timestamp = String(Math.floor(at / 1_000));
  const right = { msg_signature: signature(keys, [timestamp, nonce, encrypt]), timestamp, nonce };
  return new URLSearchParams({ ...right, ...query }).toString();
}

/** What a bot is told. */
export function botCall(body: object | string, sending: Sending, receiver = ""): Request {
  const encrypt = sealed(sending.keys, typeof body === "string" ? body : JSON.stringify(body), receiver);
  return post(JSON.stringify({ encrypt }), queryOf(sending, encrypt));
}

/** What an application is told. */
export function appCall(xml: string, sending: Sending, receiver: string = CORP): Request {
  const encrypt = sealed(sending.keys, xml, receiver);
  const body = `<xml><ToUserName><![CDATA[${CORP}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`;
  return post(body, queryOf(sending, encrypt));
}

export function post(body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>, query: string): Request {
  return new Request(`${ADDRESS}?${query}`, { method: "POST", body, duplex: "half" });
}

/** An application's message or event; `inner` behind what all have. */
export function appXml(type: string, inner: string, from = "lin.yi"): string {
  return `<xml><ToUserName><![CDATA[${CORP}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName><CreateTime>1790000000</CreateTime><MsgType><![CDATA[${type}]]></MsgType>${inner}<AgentID>1000002</AgentID></xml>`;
}

/** A bot's answer within a call, opened; its signature is looked at. */
export async function botAnswer(response: Response): Promise<unknown> {
  const { encrypt, msgsignature, timestamp, nonce } = (await response.json()) as Record<string, string>;
  if (signature(BOT, [String(timestamp), nonce ?? "", encrypt ?? ""]) !== msgsignature)
    throw new Error("wrong signature");
  return JSON.parse(opened(BOT, encrypt ?? "").text) as unknown;
}

/** An application's answer within a call, opened; its signature is looked at. */
export async function appAnswer(response: Response): Promise<string> {
  const xml = await response.text();
  const of = (name: string): string =>
    new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1] ?? "";
  const encrypt = of("Encrypt");
  if (signature(APP, [of("TimeStamp"), of("Nonce"), encrypt]) !== of("MsgSignature"))
    throw new Error("wrong signature");
  const { text, receiver } = opened(APP, encrypt);
  if (receiver !== CORP) throw new Error("sealed for somebody else");
  return text;
}
