/** Content as the outbox keeps it: JSON, with files in the blobs, so that a part can be sent after a crash. */
import { channelError } from "../errors.ts";
import type { Card } from "../model/card.ts";
import type { FileStream } from "../model/channel.ts";
import type { FileRef } from "../model/inbound.ts";
import type { Outbound } from "../model/outbound.ts";
import type { Blobs } from "../state/state.ts";

type StoredFile =
  | { readonly at: "blob"; readonly key: string; readonly name: string; readonly type: string }
  | { readonly at: "url"; readonly url: string }
  | { readonly at: "ref"; readonly ref: FileRef };

/** What `store` makes and `restore` reads; plain JSON. */
export type StoredContent =
  | { readonly kind: "plain"; readonly outbound: Exclude<Outbound, { kind: "media" } | Card> }
  | { readonly kind: "card"; readonly card: Omit<Card, "image">; readonly image?: StoredFile; readonly alt?: string }
  | {
      readonly kind: "media";
      readonly file: StoredFile;
      readonly rest: Omit<Extract<Outbound, { kind: "media" }>, "file" | "kind">;
    };

/** Largest file of ours that is kept for sending: no platform takes more. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Puts files under `key` into the blobs; everything else is in the result. */
export async function storeContent(content: Outbound, key: string, blobs: Blobs): Promise<StoredContent> {
  if (content.kind === "media") {
    const { kind: _, file, ...rest } = content;
    return { kind: "media", file: await storeFile(file, key, blobs), rest };
  }
  if (content.kind !== "card") return { kind: "plain", outbound: content };
  const { image, ...card } = content;
  if (image === undefined) return { kind: "card", card };
  return { kind: "card", card, image: await storeFile(image.file, key, blobs), alt: image.alt };
}

/** A file that came in goes out as it was copied, where it was: by now its address may be dead. */
export async function withCopy(
  content: Outbound,
  copyOf: (file: FileRef) => Promise<FileStream | undefined>,
): Promise<Outbound> {
  if (content.kind !== "media" || content.file instanceof Blob || content.file instanceof URL) return content;
  const copy = await copyOf(content.file);
  if (copy === undefined) return content;
  const bytes = await new Response(copy.body).arrayBuffer();
  return { ...content, file: new File([new Uint8Array(bytes)], copy.name, { type: copy.contentType }) };
}

/** The content again, files as Blobs of what was stored. */
export async function restoreContent(stored: StoredContent, blobs: Blobs): Promise<Outbound> {
  if (stored.kind === "plain") return stored.outbound;
  if (stored.kind === "media") {
    return { kind: "media", file: await restoreFile(stored.file, blobs), ...stored.rest };
  }
  if (stored.image === undefined) return stored.card;
  const file = await restoreFile(stored.image, blobs);
  const image = { file: file as Blob | URL, alt: stored.alt ?? "" };
  return { ...stored.card, image };
}

async function storeFile(file: Blob | URL | FileRef, key: string, blobs: Blobs): Promise<StoredFile> {
  if (file instanceof URL) return { at: "url", url: file.href };
  if (!(file instanceof Blob)) return { at: "ref", ref: file };
  const blobKey = `out:${key}`;
  await blobs.put(blobKey, file.stream(), MAX_FILE_BYTES);
  return { at: "blob", key: blobKey, name: file instanceof File ? file.name : "", type: file.type };
}

async function restoreFile(file: StoredFile, blobs: Blobs): Promise<Blob | URL | FileRef> {
  if (file.at === "url") return new URL(file.url);
  if (file.at === "ref") return file.ref;
  const stream = await blobs.open(file.key);
  if (stream === undefined) {
    throw channelError({
      code: "unsupported",
      kind: "transport",
      message: "the file of a reply is no longer in the state, so the reply cannot be repeated",
      outcome: "refused",
      fix: { en: "Send the file again.", zh: "请重新发送该文件。" },
    });
  }
  const bytes = await new Response(stream.body).arrayBuffer();
  const type = file.type || stream.contentType;
  const content = [new Uint8Array(bytes)];
  return file.name === "" ? new Blob(content, { type }) : new File(content, file.name, { type });
}
