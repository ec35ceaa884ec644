/** The platform's side of encrypted callbacks, written from its protocol: seal, open, sign. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";

export interface SubscriptionSecrets {
  readonly token: string;
  /** 43 characters. */
  readonly aesKey: string;
}

const PAD = 32;

export function seal(aesKey: string, owner: string, message: string): string {
  const key = Buffer.from(aesKey + "=", "base64");
  const body = Buffer.from(message, "utf8");
  const head = Buffer.concat([randomBytes(16), Buffer.from([0, 0, 0, 0])]);
  head.writeUInt32BE(body.byteLength, 16);
  const open = Buffer.concat([head, body, Buffer.from(owner, "utf8")]);
  const fill = PAD - (open.byteLength % PAD);
  const aes = createCipheriv("aes-256-cbc", key, key.subarray(0, 16));
  aes.setAutoPadding(false);
  return aes.update(Buffer.concat([open, Buffer.alloc(fill, fill)])).toString("base64") + aes.final("base64");
}

/** Throws when it is not for this owner. */
export function unseal(aesKey: string, owner: string, encrypt: string): string {
  const key = Buffer.from(aesKey + "=", "base64");
  const aes = createDecipheriv("aes-256-cbc", key, key.subarray(0, 16));
  aes.setAutoPadding(false);
  const padded = Buffer.concat([aes.update(Buffer.from(encrypt, "base64")), aes.final()]);
  const plain = padded.subarray(0, padded.byteLength - (padded.at(-1) ?? 0));
  const end = 20 + plain.readUInt32BE(16);
  const receiver = plain.subarray(end).toString("utf8");
  if (receiver !== owner) throw new Error(`the answer is sealed for "${receiver}", not for "${owner}"`);
  return plain.subarray(20, end).toString("utf8");
}

/** SHA-1 over the four, sorted. */
export function signEvent(token: string, timestamp: string, nonce: string, encrypt: string): string {
  const four = [token, timestamp, nonce, encrypt];
  four.sort();
  return createHash("sha1").update(four.join("")).digest("hex");
}

/** Of a bot message: base64 of HMAC-SHA256 over time and secret. */
export function signMessage(appSecret: string, timestamp: string): string {
  return createHmac("sha256", appSecret).update(timestamp).update("\n").update(appSecret).digest("base64");
}
