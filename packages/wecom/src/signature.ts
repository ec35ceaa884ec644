/**
 * The signature of callbacks: SHA-1 over token, time, nonce and sealed text, sorted and joined ("encryption and decryption" of
 * WeCom's documentation). It covers the sealed text as a whole, so a captured call can only be repeated as it is; what it
 * brings is known by its id then, and after the window it is refused.
 */
import { equal, sortedSha1Hex } from "@openclaw-china/core/internal";

/** Further from now than this, in either direction, a call is refused; exactly this far it is not. */
export const SIGNATURE_WINDOW_MS = 3_600_000;

/** What a call came with: the query's `timestamp` (seconds), `nonce` and `msg_signature`, and the sealed text. */
export interface SignedCall {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
  /** As it came, line breaks included. */
  readonly encrypt: string;
}

/** Whether it is signed with this token. Never throws. */
export function isSigned({ signature, ...signed }: SignedCall, token: string): boolean {
  return equal(signature, signatureOf(signed, token));
}

/** Whether its time, as signed, is near enough to now. */
export function isFresh(timestamp: string, nowMs: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp) * 1_000) <= SIGNATURE_WINDOW_MS;
}

/** Lower-case hex. */
export function signatureOf({ timestamp, nonce, encrypt }: Omit<SignedCall, "signature">, token: string): string {
  return sortedSha1Hex([token, timestamp, nonce, encrypt]);
}
