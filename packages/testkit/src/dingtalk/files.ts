/** Files: what people sent (a code first, then an address, then the bytes), and what bots uploaded. */
import { createHash, randomUUID } from "node:crypto";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError } from "./answers.ts";

export interface Files {
  /** Takes the bytes in; returns the download code. */
  keep(file: File): Promise<string>;
  /** POST /v1.0/robot/messageFiles/download. */
  address(call: Call, origin: string): Answer;
  fetch(call: Call): Answer;
  /** POST /media/upload. */
  upload(call: Call): Answer;
  /** What was uploaded, by its `media_id`. */
  uploaded(mediaId: string): Uploaded | undefined;
}

export interface Uploaded {
  readonly type: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const MB = 1_048_576;
const MAX_BYTES: Readonly<Record<string, number>> = { image: 20 * MB, voice: 2 * MB, video: 20 * MB, file: 20 * MB };
/** By the extension of the name, as the platform looks at it; files may be anything. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  image: ["jpg", "jpeg", "gif", "png", "bmp"],
  voice: ["amr", "mp3", "wav", "ogg"],
  video: ["mp4"],
};

export function createFiles(): Files {
  const byCode = new Map<string, { readonly bytes: Buffer; readonly type: string }>();
  const byId = new Map<string, Uploaded>();
  return {
    async keep(file) {
      const code = randomUUID();
      byCode.set(code, { bytes: Buffer.from(await file.arrayBuffer()), type: file.type });
      return code;
    },
    address({ body }, origin) {
      const { downloadCode } = (jsonOf(body) ?? {}) as Record<string, unknown>;
      if (!byCode.has(String(downloadCode))) return dingTalkError("invalidParameter.downloadCode.invalid");
      return { status: 200, body: { downloadUrl: `${origin}/files/${String(downloadCode)}` } };
    },
    fetch({ name, headers }) {
      // Storage takes a presigned address or a token, and refuses both at once.
      if (headers["x-acs-dingtalk-access-token"] !== undefined || headers.authorization !== undefined)
        return { status: 400, body: "" };
      const file = byCode.get(name.replace("files/", ""));
      if (file === undefined) return { status: 404, body: "" };
      return { status: 200, headers: { "content-type": file.type || "application/octet-stream" }, body: file.bytes };
    },
    upload({ url, headers, body }) {
      const type = url.searchParams.get("type") ?? "";
      const maxBytes = MAX_BYTES[type];
      if (maxBytes === undefined) return dingTalkError("40004");
      const part = mediaPart(body, headers["content-type"] ?? "");
      if (part === undefined) return dingTalkError("40035");
      const extension = part.name.split(".").at(-1)?.toLowerCase() ?? "";
      if (EXTENSIONS[type]?.includes(extension) === false) return dingTalkError("40005");
      if (part.bytes.byteLength > maxBytes || part.bytes.byteLength === 0) return dingTalkError("40006");
      const hash = createHash("sha256").update(part.bytes).digest("base64url").slice(0, 24);
      const id = `@lAD${hash}`;
      byId.set(id, { type, ...part });
      return { status: 200, body: { errcode: 0, errmsg: "ok", media_id: id, created_at: Date.now(), type } };
    },
    uploaded: (mediaId) => byId.get(mediaId),
  };
}

/** The part called `media` of a form (RFC 7578). */
function mediaPart(body: Buffer, contentType: string): Omit<Uploaded, "type"> | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const mark = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(mark); at >= 0;) {
    const next = body.indexOf(mark, at + mark.length);
    const headEnd = body.indexOf("\r\n\r\n", at);
    if (next < 0 || headEnd < 0 || headEnd > next) return undefined;
    const head = body.toString("utf8", at, headEnd);
    const name = /;\s*filename="([^"]*)"/i.exec(head)?.[1];
    if (/;\s*name="media"/i.test(head) && name !== undefined) {
      const type = /^content-type:\s*(\S+)/im.exec(head)?.[1] ?? "application/octet-stream";
      return { name, contentType: type, bytes: new Uint8Array(body.subarray(headEnd + 4, next - 2)) };
    }
    at = next;
  }
  return undefined;
}
