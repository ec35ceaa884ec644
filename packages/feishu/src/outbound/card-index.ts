/**
 * The cards with buttons that were shown: where each is, and what it becomes once it was pressed. The platform's callback
 * says neither whether a press came from a direct chat nor what the card holds.
 */
import type { Store } from "@openclaw-china/core";
import type { CardJson } from "./card-params.ts";

/** As long as cards can be pressed. */
const KEEP_MS = 30 * 86_400_000;

export interface CardPlace {
  readonly kind: "group" | "direct";
  /** Of a card in a thread: what follows stays there. */
  readonly threadId?: string;
  readonly rootId?: string;
  /** Absent: a native card. */
  readonly over?: CardJson;
}

export interface CardIndex {
  shown(messageId: string, place: CardPlace): Promise<void>;
  find(messageId: string): Promise<CardPlace | undefined>;
}

export function createCardIndex({ store, account }: { readonly store: Store; readonly account: string }): CardIndex {
  const nameOf = (messageId: string): string => `card:feishu:${account}:${messageId}`;
  return {
    shown: (messageId, place) => store.put(nameOf(messageId), JSON.stringify(place), KEEP_MS),
    async find(messageId) {
      const entry = await store.get(nameOf(messageId));
      return entry === undefined ? undefined : (JSON.parse(entry.value) as CardPlace);
    },
  };
}
