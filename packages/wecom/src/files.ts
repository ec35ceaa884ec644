/** Files that came in: fetched, opened where they are sealed, and called by what they are; and what is to be sent on, loaded. */
import type { FileRef, FileStream, OpenChannel } from "@openclaw-china/core";
import {
  channelError,
  download,
  type Downloaded,
  readBytes,
  retry,
  safeFileName,
  sniff,
} from "@openclaw-china/core/internal";
import type { Caller, Client } from "./api/client.ts";
import { judge } from "./api/judge.ts";
import { mediaAddress } from "./api/media.ts";
import { wecomError } from "./errors.ts";
import type { FileHandle } from "./inbound/content.ts";
import type { Loaded, MediaDeps } from "./outbound/media.ts";
import { doesNotOpen, fileKeyOf, unsealed } from "./unseal.ts";

/** Of a file that came in; who reads it into memory sets a limit of their own. */
const MAX_DOWNLOAD_BYTES = 256 * 1_048_576;
/** As much as tells the type. */
const HEAD_BYTES = 64;
/** Of an error that comes in a file's place. */
const MAX_ERROR_BYTES = 65_536;

export interface FilesDeps extends Caller {
  /** Origin of the interface: allowed whatever it is. */
  readonly api: string;
  /** Of the application, and of customer service: their files are at the media interface. */
  readonly app?: Client;
  readonly kf?: Client;
  /** Of the bot's callback page: files in callback mode have no key of their own. */
  readonly encodingAesKey?: string;
}

export interface Files extends Required<Pick<OpenChannel, "download">> {
  /** For what goes out. */
  readonly load: MediaDeps["load"];
}

export function createFiles(deps: FilesDeps): Files {
  const fetchFrom = (url: string, maxBytes: number, signal: AbortSignal): Promise<Downloaded> => {
    const { http, clock, proxy, api } = deps;
    const request = { url, origins: [api], proxy, signal, maxBytes };
    return retry(() => download({ http, clock }, request), { clock, signal, repeatUnknown: true });
  };

  const downloadSealed = async (file: FileRef, handle: Sealed, signal: AbortSignal): Promise<FileStream> => {
    const key = fileKeyOf(handle.aesKey ?? deps.encodingAesKey ?? "");
    if (key === undefined) throw doesNotOpen("there is no key of 43 characters for it");
    const found = await fetchFrom(handle.url, MAX_DOWNLOAD_BYTES, signal);
    return named(file, found, await opened(unsealed(found.body, key)));
  };

  const downloadMedia = async (file: FileRef, { mediaId, of }: Stored, signal: AbortSignal): Promise<FileStream> => {
    const client = deps[of];
    if (client === undefined) throw notConfigured(of);
    for (let again = false; ; again = true) {
      const { url, drop } = await mediaAddress(client, mediaId, signal);
      const found = await fetchFrom(url, MAX_DOWNLOAD_BYTES, signal);
      const body = await opened(found.body);
      const error = found.fileName === undefined ? await errorIn(body) : undefined;
      if (error === undefined) return named(file, found, body);
      if (again || !TOKEN_ERRORS.has(error.code)) throw asError(error.text, url);
      await drop();
    }
  };

  const downloadFile: Files["download"] = (file, signal) => {
    const handle = handleOf(file);
    if (handle !== undefined && "url" in handle) return downloadSealed(file, handle, signal);
    return handle === undefined ? Promise.reject(noHandle()) : downloadMedia(file, handle, signal);
  };

  return {
    download: downloadFile,
    async load(file, { maxBytes, signal }) {
      if (file instanceof Blob) return loadBlob(file, maxBytes);
      if (file instanceof URL) {
        const { body, fileName } = await fetchFrom(file.href, maxBytes, signal);
        const name = fileName ?? nameIn(file);
        return { bytes: await readBytes(body, maxBytes), ...(name === undefined ? {} : { name }) };
      }
      const { body, name } = await downloadFile(file, signal);
      return { bytes: await readBytes(body, maxBytes), name };
    },
  };
}

type Sealed = Extract<FileHandle, { readonly url: string }>;
type Stored = Extract<FileHandle, { readonly mediaId: string }>;

/** It comes back from users, who may have kept it as they like. */
function handleOf({ handle }: FileRef): FileHandle | undefined {
  if (typeof handle !== "object" || handle === null) return undefined;
  const { url, mediaId, of } = handle as Readonly<Record<string, unknown>>;
  const isStored = typeof mediaId === "string" && (of === "app" || of === "kf");
  return typeof url === "string" || isStored ? (handle as FileHandle) : undefined;
}

/** A body whose first bytes are known. */
interface Opened {
  readonly head: Uint8Array;
  readonly body: ReadableStream<Uint8Array>;
}

async function opened(body: ReadableStream<Uint8Array>): Promise<Opened> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    chunks.push(value);
    bytes += value.byteLength;
  }
  const head = Buffer.concat(chunks);
  return {
    head,
    body: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const value = chunks.shift() ?? (await reader.read()).value;
          if (value === undefined) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    ),
  };
}

/** Size as it was sent says nothing of a sealed file: it has padding. */
function named(file: FileRef, { fileName }: Downloaded, { head, body }: Opened): FileStream {
  const { contentType, extension } = sniff(head);
  return { name: safeFileName(file.name ?? fileName, `${file.media}.${extension}`), contentType, body };
}

const TOKEN_ERRORS: ReadonlySet<number> = new Set([40_001, 40_014, 42_001]);

/** The media interface says no in JSON, under status 200 and without a name. Undefined: it is a file. */
async function errorIn({ head, body }: Opened): Promise<{ readonly code: number; readonly text: string } | undefined> {
  if (!/^\s*\{\s*"errcode"\s*:/.test(Buffer.from(head).toString("latin1"))) return undefined;
  const text = Buffer.from(await readBytes(body, MAX_ERROR_BYTES)).toString("utf8");
  return { code: Number(/"errcode"\s*:\s*(-?\d+)/.exec(text)?.[1]), text };
}

function asError(text: string, url: string): Error {
  const secrets = [new URL(url).searchParams.get("access_token") ?? ""];
  judge(
    { status: 200, headers: {}, text, json: JSON.parse(text) as unknown },
    { what: "fetch a file", auth: "token", secrets },
  );
  return noHandle(); // it said no error after all, and sent no file either
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
  return wecomError("large", {
    message: `the file has ${bytes} bytes, WeCom takes at most ${maxBytes}`,
    outcome: "not_sent",
    fix: { en: "Send a smaller file, or a link.", zh: "请发送较小的文件或链接。" },
  });
}

function notConfigured(of: "app" | "kf"): Error {
  const name = of === "app" ? "the application" : "customer service";
  return wecomError("unsupported", {
    message: `the file came through ${name}, which is not configured here`,
    fix: {
      en: `Configure ${of} with the corp_id and corp_secret it came with.`,
      zh: `请配置该文件来源的 ${of}(corp_id 与 corp_secret)。`,
    },
  });
}

function noHandle(): Error {
  return channelError({
    code: "unsupported",
    kind: "platform",
    channel: "wecom",
    message: "WeCom has given no address for this file",
    outcome: "refused",
    fix: { en: "Ask for the file again.", zh: "请让对方重新发送该文件。" },
  });
}
