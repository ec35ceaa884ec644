/** Files: encrypted ones of people behind addresses that live five minutes, and what bots and applications uploaded. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Answer, Call } from "../server.ts";
import { newKey, sealBytes } from "./sealed.ts";
import { hash } from "./tenant.ts";

export type MediaType = "image" | "voice" | "video" | "file";

/** As a message carries it: `aeskey` only over the long connection. */
export interface MediaLink {
  readonly url: string;
  readonly aeskey?: string;
}

export interface Uploaded {
  readonly type: string;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The bot, application or robot it belongs to. */
  readonly owner: string;
}

export interface Files {
  /** An address for the bytes; encrypted with `key`, or with one of their own. */
  link(file: File, key: string | undefined): Promise<MediaLink>;
  /** GET of such an address. */
  fetch(call: Call): Answer;
  /** The error that a file of this type and size gets. */
  fault(type: string, byteLength: number): string | undefined;
  upload(file: Uploaded): string;
  /** What was uploaded, while it lives, by its `media_id`. */
  uploaded(mediaId: string, owner: string): Uploaded | undefined;
}

const MB = 1_048_576;
/** Every file has more than these. */
const MIN_BYTES = 5;
const MAX_BYTES: Readonly<Record<string, number>> = { image: 10 * MB, voice: 2 * MB, video: 10 * MB, file: 20 * MB };
const LINK_LIFE_MS = 300_000;
const MEDIA_LIFE_MS = 259_200_000;

interface Kept {
  readonly sealed: Buffer;
  readonly name: string;
  readonly until: number;
}

export function createFiles({ clock, origin }: { readonly clock: Clock; readonly origin: () => string }): Files {
  const links = new Map<string, Kept>();
  const media = new Map<string, Uploaded & { readonly until: number }>();
  return {
    async link(file, key) {
      const id = randomUUID();
      const own = key ?? newKey(44);
      const bytes = Buffer.from(await file.arrayBuffer());
      links.set(id, { sealed: sealBytes(own, bytes), name: file.name, until: clock.now() + LINK_LIFE_MS });
      const url = `${origin()}/files/${id}?sign=${hash(id, 20)}`;
      return key === undefined ? { url, aeskey: own } : { url };
    },
    fetch({ name, url }) {
      const id = name.replace("files/", "");
      const kept = links.get(id);
      if (kept === undefined || url.searchParams.get("sign") !== hash(id, 20)) return { status: 404, body: "" };
      if (kept.until <= clock.now()) return { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
      const headers = {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(kept.name)}`,
      };
      return { status: 200, headers, body: kept.sealed };
    },
    fault(type, byteLength) {
      const maxBytes = MAX_BYTES[type];
      if (maxBytes === undefined) return "40004";
      return byteLength > maxBytes || byteLength < MIN_BYTES ? "40006" : undefined;
    },
    upload(file) {
      const id = `3${hash(randomUUID(), 64)}`;
      media.set(id, { ...file, until: clock.now() + MEDIA_LIFE_MS });
      return id;
    },
    uploaded(mediaId, owner) {
      const found = media.get(mediaId);
      return found !== undefined && found.owner === owner && found.until > clock.now() ? found : undefined;
    },
  };
}
