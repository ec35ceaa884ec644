/** Wires what belongs to files: fetching those that came in, and sending those of ours. */
import {
  type Address,
  ChannelError,
  type Clock,
  type DeliveryOptions,
  type FileRef,
  type FileStream,
  type Logger,
  type OpenChannel,
  type Outbound,
  type Sent,
  type Store,
  type Transport,
} from "@openclaw-china/core";
import { download, type Downloaded, readBytes, retry, safeFileName } from "@openclaw-china/core/internal";
import type { Client } from "./api/client.ts";
import { refusalIn, resourceUrl } from "./api/media.ts";
import { feishuError } from "./errors.ts";
import type { FileHandle } from "./inbound/fields.ts";
import type { Settings } from "./options.ts";
import type { PictureOf } from "./outbound/card.ts";
import { createMedia, type Loaded } from "./outbound/media.ts";
import { createPictures } from "./outbound/picture.ts";
import type { Sender } from "./outbound/send.ts";
import { createUploads } from "./outbound/upload.ts";

/** The platform hands over up to 100 MB; who reads it into memory sets a limit of their own. */
const MAX_DOWNLOAD_BYTES = 128 * 1_048_576;

export interface FilesDeps {
  readonly client: Client;
  readonly http: Transport;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Logger;
  readonly appId: string;
  readonly settings: Pick<Settings, "account" | "proxy">;
}

export interface Files extends Required<Pick<OpenChannel, "download">> {
  /** Files go this way, all else by `sender`. */
  around(sender: Sender): (to: Address, message: Outbound, options: DeliveryOptions) => Promise<Sent>;
  readonly pictureOf: PictureOf;
}

export function createFiles(deps: FilesDeps): Files {
  const { client, http, clock, store, log, appId, settings } = deps;
  const { proxy, account } = settings;
  const uploads = createUploads({ client, store, log, appId });

  const fetchFrom = (url: string, maxBytes: number, signal: AbortSignal): Promise<Downloaded> =>
    retry(() => download({ http, clock }, { url, origins: [], proxy, signal, maxBytes }), {
      clock,
      signal,
      repeatUnknown: true,
    });

  /** With a token, which goes to the platform only; one that was taken back is asked for anew, once. */
  const fetchResource = async (url: string, signal: AbortSignal): Promise<Downloaded> => {
    for (let again = false; ; again = true) {
      const token = await client.token(signal);
      const headers = { authorization: `Bearer ${token}` };
      const request = { url, origins: [client.endpoints.api], proxy, signal, maxBytes: MAX_DOWNLOAD_BYTES, headers };
      try {
        return await retry(
          () => download({ http, clock }, { ...request, refusalIn: (response) => refusalIn(response, token) }),
          { clock, signal, repeatUnknown: true },
        );
      } catch (error) {
        if (again || !(error instanceof ChannelError) || error.verdict.kind !== "startAfresh") throw error;
        await client.dropToken(token);
      }
    }
  };

  const downloadFile = async (file: FileRef, signal: AbortSignal): Promise<FileStream> => {
    const { messageId, key, type } = handleOf(file);
    if (typeof messageId !== "string" || typeof key !== "string" || key === "") throw noKey();
    const url = resourceUrl(client, { messageId, key, type: type === "image" ? "image" : "file" });
    const { extension, ...found } = await fetchResource(url, signal);
    return { ...found, name: safeFileName(file.name, `${file.media}.${extension}`) };
  };

  const load = async (
    file: Blob | URL | FileRef,
    { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<Loaded> => {
    if (file instanceof Blob) return loadBlob(file, maxBytes);
    if (file instanceof URL) {
      const { body } = await fetchFrom(file.href, maxBytes, signal);
      const name = nameIn(file);
      return { bytes: await readBytes(body, maxBytes), ...(name === undefined ? {} : { name }) };
    }
    const { body, name } = await downloadFile(file, signal);
    return { bytes: await readBytes(body, maxBytes), name };
  };

  return {
    download: downloadFile,
    pictureOf: createPictures({ uploads, load, log, account }),
    around(sender) {
      const media = createMedia({ sender, uploads, log, account, load });
      return (to, message, options) =>
        message.kind === "media" ? media(to, message, options) : sender.send(to, message, options);
    },
  };
}

/** It comes back from users, who may have kept it as they like. */
function handleOf({ handle }: FileRef): Partial<FileHandle> {
  return typeof handle === "object" && handle !== null ? handle : {};
}

async function loadBlob(file: Blob, maxBytes: number): Promise<Loaded> {
  if (file.size > maxBytes) throw tooLarge(file.size, maxBytes);
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { bytes, ...(file instanceof File && file.name !== "" ? { name: file.name } : {}) };
}

/** The last part of its path; undefined when that is none, or cannot be read. */
function nameIn({ pathname }: URL): string | undefined {
  const last = pathname.split("/").at(-1) ?? "";
  try {
    return last === "" ? undefined : decodeURIComponent(last);
  } catch {
    return undefined; // an escape that stands for nothing
  }
}

function tooLarge(bytes: number, maxBytes: number): Error {
  return feishuError("large", {
    message: `the file has ${bytes} bytes, Feishu takes at most ${maxBytes}`,
    outcome: "not_sent",
    fix: { en: "Send a smaller file, or a link.", zh: "请发送较小的文件或链接。" },
  });
}

function noKey(): Error {
  return feishuError("unsupported", {
    message: "Feishu has given the bot no key for this file",
    fix: {
      en: "Files within forwarded messages cannot be fetched by bots: ask for the file itself.",
      zh: "合并转发内的文件无法由机器人下载,请让对方直接发送文件。",
    },
  });
}
