/**
 * Encrypted event callbacks: whether DingTalk has sent one, what is in it, and the sealed answer it wants. Check first, open
 * then: the signature covers the text as it came.
 */
import { createEnvelopeCipher, equal, sortedSha1Hex } from "@openclaw-china/core/internal";

/** As an event subscription's page shows them. */
export interface EventSecrets {
  readonly token: string;
  /** 43 characters. */
  readonly aesKey: string;
  /** Who receives: the app key of an internal app, the suite key of a third-party one. */
  readonly owner: string;
}

/** What is signed, and with what. */
export interface SealedCall {
  readonly signature: string;
  /** As it came. */
  readonly timestamp: string;
  readonly nonce: string;
  /** As it came, line breaks included. */
  readonly encrypt: string;
}

export interface SealedEvents {
  /** `wrong`: not signed with our token. `unreadable`: signed, but for another key or another app. */
  open(call: SealedCall): { readonly text: string } | "wrong" | "unreadable";
  /** Body of an answer, signed anew. */
  answer(text: string, when: { readonly timestamp: string; readonly nonce: string }): string;
}

/** Undefined: the key is not one of 43 characters. */
export function createSealedEvents({ token, aesKey, owner }: EventSecrets): SealedEvents | undefined {
  const cipher = createEnvelopeCipher(aesKey);
  if (cipher === undefined) return undefined;
  return {
    open({ signature, ...signed }) {
      if (!equal(signature, signatureOf(token, signed))) return "wrong";
      const text = cipher.open(signed.encrypt, owner);
      return text === undefined ? "unreadable" : { text };
    },
    answer(text, { timestamp, nonce }) {
      const encrypt = cipher.seal(text, owner);
      const signature = signatureOf(token, { timestamp, nonce, encrypt });
      return JSON.stringify({ msg_signature: signature, timeStamp: timestamp, nonce, encrypt });
    },
  };
}

function signatureOf(token: string, { timestamp, nonce, encrypt }: Omit<SealedCall, "signature">): string {
  return sortedSha1Hex([token, timestamp, nonce, encrypt]);
}
