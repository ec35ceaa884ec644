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
import { fileAddress } from "./api/media.ts";
import { dingtalkError } from "./errors.ts";
import type { FileHandle } from "./inbound/content.ts";
import { createMedia, type Loaded } from "./outbound/media.ts";
import type { Sender } from "./outbound/send.ts";
import { createUploads } from "./outbound/upload.ts";
import type { Settings } from "./options.ts";

/** Of a file that came in; who reads it into memory sets a limit of their own. */
const MAX_DOWNLOAD_BYTES = 256 * 1_048_576;

export interface FilesDeps {
  readonly client: Client;
  readonly http: Transport;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Logger;
  readonly robotCode: string;
  readonly settings: Pick<Settings, "account" | "proxy">;
}

export interface Files extends Required<Pick<OpenChannel, "download">> {
  /** Files go this way, all else by `sender`. */
  around(sender: Sender): (to: Address, message: Outbound, options: DeliveryOptions) => Promise<Sent>;
}

export function createFiles(deps: FilesDeps): Files {
  const { client, http, clock, store, log, robotCode, settings } = deps;
  const origins = Object.values(client.endpoints);
  const uploads = createUploads({ client, store, log, robotCode });

  const fetchFrom = (url: string, maxBytes: number, signal: AbortSignal): Promise<Downloaded> =>
    retry(() => download({ http, clock }, { url, origins, proxy: settings.proxy, signal, maxBytes }), {
      clock,
      signal,
      repeatUnknown: true,
    });

  /** The older code is asked when the first is refused. */
  const fetchOne = async (file: FileRef, codes: readonly string[], signal: AbortSignal): Promise<Downloaded> => {
    const robot = handleOf(file).robotCode ?? robotCode;
    for (const [index, downloadCode] of codes.entries()) {
      try {
        const url = await fileAddress(client, { downloadCode, robotCode: robot }, signal);
        return await fetchFrom(url, MAX_DOWNLOAD_BYTES, signal);
      } catch (error) {
        if (index === codes.length - 1 || !isRefusal(error)) throw error;
      }
    }
    throw noCode();
  };

  const downloadFile = async (file: FileRef, signal: AbortSignal): Promise<FileStream> => {
    const { downloadCode, fallbackDownloadCode } = handleOf(file);
    const codes = [downloadCode, fallbackDownloadCode].filter((code) => typeof code === "string" && code !== "");
    const { extension, fileName: _, ...found } = await fetchOne(file, [...new Set(codes as string[])], signal);
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
    around(sender) {
      const media = createMedia({ sender, uploads, log, account: settings.account, load });
      return (to, message, options) =>
        message.kind === "media" ? media(to, message, options) : sender.send(to, message, options);
    },
  };
}

/** It comes back from users, who may have kept it as they like. */
function handleOf({ handle }: FileRef): FileHandle {
  return typeof handle === "object" && handle !== null ? handle : {};
}

/** Another code, or another day, will not change the other errors. */
function isRefusal(error: unknown): boolean {
  return error instanceof ChannelError && error.outcome === "refused" && error.code === "platform_refused";
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
  return dingtalkError("large", {
    message: `the file has ${bytes} bytes, DingTalk takes at most ${maxBytes}`,
    outcome: "not_sent",
    fix: { en: "Send a smaller file, or a link.", zh: "请发送较小的文件或链接。" },
  });
}

function noCode(): Error {
  return dingtalkError("unsupported", {
    message: "DingTalk has given the bot no download code for this file",
    fix: {
      en: "A document that was shared from the drive cannot be fetched: ask for the file itself, in the direct chat.",
      zh: "从钉盘分享的文档无法由机器人下载,请让对方在单聊中直接发送文件。",
    },
  });
}
