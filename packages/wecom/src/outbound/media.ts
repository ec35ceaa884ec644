/**
 * Pictures, voices, videos and files that go out. What the platform cannot show as asked goes as a file, and the person is
 * told why in a line under it; of what it does not take at all, the person is told instead.
 */
import { ChannelError, type FileRef, type Localized, type Logger, type Outbound } from "@openclaw-china/core";
import { durationMs, extensionOf, safeFileName, sniff } from "@openclaw-china/core/internal";
import { unseen } from "../errors.ts";
import type { Textual } from "./render.ts";
import type { FileContent } from "./way.ts";

type Media = Extract<Outbound, { readonly kind: "media" }>;
type Kind = FileRef["media"];

/** A file in memory, or what the person is told instead. */
export type PreparedMedia = FileContent | Textual;

/** MB as the platform counts them. */
const MB = 1_048_576;
const MIN_BYTES = 6;

/** "Upload temporary media", the same over the connection. Formats by content; none listed: any. */
export const MEDIA_LIMITS: Readonly<
  Record<Kind, { readonly maxBytes: number; readonly maxMs?: number; readonly formats?: readonly string[] }>
> = {
  image: { maxBytes: 10 * MB, formats: ["jpg", "png"] },
  voice: { maxBytes: 2 * MB, maxMs: 60_000, formats: ["amr"] },
  video: { maxBytes: 10 * MB, formats: ["mp4"] },
  file: { maxBytes: 20 * MB },
};

/** What was given, in memory. */
export interface Loaded {
  readonly bytes: Uint8Array;
  /** Untrusted; absent where nobody has named it. */
  readonly name?: string;
}

export interface MediaDeps {
  readonly log: Logger;
  readonly account: string;
  /** The bytes and the name of what is to be sent. Throws `too_large` beyond `maxBytes`. */
  readonly load: (
    file: Media["file"],
    limits: { readonly maxBytes: number; readonly signal: AbortSignal },
  ) => Promise<Loaded>;
}

export function createMedia(deps: MediaDeps): (media: Media, signal: AbortSignal) => Promise<PreparedMedia> {
  const { log, account } = deps;
  return async (media, signal) => {
    const loaded = await load(deps, media, signal);
    const name = media.name ?? loaded?.name ?? nameOf(media.file);
    if (loaded === undefined || loaded.bytes.byteLength < MIN_BYTES) {
      log.warn({ account, name }, "a file was not sent: it is empty, or larger than WeCom takes");
      return { kind: "markdown", text: loaded === undefined ? tooLarge(name) : tooSmall(name) };
    }
    const { file, because } = prepare(media, loaded.bytes, name);
    if (because === undefined) return { kind: "file", file };
    log.info({ account, name: file.name, because: because.en }, "sent as a file");
    return { kind: "file", file, note: sentAsFile(file.name, because) };
  };
}

/** Undefined: too large. Nobody has seen anything yet: what failed may be tried again. */
async function load(deps: MediaDeps, { file }: Media, signal: AbortSignal): Promise<Loaded | undefined> {
  try {
    return await deps.load(file, { maxBytes: MEDIA_LIMITS.file.maxBytes, signal });
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (error.code === "too_large") return undefined;
    throw error.outcome === "unknown" ? unseen(error) : error;
  }
}

/** What is said of a file before it is loaded. */
function nameOf(file: Media["file"]): string | undefined {
  return file instanceof URL || !("name" in file) || file.name === "" ? undefined : file.name;
}

/** How it is sent; `because`: why not as what it is. */
function prepare(
  media: Media,
  bytes: Uint8Array,
  given: string | undefined,
): { readonly file: FileContent["file"]; readonly because: Localized | undefined } {
  const { contentType, extension } = sniff(bytes);
  const wanted = media.media ?? kindOf(contentType);
  const ms = wanted === "voice" ? (media.durationMs ?? durationMs(bytes, extension)) : undefined;
  const because = obstacle(wanted, { bytes: bytes.byteLength, extension, ms });
  const type = because === undefined ? wanted : "file";
  const named = safeFileName(given, `${wanted}.${extension}`);
  const name = extensionOf(named) === "" && extension !== "bin" ? `${named}.${extension}` : named;
  return { file: { type, name, contentType, bytes }, because };
}

function kindOf(contentType: string): Kind {
  const [family] = contentType.split("/");
  if (family === "image" || family === "video") return family;
  return family === "audio" ? "voice" : "file";
}

const KINDS: Readonly<Record<Kind, Localized>> = {
  image: { en: "pictures", zh: "图片" },
  voice: { en: "voice messages", zh: "语音" },
  video: { en: "videos", zh: "视频" },
  file: { en: "files", zh: "文件" },
};

/** Why it cannot be shown as that; undefined: it can. */
function obstacle(
  kind: Kind,
  of: { readonly bytes: number; readonly extension: string; readonly ms: number | undefined },
): Localized | undefined {
  const { maxBytes, maxMs, formats } = MEDIA_LIMITS[kind];
  const { en, zh } = KINDS[kind];
  if (formats !== undefined && !formats.includes(of.extension))
    return { en: `WeCom takes ${en} only as ${formats.join(", ")}`, zh: `企业微信${zh}仅支持 ${formats.join("、")}` };
  if (of.bytes > maxBytes)
    return { en: `WeCom takes ${en} up to ${maxBytes / MB} MB`, zh: `企业微信${zh}不能超过 ${maxBytes / MB} MB` };
  if (maxMs === undefined || (of.ms ?? 0) <= maxMs) return undefined;
  return { en: `WeCom takes ${en} up to ${maxMs / 1_000} s`, zh: `企业微信${zh}不能超过 ${maxMs / 1_000} 秒` };
}

function sentAsFile(name: string, { en, zh }: Localized): Textual {
  const text = `${name} 已改为以文件发送:${zh}。 ${name} was sent as a file: ${en}.`;
  return { kind: "text", text };
}

function tooLarge(name: string | undefined): string {
  const what = shown(name);
  return `抱歉,文件${what} 超过 20 MB,企业微信无法发送。请改用较小的文件或下载链接。 Sorry, the file${what} is larger than 20 MB, the most WeCom takes. Please ask for a smaller one, or for a link.`;
}

function tooSmall(name: string | undefined): string {
  const what = shown(name);
  return `抱歉,文件${what} 是空的或过小,因此没有发送。 Sorry, the file${what} is empty or too small and was not sent.`;
}

function shown(name: string | undefined): string {
  return name === undefined ? "" : ` ${safeFileName(name, "file")}`;
}
