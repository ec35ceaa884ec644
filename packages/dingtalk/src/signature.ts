/**
 * The signature of robots, in both directions: base64 of HMAC-SHA256 over `timestamp + "\n" + secret`, keyed by the secret
 * ("Receive messages", "Custom robot security settings" of DingTalk's documentation). It covers no body: a captured pair of
 * headers is good for an hour and for any body, so what follows must be deduplicated by message id.
 */
import { equal, hmacSha256Base64 } from "@openclaw-china/core/internal";

/** Further from now than this, in either direction, a timestamp is refused; exactly this far it is not. */
export const SIGNATURE_WINDOW_MS = 3_600_000;

/** What a signed call to our webhook came with. */
export interface SignedCall {
  /** Header `timestamp`: ms since 1970, in digits. */
  readonly timestamp: string | null | undefined;
  /** Header `sign`. */
  readonly sign: string | null | undefined;
}

/** `absent`: without one of the two headers; another rule may still let the call in. Everything but `valid` is a 401. */
export type SignatureCheck = "valid" | "absent" | "wrong" | "outside_window";

/** Whether DingTalk has signed this with the app's secret within the last hour. Never throws. */
export function checkSignature(
  call: SignedCall,
  { appSecret, nowMs }: { readonly appSecret: string; readonly nowMs: number },
): SignatureCheck {
  const { timestamp, sign } = call;
  if (!timestamp || !sign) return "absent";
  if (!equal(sign, signatureOf(timestamp, appSecret)) || !/^\d{1,16}$/.test(timestamp)) return "wrong";
  return Math.abs(nowMs - Number(timestamp)) <= SIGNATURE_WINDOW_MS ? "valid" : "outside_window";
}

/**
 * The address of a custom group robot with timestamp and signature, for one send: made anew each time, since it ages within
 * an hour. `webhook` is the address as the group's settings show it; a signature that it already has is replaced.
 */
export function signedRobotUrl(
  webhook: string,
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): string {
  const timestamp = String(nowMs);
  const url = new URL(webhook);
  url.searchParams.set("timestamp", timestamp);
  url.searchParams.set("sign", signatureOf(timestamp, secret));
  return url.href;
}

function signatureOf(timestamp: string, secret: string): string {
  return hmacSha256Base64(secret, `${timestamp}\n${secret}`);
}
