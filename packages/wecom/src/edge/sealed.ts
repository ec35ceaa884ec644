/** Sealed callbacks: what is in one, and the sealed answer it wants. Check the signature first: it covers the text as it came. */
import { createEnvelopeCipher } from "@openclaw-china/core/internal";
import { signatureOf } from "../signature.ts";

/** As the console's callback page shows them. */
export interface SealKeys {
  readonly token: string;
  /** 43 characters; blanks around them and one `=` behind are overlooked, since people paste them so. */
  readonly encodingAesKey: string;
  /** Who shall receive: an application's corporation, "" for a bot of one's own. Undefined: whoever it was sealed for. */
  readonly receiveId: string | undefined;
}

export interface Opened {
  readonly text: string;
  /** Who it was sealed for: answers are sealed for the same. */
  readonly receiveId: string;
}

/** What an answer is made of. `timestamp`: seconds. */
export interface SealedAnswer {
  readonly encrypt: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
}

export interface Seal {
  /** Undefined: it is not sealed with our key, not for us, or tampered with. Never throws. */
  open(encrypt: string): Opened | undefined;
  seal(
    text: string,
    options: { readonly receiveId: string; readonly timestamp: string; readonly nonce: string },
  ): SealedAnswer;
}

/** Undefined: the key is not one of 43 characters. */
export function createSeal(
  { token, encodingAesKey, receiveId }: SealKeys,
  random?: () => Uint8Array,
): Seal | undefined {
  const cipher = createEnvelopeCipher(encodingAesKey.trim().replace(/^(.{43})=$/, "$1"), random);
  if (cipher === undefined) return undefined;
  return {
    open(encrypt) {
      if (receiveId === undefined) {
        const opened = cipher.openFor(encrypt);
        return opened && { text: opened.message, receiveId: opened.receiveId };
      }
      const text = cipher.open(encrypt, receiveId);
      return text === undefined ? undefined : { text, receiveId };
    },
    seal(text, { receiveId: receiver, timestamp, nonce }) {
      const encrypt = cipher.seal(text, receiver);
      return { encrypt, signature: signatureOf({ timestamp, nonce, encrypt }, token), timestamp, nonce };
    },
  };
}
