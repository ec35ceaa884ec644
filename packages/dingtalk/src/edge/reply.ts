/** Answers of the webhook, and its bodies read within the limit. Refusals say no more than their status does. */
import { ChannelError } from "@openclaw-china/core";
import { readBytes } from "@openclaw-china/core/internal";
import { parseJson } from "../wire/envelope.ts";

/** Callbacks are far smaller. */
export const MAX_BODY_BYTES = 1_048_576;

const WORDS = {
  400: "bad request",
  401: "unauthorized",
  405: "method not allowed",
  413: "payload too large",
  500: "internal error",
  503: "busy, please repeat",
} as const;

export function refuse(status: keyof typeof WORDS): Response {
  const headers = { "content-type": "application/json", ...(status === 405 ? { allow: "POST" } : {}) };
  return new Response(JSON.stringify({ error: WORDS[status] }), { status, headers });
}

/** JSON, as it stands. */
export function success(json: string): Response {
  return new Response(json, { headers: { "content-type": "application/json" } });
}

/** What was sent; or the refusal: 413 as soon as it passes the limit, 400 when it is no JSON or breaks off. */
export async function jsonBody(request: Request): Promise<{ readonly json: unknown } | Response> {
  let bytes: Uint8Array;
  try {
    bytes = request.body === null ? new Uint8Array() : await readBytes(request.body, MAX_BODY_BYTES);
  } catch (error) {
    return refuse(error instanceof ChannelError && error.code === "too_large" ? 413 : 400);
  }
  const json = parseJson(new TextDecoder().decode(bytes));
  return json === undefined ? refuse(400) : { json };
}
