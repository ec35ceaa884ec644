/**
 * Uploads with a memory: the same bytes are uploaded once, since a key can be sent again. The memory is an index in the Store
 * of a fixed number of places: a newer file takes an older one's.
 */
import type { Logger, Store } from "@openclaw-china/core";
import { sha256Hex } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { type NewFile, uploadFile, uploadImage } from "../api/media.ts";

/** Hexadecimal digits of a place: 4,096 places. */
const PLACE_DIGITS = 3;
const KEEP_MS = 30 * 86_400_000;

/** A picture, or a file of one of the platform's types. */
export type Upload = Omit<NewFile, "fileType"> & { readonly fileType: NewFile["fileType"] | "image" };

export interface Uploads {
  /** `img_…` or `file_…`. `isKnown`: it was uploaded before, and the platform was not asked. */
  keyOf(file: Upload, signal: AbortSignal): Promise<{ readonly key: string; readonly isKnown: boolean }>;
  /** The platform no longer takes it. */
  forget(file: Upload): Promise<void>;
}

export interface UploadDeps {
  readonly client: Client;
  readonly store: Store;
  readonly log: Logger;
  /** Keys of one app are nothing to another. */
  readonly appId: string;
}

interface Known {
  readonly file: string;
  readonly key: string;
}

export function createUploads({ client, store, log, appId }: UploadDeps): Uploads {
  const running = new Map<string, Promise<string>>(); // by file; as many as uploads are under way
  const nameOf = ({ fileType, name, bytes }: Upload): string =>
    `${fileType}:${sha256Hex(`${client.endpoints.api} ${appId} ${name}`).slice(0, 16)}:${sha256Hex(bytes)}`;
  const placeOf = (file: string): string => `media:feishu:${sha256Hex(file).slice(0, PLACE_DIGITS)}`;

  const find = async (file: string): Promise<string | undefined> => {
    const entry = await store.get(placeOf(file));
    const known = entry === undefined ? undefined : (JSON.parse(entry.value) as Known);
    return known?.file === file ? known.key : undefined;
  };

  const upload = async (file: string, given: Upload, signal: AbortSignal): Promise<string> => {
    const { fileType, ...rest } = given;
    const key = await (fileType === "image"
      ? uploadImage(client, rest, signal)
      : uploadFile(client, { ...rest, fileType }, signal));
    try {
      await store.put(placeOf(file), JSON.stringify({ file, key } satisfies Known), KEEP_MS);
    } catch (error) {
      log.debug({ err: error }, "the key of an uploaded file was not kept; the next time it is uploaded again");
    }
    return key;
  };

  return {
    async keyOf(given, signal) {
      const file = nameOf(given);
      const known = await find(file);
      if (known !== undefined) return { key: known, isKnown: true };
      const under = running.get(file);
      if (under !== undefined) {
        const key = await under.catch(() => undefined); // its caller may have left: then it is done anew
        if (key !== undefined) return { key, isKnown: false };
      }
      const work = upload(file, given, signal);
      running.set(file, work);
      try {
        return { key: await work, isKnown: false };
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
