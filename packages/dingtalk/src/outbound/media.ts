/**
 * Pictures, voices and files that go out: uploaded, then sent through the robot interface, since a session webhook does not
 * carry them. What the platform cannot show as asked goes as a file, and the person is told why in a line under it; of what
 * it does not take at all, the person is told instead.
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
import { durationMs, extensionOf, safeFileName, sniff } from "@openclaw-china/core/internal";
import type { Upload } from "../api/media.ts";
import { dingtalkError } from "../errors.ts";
import { empty, MEDIA_LIMITS, obstacle, OUTSIDE, refused, refusedAs, sentAsFile, tooLarge } from "./downgrade.ts";
import type { Sender } from "./send.ts";
import type { Uploads } from "./upload.ts";

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
  readonly durationMs: number | undefined;
}

/** What has been sent; why it is a file, or that the person has been told already. */
interface Delivered {
  readonly sent: Sent;
  readonly because: Localized | "told" | undefined;
}

export function createMedia(deps: MediaDeps): (to: Address, media: Media, options: DeliveryOptions) => Promise<Sent> {
  const { sender, uploads, log, account } = deps;

  const deliver = async (to: Address, file: Ready, options: DeliveryOptions): Promise<Sent> => {
    const { id, isKnown } = await beforeAnything(() => uploads.idOf(file, options.signal));
    if (!sender.reaches(to, options)) {
      return file.type === "image" ? sender.picture(id, file.name, options) : sender.send(to, OUTSIDE, options);
    }
    try {
      return await sender.robot(to, { ...robotMessage(file, id), shown: `[${file.name}]` }, options);
    } catch (error) {
      if (!isKnown || !isRefusal(error)) throw error;
      await uploads.forget(file); // the platform may have lost it
      const afresh = await beforeAnything(() => uploads.idOf(file, options.signal));
      return sender.robot(to, { ...robotMessage(file, afresh.id), shown: `[${file.name}]` }, options);
    }
  };

  /** A picture or voice that the platform dislikes as one is still a file; of a file that it dislikes the person is told. */
  const deliverOrFile = async (to: Address, file: Ready, options: DeliveryOptions): Promise<Delivered> => {
    try {
      return { sent: await deliver(to, file, options), because: undefined };
    } catch (error) {
      if (file.type !== "file" && isRefusal(error)) {
        log.warn({ err: error, account, type: file.type }, "DingTalk refuses it as this type; it is sent as a file");
        const { sent, because = refusedAs(file.type) } = await deliverOrFile(to, { ...file, type: "file" }, options);
        return { sent, because };
      }
      if (!isDisliked(error)) throw error;
      log.warn({ err: error, account, name: file.name }, "a file was not sent: DingTalk does not take it");
      return { sent: await sender.send(to, refused(file.name), options), because: "told" };
    }
  };

  /** The file is there, whatever becomes of the line under it. */
  const tell = async (to: Address, sent: Sent, line: Outbound, options: DeliveryOptions): Promise<Sent> => {
    try {
      const told = await sender.send(to, line, { ...options, key: `${options.key}/why` });
      return told.handle === undefined ? sent : { ...sent, parts: [...sent.parts, told.id] };
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
      log.warn({ account, name }, "a file was not sent: it is empty, or larger than DingTalk takes");
      return sender.send(to, loaded === undefined ? tooLarge(name) : empty(name), options);
    }
    const { file, because } = prepare(media, loaded.bytes, name);
    const { sent, because: later } = await deliverOrFile(to, file, options);
    const why = later ?? because;
    if (why === undefined || why === "told" || !sender.reaches(to, options)) return sent;
    log.info({ account, name: file.name, because: why.en }, "sent as a file");
    return tell(to, sent, sentAsFile(file.name, why), options);
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
  const ms = wanted === "voice" ? (media.durationMs ?? durationMs(bytes, extension)) : undefined;
  const because = obstacle(wanted, { bytes: bytes.byteLength, extension, ms });
  const type = because === undefined ? wanted : "file";
  const named = safeFileName(given, `${wanted}.${extension}`);
  const name = extensionOf(named) === "" && extension !== "bin" ? `${named}.${extension}` : named;
  return { file: { type, name, contentType, bytes, durationMs: ms }, because };
}

function kindOf(contentType: string): Kind {
  const [family] = contentType.split("/");
  if (family === "image" || family === "video") return family;
  return family === "audio" ? "voice" : "file";
}

/** Bodies of "robot message types". */
function robotMessage(
  { type, name, durationMs: ms = 0 }: Ready,
  id: string,
): { readonly msgKey: string; readonly msgParam: Readonly<Record<string, string>> } {
  if (type === "image") return { msgKey: "sampleImageMsg", msgParam: { photoURL: id } };
  if (type === "voice") return { msgKey: "sampleAudio", msgParam: { mediaId: id, duration: String(Math.round(ms)) } };
  return {
    msgKey: "sampleFile",
    msgParam: { mediaId: id, fileName: name, fileType: extensionOf(name) || "bin" },
  };
}

/** Nobody has seen anything yet, whatever a failed upload or download has done: it may be tried again. */
async function beforeAnything<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChannelError) || error.outcome !== "unknown") throw error;
    const { code, kind, message, fix, verdict, platform } = error;
    throw dingtalkError("busy", { message, fix, verdict, platform, code, kind, outcome: "not_sent", cause: error });
  }
}

/** By the upload: not this type of file at all, or not these bytes. */
function isDisliked(error: unknown): boolean {
  return error instanceof ChannelError && ["40005", "40006"].includes(error.platform?.code ?? "");
}

function isRefusal(error: unknown): boolean {
  return error instanceof ChannelError && error.outcome === "refused" && error.code === "platform_refused";
}
