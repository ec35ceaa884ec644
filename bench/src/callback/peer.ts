/** @wecom/crypto in a plain server: signature, opened message, sealed answer. */
import { answer, cpuMs } from "../process.ts";
import { KEYS, placeholder, serve } from "./serve.ts";

let handled = 0;

answer({
  async listen() {
    const { decrypt, encrypt, getSignature } = await import("@wecom/crypto");
    return serve((body, query) => {
      const sealed = (JSON.parse(body) as { encrypt: string }).encrypt;
      const [timestamp, nonce] = [query.get("timestamp") ?? "", query.get("nonce") ?? ""];
      const isRight = getSignature(KEYS.token, timestamp, nonce, sealed).localeCompare(
        query.get("msg_signature") ?? "",
      );
      if (isRight !== 0) return undefined;
      const message = JSON.parse(decrypt(KEYS.encodingAesKey, sealed).message) as { msgid: string };
      handled += 1;
      const reply = encrypt(KEYS.encodingAesKey, placeholder(message.msgid), "");
      return { encrypt: reply, msgsignature: getSignature(KEYS.token, timestamp, nonce, reply), timestamp, nonce };
    });
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
