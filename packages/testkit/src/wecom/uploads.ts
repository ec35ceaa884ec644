/** Files of bots that come in chunks over the long connection. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import { done, type Outcome, refused } from "./answers.ts";
import type { Files } from "./files.ts";
import { asText, type Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import { md5Of } from "./sealed.ts";
import type { Bot } from "./tenant.ts";

const CHUNK_BYTES = 524_288;
const MAX_CHUNKS = 100;
const SESSION_MS = 1_800_000;
const RATE = { perMinute: 30, perHour: 1_000 };

interface Upload {
  readonly botId: string;
  readonly type: string;
  readonly name: string;
  readonly totalSize: number;
  readonly totalChunks: number;
  readonly md5: string | undefined;
  readonly until: number;
  readonly chunks: Map<number, Buffer>;
}

export interface Uploads {
  begin(bot: Bot, body: Json): Outcome;
  /** `inFlight`: frames with chunks that are not acknowledged, this one included. */
  chunk(bot: Bot, body: Json, inFlight: number): Outcome;
  finish(bot: Bot, body: Json): Outcome;
}

export interface UploadsParts {
  readonly clock: Clock;
  readonly files: Files;
  readonly limits: Limits;
}

export function createUploads({ clock, files, limits }: UploadsParts): Uploads {
  const uploads = new Map<string, Upload>();
  const find = (bot: Bot, body: Json): Upload | undefined => {
    const upload = uploads.get(String(body["upload_id"]));
    return upload?.botId === bot.botId && upload.until > clock.now() ? upload : undefined;
  };
  return {
    begin(bot, body) {
      const { type, filename, total_size: totalSize, total_chunks: totalChunks, md5 } = body;
      if (asText(filename) === undefined || typeof totalSize !== "number" || typeof totalChunks !== "number")
        return refused("40058");
      const fault = files.fault(String(type), totalSize);
      if (fault !== undefined) return refused(fault);
      if (totalChunks < 1 || totalChunks > MAX_CHUNKS) return refused("40058");
      if (!limits.take(`upload ${bot.botId}`, RATE)) return refused("45009");
      const id = randomUUID();
      const until = clock.now() + SESSION_MS;
      const { botId } = bot;
      const given = { type: String(type), name: String(filename), totalSize, totalChunks, md5: asText(md5) };
      uploads.set(id, { botId, ...given, until, chunks: new Map() });
      return done({ upload_id: id });
    },
    chunk(bot, body, inFlight) {
      const upload = find(bot, body);
      const { chunk_index: index, base64_data: data } = body;
      if (upload === undefined || typeof index !== "number" || typeof data !== "string") return refused("40058");
      if (inFlight > mostAtOnce(upload.totalChunks)) return refused("-1 system error");
      const bytes = Buffer.from(data, "base64");
      if (index < 0 || index >= upload.totalChunks || bytes.byteLength > CHUNK_BYTES) return refused("40058");
      if (!upload.chunks.has(index)) upload.chunks.set(index, bytes);
      return done();
    },
    finish(bot, body) {
      const upload = find(bot, body);
      if (upload === undefined) return refused("40058");
      const { type, name, totalChunks, totalSize, md5, chunks } = upload;
      const parts = Array.from({ length: totalChunks }, (_, index) => chunks.get(index));
      if (parts.includes(undefined)) return refused("40058 missing chunk");
      const bytes = new Uint8Array(Buffer.concat(parts.flatMap((part) => part ?? [])));
      if (bytes.byteLength !== totalSize) return refused("40006");
      if (md5 !== undefined && md5 !== md5Of(bytes)) return refused("40058 md5 mismatch");
      uploads.delete(String(body["upload_id"]));
      const mediaId = files.upload({ type, name, bytes, owner: bot.botId });
      return done({ type, media_id: mediaId, created_at: String(Math.floor(clock.now() / 1_000)) });
    },
  };
}

/** More chunks at once are answered with an error of the system. */
function mostAtOnce(totalChunks: number): number {
  if (totalChunks <= 4) return 4;
  return totalChunks <= 10 ? 3 : 2;
}
