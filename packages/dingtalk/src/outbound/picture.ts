/** The picture of a card, as markdown can show it: an address as it is, a file of one's own by its media id. */
import type { Card, Logger } from "@openclaw-china/core";
import { sniff } from "@openclaw-china/core/internal";
import { MEDIA_LIMITS } from "./downgrade.ts";
import type { Uploads } from "./upload.ts";

/** Undefined: there is none, or it cannot be shown, and its description stands for it. Never rejects but when called off. */
export type PictureOf = (image: Card["image"], signal: AbortSignal) => Promise<string | undefined>;

export function createPictures(deps: {
  readonly uploads: Pick<Uploads, "idOf">;
  readonly log: Logger;
  readonly account: string;
}): PictureOf {
  const { uploads, log, account } = deps;
  return async (image, signal) => {
    if (image === undefined) return undefined;
    const { file, alt } = image;
    if (file instanceof URL) return file.href;
    const { maxBytes, formats = [] } = MEDIA_LIMITS.image;
    const { contentType, extension } = sniff(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
    if (file.size > maxBytes || !formats.includes(extension)) {
      log.warn(
        { account, alt, bytes: file.size, contentType },
        "DingTalk shows no such picture; its description stands for it",
      );
      return undefined;
    }
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      return (await uploads.idOf({ type: "image", name: `picture.${extension}`, contentType, bytes }, signal)).id;
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn(
        { err: error, account, alt },
        "the picture of a card could not be uploaded; its description stands for it",
      );
      return undefined;
    }
  };
}
