/** Uploads, each file once: a `media_id` is reusable and does not expire. */
import type { Logger, Store } from "@openclaw-china/core";
import { createUploads as createMemory, sha256Hex, type Uploads as Memory } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { type Upload, uploadMedia } from "../api/media.ts";

const KEEP_MS = 90 * 86_400_000;

export type Uploads = Memory<Upload>;

export interface UploadDeps {
  readonly client: Client;
  readonly store: Store;
  readonly log: Logger;
  /** Of the app: ids of one are nothing to another. */
  readonly robotCode: string;
}

export function createUploads({ client, store, log, robotCode }: UploadDeps): Uploads {
  const owner = sha256Hex(`${client.endpoints.oapi} ${robotCode}`).slice(0, 16);
  return createMemory({
    store,
    log,
    channel: "dingtalk",
    keepMs: KEEP_MS,
    nameOf: ({ type, bytes }) => `${type}:${owner}:${sha256Hex(bytes)}`,
    upload: (file, signal) => uploadMedia(client, file, signal),
  });
}
