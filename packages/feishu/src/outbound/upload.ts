/** Uploads, each file once: a key can be sent again. */
import type { Logger, Store } from "@openclaw-china/core";
import { createUploads as createMemory, sha256Hex, type Uploads as Memory } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { type NewFile, uploadFile, uploadImage } from "../api/media.ts";

const KEEP_MS = 30 * 86_400_000;

/** A picture, or a file of one of the platform's types. */
export type Upload = Omit<NewFile, "fileType"> & { readonly fileType: NewFile["fileType"] | "image" };

/** `id`: `img_…` or `file_…`. */
export type Uploads = Memory<Upload>;

export interface UploadDeps {
  readonly client: Client;
  readonly store: Store;
  readonly log: Logger;
  /** Keys of one app are nothing to another. */
  readonly appId: string;
}

export function createUploads({ client, store, log, appId }: UploadDeps): Uploads {
  const owner = `${client.endpoints.api} ${appId}`;
  return createMemory({
    store,
    log,
    channel: "feishu",
    keepMs: KEEP_MS,
    nameOf: ({ fileType, name, bytes }) =>
      `${fileType}:${sha256Hex(`${owner} ${name}`).slice(0, 16)}:${sha256Hex(bytes)}`, // people are shown the name
    upload: ({ fileType, ...rest }, signal) =>
      fileType === "image" ? uploadImage(client, rest, signal) : uploadFile(client, { ...rest, fileType }, signal),
  });
}
