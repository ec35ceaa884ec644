/** What Feishu takes of files, as data; what becomes of the others, and what the person is told of it. Pure. */
import type { FileRef, Localized, Outbound } from "@openclaw-china/core";
import { safeFileName } from "@openclaw-china/core/internal";

type Kind = FileRef["media"];

/** MB as the platform counts them. */
const MB = 1_048_576;

interface MediaLimit {
  readonly maxBytes: number;
  /** By content; none listed: any. */
  readonly formats?: readonly string[];
}

/** "Upload image", "Upload file". */
export const MEDIA_LIMITS: Readonly<Record<Kind, MediaLimit>> = {
  image: { maxBytes: 10 * MB, formats: ["jpg", "png", "webp", "gif", "bmp", "heic"] },
  voice: { maxBytes: 30 * MB, formats: ["opus"] },
  video: { maxBytes: 30 * MB, formats: ["mp4"] },
  file: { maxBytes: 30 * MB },
};

const KINDS: Readonly<Record<Kind, Localized>> = {
  image: { en: "pictures", zh: "图片" },
  voice: { en: "voice messages", zh: "语音" },
  video: { en: "videos", zh: "视频" },
  file: { en: "files", zh: "文件" },
};

/** Why it cannot be shown as that; undefined: it can. `format`: by content. */
export function obstacle(kind: Kind, of: { readonly bytes: number; readonly format: string }): Localized | undefined {
  const { maxBytes, formats } = MEDIA_LIMITS[kind];
  const { en, zh } = KINDS[kind];
  if (formats !== undefined && !formats.includes(of.format)) {
    return { en: `Feishu takes ${en} only as ${formats.join(", ")}`, zh: `飞书${zh}仅支持 ${formats.join("、")}` };
  }
  if (of.bytes <= maxBytes) return undefined;
  return { en: `Feishu takes ${en} up to ${maxBytes / MB} MB`, zh: `飞书${zh}不能超过 ${maxBytes / MB} MB` };
}

/** The platform itself does not want it as that. */
export function refusedAs(kind: Kind): Localized {
  return { en: `Feishu does not take it among ${KINDS[kind].en}`, zh: `飞书拒绝将其作为${KINDS[kind].zh}发送` };
}

/** Under a file that was to be shown as something better. */
export function sentAsFile(name: string, why: Localized): Outbound {
  return words({ en: `${name} was sent as a file: ${why.en}.`, zh: `${name} 已改为以文件发送:${why.zh}。` });
}

/** Instead of a file; `name` is untrusted. */
export function tooLarge(name: string | undefined): Outbound {
  const what = named(name);
  const most = `${MEDIA_LIMITS.file.maxBytes / MB} MB`;
  return words({
    en: `Sorry, the file${what} is larger than ${most}, the most a bot may send on Feishu. Please ask for a smaller one, or for a link.`,
    zh: `抱歉,文件${what} 超过 ${most},飞书机器人无法发送。请改用较小的文件或下载链接。`,
  });
}

/** Instead of a file of no bytes. */
export function empty(name: string | undefined): Outbound {
  const what = named(name);
  return words({
    en: `Sorry, the file${what} is empty and was not sent.`,
    zh: `抱歉,文件${what} 是空的,因此没有发送。`,
  });
}

function named(name: string | undefined): string {
  return name === undefined ? "" : ` ${safeFileName(name, "file")}`;
}

function words({ en, zh }: Localized): Outbound {
  return { kind: "text", text: `${zh} ${en}` };
}
