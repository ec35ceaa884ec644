/**
 * Encrypted events: AES-256-CBC under the SHA-256 of the Encrypt Key, the first 16 bytes being the IV. CBC does not show who
 * wrote something: check the signature of the call first, and read what comes out as JSON.
 */
import { createDecipheriv, createHash } from "node:crypto";

const BLOCK_BYTES = 16;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface EventCipher {
  /** The text. Undefined when it is not one of this key; why is told to nobody. Never throws. */
  open(encrypt: string): string | undefined;
}

export function createEventCipher(encryptKey: string): EventCipher {
  const key = createHash("sha256").update(encryptKey).digest();
  return {
    open(encrypt) {
      const text = encrypt.replaceAll(/\s/g, "");
      if (!BASE64.test(text)) return undefined;
      const bytes = Buffer.from(text, "base64");
      if (bytes.length < 2 * BLOCK_BYTES || bytes.length % BLOCK_BYTES !== 0) return undefined;
      const decipher = createDecipheriv("aes-256-cbc", key, bytes.subarray(0, BLOCK_BYTES));
      try {
        const plain = Buffer.concat([decipher.update(bytes.subarray(BLOCK_BYTES)), decipher.final()]);
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
      } catch {
        return undefined; // padding or UTF-8: a value here, as every other fault of an envelope
      }
    },
  };
}
