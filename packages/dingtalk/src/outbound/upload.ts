/**
 * Uploads with a memory: the same bytes are uploaded once, since a `media_id` is reusable and does not expire. The memory is an
 * index in the Store of a fixed number of places: a newer file takes an older one's.
 */
import type { Logger, Store } from "@openclaw-china/core";
import { sha256Hex } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { type Upload, uploadMedia } from "../api/media.ts";

/** Hexadecimal digits of a place: 4,096 places. */
const PLACE_DIGITS = 3;
const KEEP_MS = 90 * 86_400_000;

export interface Uploads {
  /** `isKnown`: it was uploaded before, and the platform was not asked. */
  idOf(file: Upload, signal: AbortSignal): Promise<{ readonly id: string; readonly isKnown: boolean }>;
  /** The platform no longer takes it. */
  forget(file: Upload): Promise<void>;
}

export interface UploadDeps {
  readonly client: Client;
  readonly store: Store;
  readonly log: Logger;
  /** Of the app: ids of one are nothing to another. */
  readonly robotCode: string;
}

interface Known {
  readonly file: string;
  readonly id: string;
}

export function createUploads({ client, store, log, robotCode }: UploadDeps): Uploads {
  const running = new Map<string, Promise<string>>(); // by file; as many as uploads are under way
  const nameOf = ({ type, bytes }: Upload): string =>
    `${type}:${sha256Hex(`${client.endpoints.oapi} ${robotCode}`).slice(0, 16)}:${sha256Hex(bytes)}`;
  const placeOf = (file: string): string => `media:dingtalk:${sha256Hex(file).slice(0, PLACE_DIGITS)}`;

  const find = async (file: string): Promise<string | undefined> => {
    const entry = await store.get(placeOf(file));
    const known = entry === undefined ? undefined : (JSON.parse(entry.value) as Known);
    return known?.file === file ? known.id : undefined;
  };

  const upload = async (file: string, given: Upload, signal: AbortSignal): Promise<string> => {
    const id = await uploadMedia(client, given, signal);
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
      const work = upload(file, given, signal);
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
