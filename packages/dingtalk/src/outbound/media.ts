/**
 * Pictures, voices and files that go out: uploaded, then sent through the robot interface, since a session webhook does not
 * carry them. What the platform cannot show as asked goes as a file; what it does not take at all, the person is told in words.
 */
import {
  type Address,
  ChannelError,
  type DeliveryOptions,
  type FileRef,
  type Logger,
  type Outbound,
  type Sent,
} from "@openclaw-china/core";
import { durationMs, extensionOf, safeFileName, sniff } from "@openclaw-china/core/internal";
import type { Upload } from "../api/media.ts";
import { dingtalkError } from "../errors.ts";
import type { Sender } from "./send.ts";
import type { Uploads } from "./upload.ts";

type Media = Extract<Outbound, { readonly kind: "media" }>;
type Kind = FileRef["media"];

/** MB as the platform counts them. */
const MB = 1_048_576;

/**
 * "Upload media files". Formats by content; none listed: any. `shown`: the robot interface has a message for it that needs
 * nothing we do not have (a video wants a cover picture, which nobody gives us).
 */
export const MEDIA_LIMITS: Readonly<
  Record<
    Kind,
    {
      readonly maxBytes: number;
      readonly maxMs?: number;
      readonly formats?: readonly string[];
      readonly shown: boolean;
    }
  >
> = {
  image: { maxBytes: 20 * MB, formats: ["jpg", "gif", "png", "bmp"], shown: true },
  voice: { maxBytes: 2 * MB, maxMs: 60_000, formats: ["amr", "mp3", "wav", "ogg"], shown: true },
  video: { maxBytes: 20 * MB, formats: ["mp4"], shown: false },
  file: { maxBytes: 20 * MB, shown: true },
};

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

export function createMedia(deps: MediaDeps): (to: Address, media: Media, options: DeliveryOptions) => Promise<Sent> {
  const { sender, uploads, log, account } = deps;

  const deliver = async (to: Address, file: Ready, options: DeliveryOptions): Promise<Sent> => {
    const { id, isKnown } = await beforeAnything(() => uploads.idOf(file, options.signal));
    if (!sender.reaches(to, options)) {
      return file.type === "image" ? sender.picture(id, file.name, options) : sender.send(to, words(OUTSIDE), options);
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

  /** A picture or voice that the platform dislikes as one is still a file. */
  const deliverOrFile = async (to: Address, file: Ready, options: DeliveryOptions): Promise<Sent> => {
    try {
      return await deliver(to, file, options);
    } catch (error) {
      if (file.type === "file" || !isRefusal(error)) throw error;
      log.warn({ err: error, account, type: file.type }, "DingTalk refuses it as this type; it is sent as a file");
      return deliver(to, { ...file, type: "file" }, options);
    }
  };

  return async (to, media, options) => {
    const { maxBytes } = MEDIA_LIMITS.file;
    const loaded = await beforeAnything(() => load(deps, media, { maxBytes, signal: options.signal }));
    const name = media.name ?? loaded?.name ?? nameOf(media.file);
    if (loaded === undefined || loaded.bytes.byteLength === 0) {
      log.warn({ account, name }, "a file was not sent: it is empty, or larger than DingTalk takes");
      return sender.send(to, words(loaded === undefined ? tooLarge(name) : empty(name)), options);
    }
    const { file, because } = prepare(media, loaded.bytes, name);
    if (because !== undefined) log.info({ account, name: file.name, because }, "sent as a file");
    return deliverOrFile(to, file, options);
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
): { readonly file: Ready; readonly because: string | undefined } {
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

/** Undefined: it can be shown as that. */
function obstacle(
  kind: Kind,
  of: { readonly bytes: number; readonly extension: string; readonly ms: number | undefined },
): string | undefined {
  const { maxBytes, maxMs, formats, shown } = MEDIA_LIMITS[kind];
  if (!shown) return `DingTalk wants a cover for a ${kind}`;
  if (formats !== undefined && !formats.includes(of.extension)) return `${of.extension} is no ${kind} of DingTalk's`;
  if (of.bytes > maxBytes) return `a ${kind} has at most ${maxBytes} bytes`;
  if (maxMs === undefined) return undefined;
  if (of.ms === undefined) return `the duration of the ${kind} is not known`;
  return of.ms > maxMs ? `a ${kind} lasts at most ${maxMs} ms` : undefined;
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

function isRefusal(error: unknown): boolean {
  return error instanceof ChannelError && error.outcome === "refused" && error.code === "platform_refused";
}

function words(text: string): Outbound {
  return { kind: "text", text };
}

const OUTSIDE =
  "抱歉,钉钉不允许机器人向企业外人员发送文件,请联系企业内的同事转发。 Sorry, DingTalk does not let bots send files to people outside the organisation; please ask a colleague inside it.";

function tooLarge(name: string | undefined): string {
  const what = name === undefined ? "" : ` ${safeFileName(name, "file")}`;
  return `抱歉,文件${what} 超过 20 MB,钉钉机器人无法发送。请改用较小的文件或下载链接。 Sorry, the file${what} is larger than 20 MB, the most a bot may send on DingTalk. Please ask for a smaller one, or for a link.`;
}

function empty(name: string | undefined): string {
  const what = name === undefined ? "" : ` ${safeFileName(name, "file")}`;
  return `抱歉,文件${what} 是空的,因此没有发送。 Sorry, the file${what} is empty and was not sent.`;
}
