/**
 * The cards with buttons that were shown: where each is, and that its showing has begun. The platform's callback does not
 * say whether a press came from a direct chat, and a card may be created only by whoever was the first to begin.
 */
import type { Store } from "@openclaw-china/core";

/** As long as cards are pressed. */
const KEEP_MS = 30 * 86_400_000;

export interface CardPlace {
  readonly kind: "group" | "direct";
  /** Of the conversation, where it is known. */
  readonly conversationId?: string;
  readonly robotCode: string;
  /** Once it was delivered: recalls and quotes name it. */
  readonly processQueryKey?: string;
}

export interface CardIndex {
  /** Before the first byte of a card. False: it was begun before, here or in a process that has died. */
  begin(outTrackId: string, place: CardPlace): Promise<boolean>;
  delivered(outTrackId: string, place: CardPlace): Promise<void>;
  find(outTrackId: string): Promise<CardPlace | undefined>;
}

export function createCardIndex({ store, account }: { readonly store: Store; readonly account: string }): CardIndex {
  const nameOf = (outTrackId: string): string => `card:dingtalk:${account}:${outTrackId}`;
  return {
    begin: (outTrackId, place) => store.putIfAbsent(nameOf(outTrackId), JSON.stringify(place), KEEP_MS),
    delivered: (outTrackId, place) => store.put(nameOf(outTrackId), JSON.stringify(place), KEEP_MS),
    async find(outTrackId) {
      const entry = await store.get(nameOf(outTrackId));
      return entry === undefined ? undefined : (JSON.parse(entry.value) as CardPlace);
    },
  };
}
