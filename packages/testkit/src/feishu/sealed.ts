/** The platform's side of encrypted and signed events, written from its protocol. */
import { createCipheriv, createHash, randomBytes } from "node:crypto";

/** AES-256-CBC under the SHA-256 of the Encrypt Key, the IV in front. */
export function seal(encryptKey: string, text: string): string {
  const key = createHash("sha256").update(encryptKey, "utf8").digest();
  const iv = randomBytes(16);
  const aes = createCipheriv("aes-256-cbc", key, iv);
  return Buffer.concat([iv, aes.update(text, "utf8"), aes.final()]).toString("base64");
}

/** Headers of a request with that body; the secret is the Encrypt Key, for an old card callback the Verification Token. */
export function signed(
  body: string,
  {
    algorithm,
    secret,
    nowMs,
  }: { readonly algorithm: "sha1" | "sha256"; readonly secret: string; readonly nowMs: number },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const nonce = randomBytes(8).toString("hex");
  const signature = createHash(algorithm).update(`${timestamp}${nonce}${secret}`).update(body).digest("hex");
  return {
    "X-Lark-Request-Timestamp": timestamp,
    "X-Lark-Request-Nonce": nonce,
    "X-Lark-Signature": signature,
  };
}
