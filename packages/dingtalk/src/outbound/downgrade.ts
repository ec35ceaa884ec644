/** What DingTalk takes of files, as data; what becomes of the others, and what the person is told of it. Pure. */
import { type FileRef, type Localized, type Outbound } from "@openclaw-china/core";
import { safeFileName } from "@openclaw-china/core/internal";

type Kind = FileRef["media"];

/** MB as the platform counts them. */
const MB = 1_048_576;

interface MediaLimit {
  readonly maxBytes: number;
  readonly maxMs?: number;
  /** By content; none listed: any. */
  readonly formats?: readonly string[];
  /** The robot interface has a message for it that needs nothing we do not have (a video wants a cover picture). */
  readonly shown: boolean;
}

/** "Upload media files". */
export const MEDIA_LIMITS: Readonly<Record<Kind, MediaLimit>> = {
  image: { maxBytes: 20 * MB, formats: ["jpg", "gif", "png", "bmp"], shown: true },
  voice: { maxBytes: 2 * MB, maxMs: 60_000, formats: ["amr", "mp3", "wav", "ogg"], shown: true },
  video: { maxBytes: 20 * MB, formats: ["mp4"], shown: false },
  file: { maxBytes: 20 * MB, shown: true },
};

const KINDS: Readonly<Record<Kind, Localized>> = {
  image: { en: "pictures", zh: "图片" },
  voice: { en: "voice messages", zh: "语音" },
  video: { en: "videos", zh: "视频" },
  file: { en: "files", zh: "文件" },
};

/** Why it cannot be shown as that; undefined: it can. */
export function obstacle(
  kind: Kind,
  of: { readonly bytes: number; readonly extension: string; readonly ms: number | undefined },
): Localized | undefined {
  const { maxBytes, maxMs, formats, shown } = MEDIA_LIMITS[kind];
  const { en, zh } = KINDS[kind];
  if (!shown) return { en: `bots cannot show ${en} on DingTalk`, zh: `钉钉机器人无法直接展示${zh}` };
  if (formats !== undefined && !formats.includes(of.extension)) {
    return { en: `DingTalk takes ${en} only as ${formats.join(", ")}`, zh: `钉钉${zh}仅支持 ${formats.join("、")}` };
  }
  if (of.bytes > maxBytes) {
    return { en: `DingTalk takes ${en} up to ${maxBytes / MB} MB`, zh: `钉钉${zh}不能超过 ${maxBytes / MB} MB` };
  }
  if (maxMs === undefined) return undefined;
  if (of.ms === undefined) return { en: "its duration is not known", zh: "时长未知" };
  if (of.ms <= maxMs) return undefined;
  return { en: `DingTalk takes ${en} up to ${maxMs / 1_000} s`, zh: `钉钉${zh}不能超过 ${maxMs / 1_000} 秒` };
}

/** The platform itself does not want it as that. */
export function refusedAs(kind: Kind): Localized {
  return { en: `DingTalk does not take it among ${KINDS[kind].en}`, zh: `钉钉拒绝将其作为${KINDS[kind].zh}发送` };
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
    en: `Sorry, the file${what} is larger than ${most}, the most a bot may send on DingTalk. Please ask for a smaller one, or for a link.`,
    zh: `抱歉,文件${what} 超过 ${most},钉钉机器人无法发送。请改用较小的文件或下载链接。`,
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

/** Instead of a file that the platform does not take at all. */
export function refused(name: string): Outbound {
  const what = named(name);
  return words({
    en: `Sorry, DingTalk does not take the file${what}. Please ask for it as a zip archive, or for a link.`,
    zh: `抱歉,钉钉不接受文件${what}。请改用 zip 压缩包或下载链接。`,
  });
}

/** Instead of a file for somebody outside the organisation. */
export const OUTSIDE: Outbound = words({
  en: "Sorry, DingTalk does not let bots send files to people outside the organisation; please ask a colleague inside it.",
  zh: "抱歉,钉钉不允许机器人向企业外人员发送文件,请联系企业内的同事转发。",
});

function named(name: string | undefined): string {
  return name === undefined ? "" : ` ${safeFileName(name, "file")}`;
}

function words({ en, zh }: Localized): Outbound {
  return { kind: "text", text: `${zh} ${en}` };
}
