/**
 * Uploads, over the bot's connection in chunks or by the REST interface, each file once in two
 * days: a `media_id` lives for three.
 */
import { createHash } from "node:crypto";
import { ChannelError, type Clock, type Logger, type Store } from "@openclaw-china/core";
import {
  createLimiter,
  createUploads as createMemory,
  retry,
  sha256Hex,
  type Uploads as Memory,
} from "@openclaw-china/core/internal";
import type { Frames } from "../api/frames.ts";
import type { Upload } from "../api/media.ts";
import { unseen } from "../errors.ts";

const KEEP_MS = 2 * 86_400_000;
/** Before base64. */
const CHUNK_BYTES = 524_288;
/** 30 uploads a minute and 1,000 an hour. */
const PER_SECOND = 0.27;
const BURST = 13;

export type Uploads = Memory<Upload>;

export interface UploadDeps {
  readonly store: Store;
  readonly log: Logger;
  /** Whose ids they are: those of a bot are nothing to an application. */
  readonly owner: string;
  readonly upload: (file: Upload, signal: AbortSignal) => Promise<string>;
}

export function createUploads({ store, log, owner, upload }: UploadDeps): Uploads {
  return createMemory({
    store,
    log,
    channel: "wecom",
    keepMs: KEEP_MS,
    nameOf: ({ type, name, bytes }) => sha256Hex(`${owner} ${type} ${name} ${sha256Hex(bytes)}`), // people are shown the name
    upload,
  });
}

/** Sends a file by its id; an id that the platform has lost is uploaded anew, once. */
export async function withUpload<T>(
  uploads: Uploads,
  { file, signal }: { readonly file: Upload; readonly signal: AbortSignal },
  send: (mediaId: string) => Promise<T>,
): Promise<T> {
  const idOf = async (): Promise<string> => {
    try {
      return (await uploads.idOf(file, signal)).id;
    } catch (error) {
      // Nobody has seen anything yet, whatever a failed upload has done.
      throw error instanceof ChannelError && error.outcome === "unknown" ? unseen(error) : error;
    }
  };
  const id = await idOf();
  try {
    return await send(id);
  } catch (error) {
    if (!(error instanceof ChannelError) || error.platform?.code !== "40007") throw error;
    await uploads.forget(file);
    return send(await idOf());
  }
}

/** Uploads over the bot's connection. The session outlives the connection, and a chunk may be sent twice. */
export function createChunkedUpload({
  frames,
  clock,
}: {
  readonly frames: Frames;
  readonly clock: Clock;
}): UploadDeps["upload"] {
  const limiter = createLimiter({ clock, perSecond: PER_SECOND, burst: BURST });
  return async (file, signal) => {
    await limiter.take(signal);
    const again = { clock, signal, repeatUnknown: true };
    const { type, name: filename, bytes } = file;
    const totalChunks = Math.ceil(bytes.byteLength / CHUNK_BYTES);
    const md5 = createHash("md5").update(bytes).digest("hex");
    const start = { type, filename, totalSize: bytes.byteLength, totalChunks, md5 };
    const uploadId = await retry(() => frames.uploadInit(start, signal), again);
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < totalChunks; index = next++) {
        const chunk = { uploadId, index, bytes: bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES) };
        await retry(() => frames.uploadChunk(chunk, signal), again);
      }
    };
    await Promise.all(Array.from({ length: atOnce(totalChunks) }, worker));
    return retry(() => frames.uploadFinish(uploadId, signal), again);
  };
}

/** Larger bursts are answered with "system error". */
function atOnce(chunks: number): number {
  if (chunks <= 4) return chunks;
  return chunks <= 10 ? 3 : 2;
}
