/** Images and files: what bots uploaded, and what is in messages. */
import { createHash } from "node:crypto";
import { type Answer, type Call } from "../server.ts";
import { type Execute, feishuError, ok } from "./answers.ts";
import type { Archive } from "./archive.ts";
import type { Uploaded } from "./content.ts";
import { formOf, type FormPart } from "./form.ts";
import type { Bot } from "./tenant.ts";

export interface Files {
  readonly interfaces: Readonly<Record<string, Execute>>;
  /** Takes in what a person sends; returns its key. */
  keep(file: File): Promise<string>;
  uploaded(key: string): Uploaded | undefined;
}

const MB = 1_048_576;
const MAX_IMAGE_BYTES = 10 * MB;
const MAX_FILE_BYTES = 30 * MB;
const MAX_GIF_PIXELS = 2_000;
const MAX_PIXELS = 12_000;
const FILE_TYPES = new Set(["opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"]);
/** Messages whose files nobody can have. */
const CLOSED = new Set(["sticker", "interactive", "merge_forward"]);

/** How pictures begin. */
const MAGIC: readonly (readonly [hex: RegExp, contentType: string])[] = [
  [/^ffd8ff/, "image/jpeg"],
  [/^89504e470d0a1a0a/, "image/png"],
  [/^474946383[79]61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^424d/, "image/bmp"],
  [/^00000100/, "image/x-icon"],
  [/^(49492a00|4d4d002a)/, "image/jpeg"], // TIFF becomes JPEG
  [/^.{8}66747970(68656963|68656978|6d696631|68657663)/, "image/jpeg"], // so does HEIC
];

export function createFiles({ archive }: { readonly archive: Archive }): Files {
  const files = new Map<string, Uploaded>();

  const add = (prefix: string, file: Uploaded): string => {
    const key = `${prefix}_v3_${createHash("sha256").update(`${files.size}`).update(file.bytes).digest("hex").slice(0, 32)}`;
    files.set(key, file);
    return key;
  };

  const own =
    (isImage: boolean): Execute =>
    (call, bot, [key = ""]) => {
      const file = files.get(key);
      if (file === undefined || (file.type === "image") !== isImage) return feishuError("234001", call);
      return file.appId === bot.appId ? bytesAnswer(file, call) : feishuError("230017", call);
    };

  const resource: Execute = (call, bot, [messageId = "", key = ""]) => {
    const message = archive.find(messageId);
    if (message === undefined || message.isRecalled) return feishuError("231003", call);
    if (!message.chat.bots.has(bot.appId)) return feishuError("230002", call);
    if (message.upperId !== undefined || CLOSED.has(message.type)) return feishuError("234043", call);
    const file = files.get(key);
    if (file === undefined || !message.content.includes(`"${key}"`)) return feishuError("234003", call);
    const wanted = file.type === "image" ? "image" : "file";
    if (call.url.searchParams.get("type") !== wanted) return feishuError("234001", call);
    return bytesAnswer(file, call);
  };

  return {
    interfaces: {
      "im/image/create": (call, bot) => {
        const part = partOf(call, "image");
        if (typeof part === "string" || "status" in part)
          return typeof part === "string" ? feishuError(part, call) : part;
        const image = imageOf(part, bot);
        return typeof image === "string" ? feishuError(image, call) : ok({ image_key: add("img", image) });
      },
      "im/file/create": (call, bot) => {
        const part = partOf(call, "file");
        if (typeof part === "string" || "status" in part)
          return typeof part === "string" ? feishuError(part, call) : part;
        const file = fileOf(part, bot);
        return typeof file === "string" ? feishuError(file, call) : ok({ file_key: add("file", file) });
      },
      "im/image/get": own(true),
      "im/file/get": own(false),
      "im/messageResource/get": resource,
    },
    async keep(file) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const type = file.type.startsWith("image/") ? "image" : "stream";
      const { name, type: contentType } = file;
      return add(type === "image" ? "img" : "file", { appId: "", type, name, contentType, bytes });
    },
    uploaded: (key) => files.get(key),
  };
}

interface Form {
  readonly file: FormPart;
  readonly value: (name: string) => string | undefined;
}

/** The file of a form and its other values; an answer for a body of unknown length, which the platform does not read. */
function partOf({ headers, body }: Call, name: string): Form | Answer | string {
  if (headers["content-length"] === undefined) return { status: 400, body: "Bad Request" };
  const form = formOf(body, headers["content-type"] ?? "");
  const file = form?.get(name);
  if (form === undefined || file === undefined) return "234001";
  return { file, value: (other) => form.get(other)?.value };
}

function imageOf({ file, value }: Form, { appId }: Bot): Uploaded | string {
  if (value("image_type") !== "message" && value("image_type") !== "avatar") return "234001";
  const { bytes } = file;
  if (bytes.byteLength === 0) return "234010";
  if (bytes.byteLength > MAX_IMAGE_BYTES) return "234006";
  const start = Buffer.from(bytes.subarray(0, 32)).toString("hex");
  const contentType = MAGIC.find(([hex]) => hex.test(start))?.[1];
  if (contentType === undefined) return "234011";
  if (pixelsOf(contentType, bytes) > (contentType === "image/gif" ? MAX_GIF_PIXELS : MAX_PIXELS)) return "234039";
  return { appId, type: "image", name: file.fileName ?? "image", contentType, bytes };
}

/** The longer side, where it stands at a fixed place. */
function pixelsOf(contentType: string, bytes: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(bytes.buffer);
  if (contentType === "image/png" && bytes.byteLength >= 24) return Math.max(view.getUint32(16), view.getUint32(20));
  if (contentType === "image/gif" && bytes.byteLength >= 10)
    return Math.max(view.getUint16(6, true), view.getUint16(8, true));
  return 0;
}

function fileOf({ file, value }: Form, { appId }: Bot): Uploaded | string {
  const type = value("file_type") ?? "";
  const name = value("file_name") ?? "";
  if (!FILE_TYPES.has(type) || name === "") return "234001";
  const { bytes, contentType } = file;
  if (bytes.byteLength === 0) return "234010";
  if (bytes.byteLength > MAX_FILE_BYTES) return "234006";
  const duration = value("duration");
  if (duration !== undefined && !/^\d+$/.test(duration)) return "234001";
  return { appId, type, name, contentType, bytes, ...(duration === undefined ? {} : { durationMs: Number(duration) }) };
}

function bytesAnswer({ name, contentType, bytes }: Uploaded, { headers }: Call): Answer {
  const all = Buffer.from(bytes);
  const disposition = `attachment; filename="${name.replaceAll(/[^\x20-\x7e]|"/g, "_")}"; filename*=UTF-8''${encodeURIComponent(name)}`;
  const base = { "content-type": contentType || "application/octet-stream", "content-disposition": disposition };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (from === undefined) return { status: 200, headers: base, body: all };
  const end = to === undefined || to === "" ? all.length - 1 : Math.min(Number(to), all.length - 1);
  const range = { "content-range": `bytes ${from}-${end}/${all.length}` };
  return { status: 206, headers: { ...base, ...range }, body: all.subarray(Number(from), end + 1) };
}
