/**
 * Pictures, voices, videos and files that go out: uploaded, then sent by their key. What the platform cannot show as asked
 * goes as a file, and the person is told why in a line under it; of what it does not take at all, the person is told instead.
 */
import {
  type Address,
  ChannelError,
  type DeliveryOptions,
  type FileRef,
  type Localized,
  type Logger,
  type Outbound,
  type Sent,
} from "@openclaw-china/core";
import { extensionOf, safeFileName, sniff } from "@openclaw-china/core/internal";
import type { Body } from "../api/messages.ts";
import { feishuError } from "../errors.ts";
import { empty, MEDIA_LIMITS, obstacle, refusedAs, sentAsFile, tooLarge } from "./downgrade.ts";
import { durationMs, isOpus } from "./duration.ts";
import type { Sender } from "./send.ts";
import type { Upload, Uploads } from "./upload.ts";

type Media = Extract<Outbound, { readonly kind: "media" }>;
type Kind = FileRef["media"];

export interface MediaDeps {
  readonly sender: Sender;
  readonly uploads: Uploads;
  readonly log: Logger;
  readonly account: string;
  /** The bytes and the name of what is to be sent. Throws `too_large` beyond `maxBytes`. */
  readonly load: (
    file: Media["file"],
    limits: { readonly maxBytes: number; readonly signal: AbortSignal },
  ) => Promise<Loaded>;
}

/** What was given, in memory. */
export interface Loaded {
  readonly bytes: Uint8Array;
  /** Untrusted; absent where nobody has named it. */
  readonly name?: string;
}

/** A file that can be sent, and how. */
interface Ready extends Upload {
  readonly kind: Kind;
}

export function createMedia(deps: MediaDeps): (to: Address, media: Media, options: DeliveryOptions) => Promise<Sent> {
  const { sender, uploads, log, account } = deps;

  const deliver = async (to: Address, file: Ready, options: DeliveryOptions): Promise<Sent> => {
    const { id, isKnown } = await beforeAnything(() => uploads.idOf(file, options.signal));
    const named = { ...options, key: `${options.key} ${file.kind}` };
    try {
      return await sender.body(to, mediaBody(file.kind, id), named);
    } catch (error) {
      if (!isKnown || !isDisliked(error)) throw error;
      await uploads.forget(file); // the platform may have lost it
      const afresh = await beforeAnything(() => uploads.idOf(file, options.signal));
      return sender.body(to, mediaBody(file.kind, afresh.id), { ...named, key: `${named.key} afresh` });
    }
  };

  /** The file is there, whatever becomes of the line under it. */
  const tell = async (to: Address, sent: Sent, line: Outbound, options: DeliveryOptions): Promise<Sent> => {
    try {
      const told = await sender.send(to, line, { ...options, key: `${options.key}/why` });
      return { ...sent, parts: [...sent.parts, told.id] };
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      log.warn({ err: error, account }, "a file was sent, and not why it is one");
      return sent;
    }
  };

  return async (to, media, options) => {
    const { maxBytes } = MEDIA_LIMITS.file;
    const loaded = await beforeAnything(() => load(deps, media, { maxBytes, signal: options.signal }));
    const name = media.name ?? loaded?.name ?? nameOf(media.file);
    if (loaded === undefined || loaded.bytes.byteLength === 0) {
      log.warn({ account, name }, "a file was not sent: it is empty, or larger than Feishu takes");
      return sender.send(to, loaded === undefined ? tooLarge(name) : empty(name), options);
    }
    const { file, because } = prepare(media, loaded.bytes, name);
    try {
      const sent = await deliver(to, file, options);
      return because === undefined ? sent : await tell(to, sent, sentAsFile(file.name, because), options);
    } catch (error) {
      if (file.kind === "file" || !isDisliked(error)) throw error;
      log.warn({ err: error, account, kind: file.kind }, "Feishu refuses it as this type; it is sent as a file");
      const sent = await deliver(to, asFile(file), options);
      return tell(to, sent, sentAsFile(file.name, refusedAs(file.kind)), options);
    }
  };
}

/** What is said of a file before it is loaded. */
function nameOf(file: Media["file"]): string | undefined {
  return file instanceof URL || !("name" in file) || file.name === "" ? undefined : file.name;
}

/** Undefined: too large. */
async function load(
  deps: MediaDeps,
  { file }: Media,
  limits: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Loaded | undefined> {
  try {
    return await deps.load(file, limits);
  } catch (error) {
    if (error instanceof ChannelError && error.code === "too_large") return undefined;
    throw error;
  }
}

/** How it is sent; `because`: why not as what it is. */
function prepare(
  media: Media,
  bytes: Uint8Array,
  given: string | undefined,
): { readonly file: Ready; readonly because: Localized | undefined } {
  const { contentType, extension } = sniff(bytes);
  const wanted = media.media ?? kindOf(contentType);
  const format = extension === "ogg" && isOpus(bytes) ? "opus" : extension;
  const because = obstacle(wanted, { bytes: bytes.byteLength, format });
  const named = safeFileName(given, `${wanted}.${format}`);
  const name = extensionOf(named) === "" && extension !== "bin" ? `${named}.${format}` : named;
  const ms = media.durationMs ?? durationMs(bytes, extension);
  const file: Ready = { kind: wanted, fileType: fileTypeOf(wanted, name), name, bytes, durationMs: ms };
  return { file: because === undefined ? file : asFile(file), because };
}

/** The type of the file must go with the message's: a sound that is sent as a file is no `opus`. */
function asFile(file: Ready): Ready {
  return { ...file, kind: "file", fileType: fileTypeOf("file", file.name), durationMs: undefined };
}

function kindOf(contentType: string): Kind {
  const [family] = contentType.split("/");
  if (family === "image" || family === "video") return family;
  return family === "audio" ? "voice" : "file";
}

const DOCUMENTS: Readonly<Record<string, Upload["fileType"]>> = {
  pdf: "pdf",
  doc: "doc",
  docx: "doc",
  xls: "xls",
  xlsx: "xls",
  ppt: "ppt",
  pptx: "ppt",
};

function fileTypeOf(kind: Kind, name: string): Upload["fileType"] {
  if (kind === "image") return "image";
  if (kind === "voice") return "opus";
  return kind === "video" ? "mp4" : (DOCUMENTS[extensionOf(name)] ?? "stream");
}

function mediaBody(kind: Kind, key: string): Body {
  if (kind === "image") return { msg_type: "image", content: JSON.stringify({ image_key: key }) };
  const type = kind === "voice" ? "audio" : kind === "video" ? "media" : "file";
  return { msg_type: type, content: JSON.stringify({ file_key: key }) };
}

/** Nobody has seen anything yet, whatever a failed upload or download has done: it may be tried again. */
async function beforeAnything<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChannelError) || error.outcome !== "unknown") throw error;
    const { code, kind, message, fix, verdict, platform } = error;
    throw feishuError("busy", { message, fix, verdict, platform, code, kind, outcome: "not_sent", cause: error });
  }
}

/** Another type, or another upload, may be taken. */
function isDisliked(error: unknown): boolean {
  if (!(error instanceof ChannelError) || error.outcome !== "refused") return false;
  return /^(234|230055|230017|230001|230099)/.test(error.platform?.code ?? "");
}
