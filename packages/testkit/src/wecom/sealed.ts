/** The platform's side of its cipher, written from its protocol: files, callbacks, signatures. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const BLOCK = 32;

/** 43 characters for the 32 bytes of an EncodingAESKey, or 44 for the key of a file. */
export function newKey(characters: 43 | 44): string {
  return randomBytes(32).toString("base64").slice(0, characters);
}

/** AES-256-CBC, filled up to 32 bytes. */
export function sealBytes(key: string, bytes: Uint8Array): Buffer {
  const aesKey = Buffer.from(key, "base64");
  const fill = BLOCK - (bytes.byteLength % BLOCK);
  const aes = createCipheriv("aes-256-cbc", aesKey, aesKey.subarray(0, 16));
  aes.setAutoPadding(false);
  return Buffer.concat([aes.update(Buffer.concat([bytes, Buffer.alloc(fill, fill)])), aes.final()]);
}

export function openBytes(key: string, sealed: Uint8Array): Buffer {
  const aesKey = Buffer.from(key, "base64");
  const aes = createDecipheriv("aes-256-cbc", aesKey, aesKey.subarray(0, 16));
  aes.setAutoPadding(false);
  const filled = Buffer.concat([aes.update(sealed), aes.final()]);
  return filled.subarray(0, filled.byteLength - (filled.at(-1) ?? 0));
}

/** A message for a receiver: 16 random bytes, its length, itself, the receiver. */
export function sealMessage(key: string, receiver: string, message: string): string {
  const body = Buffer.from(message, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.byteLength);
  return sealBytes(key, Buffer.concat([randomBytes(16), length, body, Buffer.from(receiver, "utf8")])).toString(
    "base64",
  );
}

/** Throws when it is not for this receiver. */
export function openMessage(key: string, receiver: string, encrypt: string): string {
  const plain = openBytes(key, Buffer.from(encrypt, "base64"));
  const end = 20 + plain.readUInt32BE(16);
  const given = plain.subarray(end).toString("utf8");
  if (given !== receiver) throw new Error(`the reply is sealed for "${given}", not for "${receiver}"`);
  return plain.subarray(20, end).toString("utf8");
}

/** SHA-1 over the four, sorted. */
export function sign(token: string, timestamp: string, nonce: string, encrypt: string): string {
  const four = [token, timestamp, nonce, encrypt];
  four.sort();
  return createHash("sha1").update(four.join("")).digest("hex");
}

export function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
