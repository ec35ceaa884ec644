/** Files by the REST interface. Sources: "upload temporary media", "get temporary media". */
import { unclearError } from "../errors.ts";
import type { Client } from "./client.ts";

/** 20 MB over a slow line. */
export const UPLOAD_MS = 120_000;

/** What is uploaded. */
export interface Upload {
  readonly type: "image" | "voice" | "video" | "file";
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** POST /cgi-bin/media/upload: the `media_id`, valid for three days, in all applications of the corporation. */
export async function uploadMedia(client: Client, file: Upload, signal: AbortSignal): Promise<string> {
  const what = "upload a file";
  const answer = await client.call({
    method: "POST",
    path: `/cgi-bin/media/upload?type=${file.type}`,
    form: await formOf(file),
    timeoutMs: UPLOAD_MS,
    signal,
    what,
    idempotent: true, // a second upload is another id of the same, and is seen by nobody
  });
  return mediaIdIn(answer, what);
}

/** The address of GET /cgi-bin/media/get, with a token in it. Its errors are JSON under status 200. */
export function mediaAddress(
  client: Client,
  mediaId: string,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  return client.addressOf(`/cgi-bin/media/get?media_id=${encodeURIComponent(mediaId)}`, signal);
}

/** One part named `media`; the name goes in UTF-8 as it is. */
export async function formOf({
  name,
  contentType,
  bytes,
}: Upload): Promise<{ readonly contentType: string; readonly bytes: Uint8Array }> {
  const form = new FormData();
  form.set("media", new File([new Uint8Array(bytes)], name, { type: contentType }));
  const encoded = new Response(form);
  return {
    contentType: encoded.headers.get("content-type") ?? "",
    bytes: new Uint8Array(await encoded.arrayBuffer()),
  };
}

/** Throws when the answer has none. */
export function mediaIdIn(answer: Readonly<Record<string, unknown>>, what: string): string {
  const id = answer["media_id"];
  if (typeof id !== "string" || id === "") throw unclearError(what, "media_id");
  return id;
}
