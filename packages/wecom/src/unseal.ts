/**
 * Files of a bot, which the platform keeps encrypted: AES-256-CBC, padded to 32 bytes. Opened while they are read, so that
 * nothing but the last block waits. Only the padding at the end says whether the key was right: until then nothing is to be
 * trusted, and what does not open is never handed on as if it were the file.
 */
import { createDecipheriv } from "node:crypto";
import { wecomError } from "./errors.ts";

const BLOCK_BYTES = 16;
const MAX_PAD_BYTES = 32;

/** The 32 bytes of a key as messages and consoles show it: 43 characters, or 44 with a sign = at the end. Undefined: it is none. */
export function fileKeyOf(aesKey: string): Buffer | undefined {
  const bare = aesKey.trim().replace(/^(.{43})=$/, "$1");
  return /^[A-Za-z0-9+/]{43}$/.test(bare) ? Buffer.from(`${bare}=`, "base64") : undefined;
}

/** The file itself. Fails with `content_rejected` at its end when it does not open with this key. */
export function unsealed(body: ReadableStream<Uint8Array>, key: Buffer): ReadableStream<Uint8Array> {
  const cipher = createDecipheriv("aes-256-cbc", key, key.subarray(0, BLOCK_BYTES)).setAutoPadding(false);
  let held = Buffer.alloc(0); // may be padding
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        const plain = Buffer.concat([held, cipher.update(chunk)]);
        const known = Math.max(0, plain.length - MAX_PAD_BYTES);
        held = plain.subarray(known);
        if (known > 0) controller.enqueue(new Uint8Array(plain.subarray(0, known)));
      },
      flush(controller) {
        if (bytes === 0 || bytes % BLOCK_BYTES !== 0) throw doesNotOpen(bytes === 0 ? "it is empty" : "it is cut off");
        const padBytes = held.at(-1) ?? 0;
        const padding = held.subarray(held.length - padBytes);
        const isPadded = padBytes >= 1 && padBytes <= held.length && padding.every((byte) => byte === padBytes);
        if (!isPadded) throw doesNotOpen("its end is not what it must be");
        const last = held.subarray(0, held.length - padBytes);
        if (last.length > 0) controller.enqueue(new Uint8Array(last));
      },
    }),
  );
}

/** The key is none, or not that of this file. */
export function doesNotOpen(why: string): Error {
  return wecomError("content", {
    message: `a file from WeCom cannot be decrypted: ${why}`,
    fix: {
      en: "Ask for the file again. In webhook mode, check that encoding_aes_key is that of the bot's callback page.",
      zh: "请让对方重新发送该文件。webhook 模式下请核对 encoding_aes_key 与机器人回调页面一致。",
    },
  });
}
