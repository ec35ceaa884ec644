/** Pictures and files, one function per endpoint. Source: "Upload image", "Upload file" of the platform's documents. */
import type { HttpResponse } from "@openclaw-china/core";
import { readBytes } from "@openclaw-china/core/internal";
import { unclearError } from "../errors.ts";
import type { Client } from "./client.ts";
import { errorOf } from "./judge.ts";

/** 30 MB over a slow line. */
const UPLOAD_MS = 180_000;

/** POST /open-apis/im/v1/images: at most 10 MB. Resolves with `img_…`. */
export async function uploadImage(
  client: Client,
  image: { readonly name: string; readonly bytes: Uint8Array },
  signal: AbortSignal,
): Promise<string> {
  const form = new FormData();
  form.set("image_type", "message");
  form.set("image", new Blob([Uint8Array.from(image.bytes)]), image.name);
  return upload(client, { path: "/open-apis/im/v1/images", form, key: "image_key", signal });
}

export interface NewFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Must go with the message's type: `opus` with audio, `mp4` with media, all others with file. */
  readonly fileType: "opus" | "mp4" | "pdf" | "doc" | "xls" | "ppt" | "stream";
  /** Of opus and mp4: without it players show none. */
  readonly durationMs?: number | undefined;
}

/** POST /open-apis/im/v1/files: at most 30 MB. Resolves with `file_…`. */
export async function uploadFile(
  client: Client,
  { name, bytes, fileType, durationMs }: NewFile,
  signal: AbortSignal,
): Promise<string> {
  const form = new FormData();
  form.set("file_type", fileType);
  form.set("file_name", name);
  if (durationMs !== undefined) form.set("duration", String(Math.round(durationMs)));
  form.set("file", new Blob([Uint8Array.from(bytes)]), name);
  return upload(client, { path: "/open-apis/im/v1/files", form, key: "file_key", signal });
}

/** Where a part of a message is: GET, with a token; an answer that is JSON is a refusal. */
export function resourceUrl(
  client: Client,
  { messageId, key, type }: { readonly messageId: string; readonly key: string; readonly type: "image" | "file" },
): string {
  const path = `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/resources/${encodeURIComponent(key)}`;
  return `${client.endpoints.api}${path}?type=${type}`;
}

/** Of an error that comes in a file's place. */
const MAX_ERROR_BYTES = 65_536;

/** The refusal that comes as JSON instead of a file, which has a name. Undefined: it is a file. */
export async function refusalIn(response: HttpResponse, token: string): Promise<Error | undefined> {
  const { status, headers, body } = response;
  const isFile = status < 300 && headers["content-disposition"] !== undefined;
  if (isFile || !/\bjson\b/i.test(headers["content-type"] ?? "")) return undefined;
  const text = Buffer.from(await readBytes(body, MAX_ERROR_BYTES)).toString("utf8");
  const what = "fetch a file";
  const answer = { status, headers, text, json: jsonIn(text) };
  return errorOf(answer, { what, codes: "api", secrets: [token] }) ?? unclearError(what, "file");
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // judged as what it is: no answer of the platform's
  }
}

async function upload(
  client: Client,
  {
    path,
    form,
    key,
    signal,
  }: { readonly path: string; readonly form: FormData; readonly key: string; readonly signal: AbortSignal },
): Promise<string> {
  const what = "upload a file";
  // Encoded here, so that the length is known: the platform refuses bodies without one.
  const encoded = new Response(form);
  const contentType = encoded.headers.get("content-type") ?? "multipart/form-data";
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  const answer = await client.call({
    method: "POST",
    path,
    form: { contentType, bytes },
    timeoutMs: UPLOAD_MS,
    signal,
    what,
    idempotent: true, // what is uploaded twice is seen once
  });
  const value = answer[key];
  if (typeof value !== "string" || value === "") throw unclearError(what, key);
  return value;
}
