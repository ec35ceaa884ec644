/** One-shot digests and HMACs: what every platform's signatures are made of. */
import { createHmac, hash } from "node:crypto";

/** Standard base64 of HMAC-SHA256, key and message as UTF-8. */
export function hmacSha256Base64(key: string, message: string): string {
  return createHmac("sha256", key).update(message).digest("base64");
}

/** Lower-case hex. */
export function sha1Hex(text: string): string {
  return hash("sha1", text, "hex");
}

/** Lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** Lower-case hex of SHA-1 over the texts in the order of their code units, joined: the signature of sealed callbacks. */
export function sortedSha1Hex(parts: readonly string[]): string {
  return sha1Hex(parts.toSorted(byCodeUnit).join(""));
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
