/** Files, one function per endpoint. Sources: "download the file content of the robot receiving message", "upload media files". */
import { unclearError } from "../errors.ts";
import type { Client } from "./client.ts";

/** 20 MB over a slow line. */
const UPLOAD_MS = 120_000;

/** POST /v1.0/robot/messageFiles/download: a presigned address that is valid for a while only and needs no token. */
export async function fileAddress(
  client: Client,
  file: { readonly downloadCode: string; readonly robotCode: string },
  signal: AbortSignal,
): Promise<string> {
  const what = "get the address of a file";
  const { downloadUrl } = await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/robot/messageFiles/download",
    json: file,
    signal,
    what,
    idempotent: true,
  });
  if (typeof downloadUrl !== "string" || downloadUrl === "") throw unclearError(what, "downloadUrl");
  return downloadUrl;
}

/** What is uploaded. */
export interface Upload {
  readonly type: "image" | "voice" | "video" | "file";
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** POST /media/upload of the old interface: the `media_id`, which starts with `@` and does not expire. */
export async function uploadMedia(client: Client, file: Upload, signal: AbortSignal): Promise<string> {
  const what = "upload a file";
  const answer = await client.call({
    method: "POST",
    base: "oapi",
    path: `/media/upload?type=${file.type}`,
    form: await formOf(file),
    timeoutMs: UPLOAD_MS,
    bucket: "/media/upload",
    signal,
    what,
    idempotent: true, // a second upload is another id of the same, and is seen by nobody
  });
  const id = answer["media_id"];
  if (typeof id !== "string" || id === "") throw unclearError(what, "media_id");
  return id;
}

async function formOf({ name, contentType, bytes }: Upload): Promise<{ contentType: string; bytes: Uint8Array }> {
  const form = new FormData();
  form.set("media", new File([new Uint8Array(bytes)], name, { type: contentType }));
  const encoded = new Response(form);
  return {
    contentType: encoded.headers.get("content-type") ?? "",
    bytes: new Uint8Array(await encoded.arrayBuffer()),
  };
}
