/** media/upload and media/get: files of the corporation, which its applications share. */
import type { Clock } from "@openclaw-china/core";
import type { Answer, Call } from "../server.ts";
import { answered, weComError } from "./answers.ts";
import type { Files } from "./files.ts";
import { mediaPart } from "./multipart.ts";

export interface Media {
  /** POST /cgi-bin/media/upload, and upload_media of a robot: `owner` alone can use it. */
  upload(call: Call, owner: string): Answer;
  /** GET /cgi-bin/media/get: errors are JSON with status 200. */
  fetch(call: Call, owner: string): Answer;
}

/** Leading bytes of what is taken; files may be anything. */
const MAGIC: Readonly<Record<string, readonly string[]>> = {
  image: ["ffd8ff", "89504e47"],
  voice: ["2321414d52"],
};

export function createMedia({ files, clock }: { readonly files: Files; readonly clock: Clock }): Media {
  return {
    upload({ url, headers, body }, owner) {
      const type = url.searchParams.get("type") ?? "";
      const part = mediaPart(body, headers["content-type"] ?? "");
      if (part === undefined) return weComError("44001");
      const fault = files.fault(type, part.bytes.byteLength);
      if (fault !== undefined) return weComError(fault);
      const head = Buffer.from(part.bytes.subarray(0, 8)).toString("hex");
      if (MAGIC[type]?.some((magic) => head.startsWith(magic)) === false) return weComError("40005");
      const mediaId = files.upload({ type, owner, ...part });
      return answered({ type, media_id: mediaId, created_at: String(Math.floor(clock.now() / 1_000)) });
    },
    fetch({ url }, owner) {
      const found = files.uploaded(url.searchParams.get("media_id") ?? "", owner);
      if (found === undefined) return weComError("40007");
      const headers = {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="${encodeURIComponent(found.name)}"`,
      };
      return { status: 200, headers, body: Buffer.from(found.bytes) };
    },
  };
}
