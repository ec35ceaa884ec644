/** The least that does the job: `node:crypto` in a plain server. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { answer, cpuMs } from "../process.ts";
import { KEYS, placeholder, serve } from "./serve.ts";

let handled = 0;
const key = Buffer.from(`${KEYS.encodingAesKey}=`, "base64");
const iv = key.subarray(0, 16);

function sign(timestamp: string, nonce: string, sealed: string): string {
  return createHash("sha1").update([KEYS.token, timestamp, nonce, sealed].toSorted().join("")).digest("hex");
}

function open(sealed: string): string {
  const aes = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  const plain = Buffer.concat([aes.update(sealed, "base64"), aes.final()]);
  return plain.toString("utf8", 20, 20 + plain.readUInt32BE(16));
}

function seal(text: string): string {
  const bytes = Buffer.from(text);
  const pad = 32 - ((20 + bytes.length) % 32);
  const plain = Buffer.concat([randomBytes(16), Buffer.alloc(4), bytes, Buffer.alloc(pad, pad)]);
  plain.writeUInt32BE(bytes.length, 16);
  const aes = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([aes.update(plain), aes.final()]).toString("base64");
}

answer({
  listen: () =>
    serve((body, query) => {
      const { encrypt: sealed } = JSON.parse(body) as { encrypt: string };
      const [timestamp, nonce] = [query.get("timestamp") ?? "", query.get("nonce") ?? ""];
      if (sign(timestamp, nonce, sealed).localeCompare(query.get("msg_signature") ?? "") !== 0) return undefined;
      const { msgid } = JSON.parse(open(sealed)) as { msgid: string };
      handled += 1;
      const encrypt = seal(placeholder(msgid));
      return { encrypt, msgsignature: sign(timestamp, nonce, encrypt), timestamp, nonce };
    }),
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
