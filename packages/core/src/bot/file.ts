/** A platform's file as a standard `File`, in memory and bounded. */
import { channelError } from "../errors.ts";
import type { FileStream } from "../model/channel.ts";

/** Throws `too_large` above `maxBytes`, as soon as that is known. */
export async function toFile(stream: FileStream, maxBytes: number): Promise<File> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  if (stream.sizeBytes !== undefined && stream.sizeBytes > maxBytes) {
    await stream.body.cancel(); // it would hold its connection otherwise
    throw tooLarge(stream.sizeBytes, maxBytes);
  }
  for await (const chunk of stream.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
    chunks.push(new Uint8Array(chunk));
  }
  return new File(chunks, stream.name, { type: stream.contentType });
}

function tooLarge(bytes: number, maxBytes: number): Error {
  return channelError({
    code: "too_large",
    kind: "platform",
    message: `the file has ${bytes} bytes or more, the limit is ${maxBytes}`,
    outcome: "refused",
    fix: { en: "Raise maxBytes, or ask for a smaller file.", zh: "请调大 maxBytes,或让对方发送较小的文件。" },
  });
}
