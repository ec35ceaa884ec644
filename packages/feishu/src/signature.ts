/**
 * Signatures of Feishu and Lark. Events: SHA-256 over timestamp, nonce, Encrypt Key and the body's bytes as they came; card
 * callbacks of the old kind: SHA-1 with the Verification Token. Group robots: HMAC-SHA256 of nothing, keyed by timestamp and
 * secret (DingTalk has key and message the other way round). "Receive events" and "Custom bot" of the platform's documents.
 */
import { createHash } from "node:crypto";
import { equal, hmacSha256Base64 } from "@openclaw-china/core/internal";

/** Further from now than this, in either direction, a timestamp is refused; exactly this far it is not. */
export const SIGNATURE_WINDOW_MS = 3_600_000;

/** What a signed call came with. */
export interface SignedCall {
  /** Header `X-Lark-Request-Timestamp`: seconds since 1970, in digits. */
  readonly timestamp: string | null;
  /** Header `X-Lark-Request-Nonce`. */
  readonly nonce: string | null;
  /** Header `X-Lark-Signature`: hex. */
  readonly signature: string | null;
  /** As they came: a body parsed and written anew has another signature. */
  readonly body: Uint8Array;
}

/** `absent`: without one of the headers. Everything but `valid` is a 401. */
export type SignatureCheck = "valid" | "absent" | "wrong" | "outside_window";

/** Whether an event was signed with this Encrypt Key within the last hour. Never throws. */
export function checkSignature(
  call: SignedCall,
  { encryptKey, nowMs }: { readonly encryptKey: string; readonly nowMs: number },
): SignatureCheck {
  return check(call, { algorithm: "sha256", key: encryptKey, nowMs });
}

/** The same of a card callback of the old kind (`card.action.trigger_v1`), which is signed with the Verification Token. */
export function checkCardSignature(
  call: SignedCall,
  { verificationToken, nowMs }: { readonly verificationToken: string; readonly nowMs: number },
): SignatureCheck {
  return check(call, { algorithm: "sha1", key: verificationToken, nowMs });
}

/** `sign` of a group robot's message. `timestamp`: seconds since 1970, in digits; good for an hour. */
export function robotSignature(timestamp: string, secret: string): string {
  return hmacSha256Base64(`${timestamp}\n${secret}`, "");
}

interface Keyed {
  readonly algorithm: "sha1" | "sha256";
  readonly key: string;
  readonly nowMs: number;
}

function check({ timestamp, nonce, signature, body }: SignedCall, { algorithm, key, nowMs }: Keyed): SignatureCheck {
  if (!timestamp || nonce === null || !signature) return "absent";
  const wanted = createHash(algorithm).update(`${timestamp}${nonce}${key}`).update(body).digest("hex");
  if (!equal(signature.toLowerCase(), wanted) || !/^\d{1,12}$/.test(timestamp)) return "wrong";
  return Math.abs(nowMs - Number(timestamp) * 1_000) <= SIGNATURE_WINDOW_MS ? "valid" : "outside_window";
}
