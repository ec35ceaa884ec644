/**
 * The sealed envelope of encrypted callbacks: AES-256-CBC over 16 random bytes, the message's length in bytes (4, big-endian),
 * the message and the id of who shall receive it, padded to a multiple of 32. CBC does not show who wrote something: check the
 * signature of the request before opening.
 */
import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from "node:crypto";

const BLOCK_BYTES = 32;
const RANDOM_BYTES = 16;
/** Random bytes and length. */
const HEAD_BYTES = RANDOM_BYTES + 4;
const KEY = /^[A-Za-z0-9+/]{43}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface EnvelopeCipher {
  /** Base64. */
  seal(message: string, receiveId: string): string;
  /**
   * The message. Undefined when the text is not one of this key for that receiver: key, padding, length, receiver and UTF-8
   * are told apart for nobody. White space within is overlooked, since some senders break the lines. Never throws.
   */
  open(sealed: string, receiveId: string): string | undefined;
  /** `open` for whoever it was sealed for: where who shall receive is not known, the signature alone says that it is for us. */
  openFor(sealed: string): { readonly message: string; readonly receiveId: string } | undefined;
}

/** Undefined: the key, as a console shows it, is not one of 43 characters of base64. */
export function createEnvelopeCipher(
  aesKey: string,
  random: () => Uint8Array = () => randomBytes(RANDOM_BYTES),
): EnvelopeCipher | undefined {
  if (!KEY.test(aesKey)) return undefined;
  const key = Buffer.from(`${aesKey}=`, "base64");
  const iv = key.subarray(0, 16);
  const opening = (sealed: string): Opened | undefined => {
    const bytes = bytesOf(sealed);
    if (bytes === undefined) return undefined;
    const decipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
    return partsOf(Buffer.concat([decipher.update(bytes), decipher.final()]));
  };
  return {
    seal(message, receiveId) {
      const text = Buffer.from(message);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      const plain = Buffer.concat([random(), length, text, Buffer.from(receiveId)]);
      const padBytes = BLOCK_BYTES - (plain.length % BLOCK_BYTES);
      const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
      return Buffer.concat([
        cipher.update(plain),
        cipher.update(Buffer.alloc(padBytes, padBytes)),
        cipher.final(),
      ]).toString("base64");
    },
    open(sealed, receiveId) {
      const opened = opening(sealed);
      if (opened === undefined) return undefined;
      const { receiver, message } = opened;
      const expected = Buffer.from(receiveId);
      if (receiver.length !== expected.length || !timingSafeEqual(receiver, expected)) return undefined;
      return textOf(message);
    },
    openFor(sealed) {
      const opened = opening(sealed);
      const [message, receiveId] = opened === undefined ? [] : [textOf(opened.message), textOf(opened.receiver)];
      return message === undefined || receiveId === undefined ? undefined : { message, receiveId };
    },
  };
}

interface Opened {
  readonly message: Uint8Array;
  readonly receiver: Uint8Array;
}

/** Whole blocks only. */
function bytesOf(sealed: string): Buffer | undefined {
  const text = sealed.replaceAll(/\s+/g, "");
  if (!BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length > 0 && bytes.length % BLOCK_BYTES === 0 ? bytes : undefined;
}

function partsOf(plain: Buffer): Opened | undefined {
  const padBytes = paddingOf(plain);
  if (padBytes === undefined || plain.length - padBytes < HEAD_BYTES) return undefined;
  const body = plain.subarray(HEAD_BYTES, plain.length - padBytes);
  const messageBytes = plain.readUInt32BE(RANDOM_BYTES);
  if (messageBytes > body.length) return undefined;
  return { message: body.subarray(0, messageBytes), receiver: body.subarray(messageBytes) };
}

/** How many bytes of padding there are; undefined when they are not what they must be. Looks at the whole last block. */
function paddingOf(plain: Buffer): number | undefined {
  const padBytes = plain.at(-1) ?? 0;
  let wrong = padBytes < 1 || padBytes > BLOCK_BYTES ? 1 : 0;
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const within = (at - padBytes) >> 31; // all ones where the byte belongs to the padding
    wrong |= within & ((plain.at(-1 - at) ?? 0) ^ padBytes);
  }
  return wrong === 0 ? padBytes : undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // no UTF-8: a value here, as every other fault of an envelope
  }
}
