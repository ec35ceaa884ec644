/**
 * Uploads, over the bot's connection in chunks or by the REST interface, with a memory: the same bytes are uploaded once
 * in two days, since a `media_id` lives for three. The memory is an index in the Store of a fixed number of places.
 */
import { createHash } from "node:crypto";
import { ChannelError, type Clock, type Logger, type Store } from "@openclaw-china/core";
import { createLimiter, retry, sha256Hex } from "@openclaw-china/core/internal";
import type { Frames } from "../api/frames.ts";
import type { Upload } from "../api/media.ts";
import { unseen } from "../errors.ts";

/** Hexadecimal digits of a place: 4,096 places. */
const PLACE_DIGITS = 3;
const KEEP_MS = 2 * 86_400_000;
/** Before base64. */
const CHUNK_BYTES = 524_288;
/** 30 uploads a minute and 1,000 an hour. */
const PER_SECOND = 0.27;
const BURST = 13;

export interface Uploads {
  /** `isKnown`: it was uploaded before, and the platform was not asked. */
  idOf(file: Upload, signal: AbortSignal): Promise<{ readonly id: string; readonly isKnown: boolean }>;
  /** The platform no longer takes it. */
  forget(file: Upload): Promise<void>;
}

export interface UploadDeps {
  readonly store: Store;
  readonly log: Logger;
  /** Whose ids they are: those of a bot are nothing to an application. */
  readonly owner: string;
  readonly upload: (file: Upload, signal: AbortSignal) => Promise<string>;
}

interface Known {
  readonly file: string;
  readonly id: string;
}

export function createUploads({ store, log, owner, upload }: UploadDeps): Uploads {
  const running = new Map<string, Promise<string>>(); // by file; as many as uploads are under way
  const nameOf = ({ type, name, bytes }: Upload): string => sha256Hex(`${owner} ${type} ${name} ${sha256Hex(bytes)}`); // the name is shown, so it is part of it
  const placeOf = (file: string): string => `media:wecom:${file.slice(0, PLACE_DIGITS)}`;

  const find = async (file: string): Promise<string | undefined> => {
    const entry = await store.get(placeOf(file));
    const known = entry === undefined ? undefined : (JSON.parse(entry.value) as Known);
    return known?.file === file ? known.id : undefined;
  };

  const uploadAndKeep = async (file: string, given: Upload, signal: AbortSignal): Promise<string> => {
    const id = await upload(given, signal);
    try {
      await store.put(placeOf(file), JSON.stringify({ file, id } satisfies Known), KEEP_MS);
    } catch (error) {
      log.debug({ err: error }, "the id of an uploaded file was not kept; the next time it is uploaded again");
    }
    return id;
  };

  return {
    async idOf(given, signal) {
      const file = nameOf(given);
      const known = await find(file);
      if (known !== undefined) return { id: known, isKnown: true };
      const under = running.get(file);
      if (under !== undefined) {
        const id = await under.catch(() => undefined); // its caller may have left: then it is done anew
        if (id !== undefined) return { id, isKnown: false };
      }
      const work = uploadAndKeep(file, given, signal);
      running.set(file, work);
      try {
        return { id: await work, isKnown: false };
      } finally {
        if (running.get(file) === work) running.delete(file);
      }
    },
    async forget(given) {
      const place = placeOf(nameOf(given));
      const entry = await store.get(place);
      if (entry !== undefined) await store.replaceIf(place, entry.value, undefined);
    },
  };
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
