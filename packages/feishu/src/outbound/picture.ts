/** Pictures within cards: uploaded, since cards show no picture by its address. What is not to be had is described instead. */
import type { Logger } from "@openclaw-china/core";
import { sniff } from "@openclaw-china/core/internal";
import type { PictureOf } from "./card.ts";
import { MEDIA_LIMITS } from "./downgrade.ts";
import type { MediaDeps } from "./media.ts";
import type { Uploads } from "./upload.ts";

export function createPictures(deps: {
  readonly uploads: Uploads;
  readonly load: MediaDeps["load"];
  readonly log: Logger;
  readonly account: string;
}): PictureOf {
  const { uploads, load, log, account } = deps;
  return async (image, signal) => {
    if (image === undefined) return undefined;
    try {
      const { bytes, name } = await load(image.file, { maxBytes: MEDIA_LIMITS.image.maxBytes, signal });
      const file = { fileType: "image", name: name ?? `image.${sniff(bytes).extension}`, bytes } as const;
      return (await uploads.idOf(file, signal)).id;
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn({ err: error, account }, "the picture of a card cannot be shown; its description stands there");
      return undefined;
    }
  };
}
