/**
 * Uploads with a memory: the same file is uploaded once, for as long as a platform keeps its id. The memory is an index in the
 * Store of a fixed number of places: a newer file takes an older one's.
 */
import type { Logger } from "../log.ts";
import { sha256Hex } from "../sign/digest.ts";
import type { Store } from "../state/state.ts";

export interface Uploads<File> {
  /** `isKnown`: it was uploaded before, and the platform was not asked. */
  idOf(file: File, signal: AbortSignal): Promise<{ readonly id: string; readonly isKnown: boolean }>;
  /** The platform no longer takes it. */
  forget(file: File): Promise<void>;
}

export interface UploadsOptions<File> {
  readonly store: Store;
  readonly log: Logger;
  /** The channel's id. */
  readonly channel: string;
  /** How long an id is remembered. */
  readonly keepMs: number;
  /** The same for files whose id is the same: whose they are, what they are, and their bytes. */
  readonly nameOf: (file: File) => string;
  readonly upload: (file: File, signal: AbortSignal) => Promise<string>;
}

/** Hexadecimal digits of a place: 4,096 places. */
const PLACE_DIGITS = 3;

interface Known {
  readonly file: string;
  readonly id: string;
}

export function createUploads<File>(options: UploadsOptions<File>): Uploads<File> {
  const { store, log, channel, keepMs, nameOf } = options;
  const running = new Map<string, Promise<string>>(); // by file; as many as uploads are under way
  const placeOf = (file: string): string => `media:${channel}:${sha256Hex(file).slice(0, PLACE_DIGITS)}`;

  const find = async (file: string): Promise<string | undefined> => {
    const entry = await store.get(placeOf(file));
    const known = entry === undefined ? undefined : (JSON.parse(entry.value) as Known);
    return known?.file === file ? known.id : undefined;
  };

  const uploadAndKeep = async (file: string, given: File, signal: AbortSignal): Promise<string> => {
    const id = await options.upload(given, signal);
    try {
      await store.put(placeOf(file), JSON.stringify({ file, id } satisfies Known), keepMs);
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
