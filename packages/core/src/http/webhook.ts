/** What the webhooks of all channels answer with, and their bodies read within the limit. Refusals say no more than their status does. */
import { ChannelError } from "../errors.ts";
import { readBytes } from "./body.ts";

/** Callbacks are far smaller. */
const MAX_BODY_BYTES = 1_048_576;

const WORDS = {
  400: "bad request",
  401: "unauthorized",
  404: "not found",
  405: "method not allowed",
  413: "payload too large",
  415: "unsupported media type",
  429: "too many requests",
  500: "internal error",
  503: "busy, please repeat",
} as const;

/** `allow`: the methods, with a 405. */
export function refuse(status: keyof typeof WORDS, { allow = "POST" }: { readonly allow?: string } = {}): Response {
  const headers = { "content-type": "application/json", ...(status === 405 ? { allow } : {}) };
  return new Response(JSON.stringify({ error: WORDS[status] }), { status, headers });
}

/** JSON, as it stands. */
export function success(json: string): Response {
  return new Response(json, { headers: { "content-type": "application/json" } });
}

/** More is announced than would be read. */
export function isAnnouncedTooLarge({ headers }: Request): boolean {
  return Number(headers.get("content-length") ?? 0) > MAX_BODY_BYTES;
}

/** What was sent; or the refusal: 413 as soon as it passes the limit, 400 when it breaks off. */
export async function bodyOf(request: Request): Promise<Uint8Array | Response> {
  try {
    return request.body === null ? new Uint8Array() : await readBytes(request.body, MAX_BODY_BYTES);
  } catch (error) {
    return refuse(error instanceof ChannelError && error.code === "too_large" ? 413 : 400);
  }
}

/** `bodyOf` as JSON; 400 when it is none. */
export async function jsonBody(request: Request): Promise<{ readonly json: unknown } | Response> {
  const bytes = await bodyOf(request);
  if (bytes instanceof Response) return bytes;
  try {
    return { json: JSON.parse(new TextDecoder().decode(bytes)) as unknown };
  } catch {
    return refuse(400); // not ours to repair, and the sender is told
  }
}
