/** Bodies, read with a byte limit that holds while reading: a declared length is only a hint. */
import { channelError } from "../errors.ts";

/** All bytes. Throws `too_large` as soon as the limit is passed, and cancels the stream then. */
export async function readBytes(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLargeError(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

export function tooLargeError(maxBytes: number): Error {
  return channelError({
    code: "too_large",
    kind: "transport",
    message: `the body has more than ${maxBytes} bytes`,
    outcome: "unknown",
    fix: { en: "Send less, or raise the limit.", zh: "请减小内容,或调大限制。" },
  });
}
