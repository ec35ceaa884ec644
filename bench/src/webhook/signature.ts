/** The signature of robots, for the sender and for the floor. */
import { createHmac } from "node:crypto";

/** Of the bench's app. */
export const APP_SECRET = "secret";

/** Base64 of HMAC-SHA256 over time and secret. */
export function signatureOf(timestamp: string): string {
  return createHmac("sha256", APP_SECRET).update(`${timestamp}\n${APP_SECRET}`).digest("base64");
}
