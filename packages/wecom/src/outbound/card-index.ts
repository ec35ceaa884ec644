/**
 * The cards that were shown: what each looks like, since a press replaces the whole card, and how it can be changed later.
 * Kept in the Store by the card's id, which the platform names with each press.
 */
import type { Store } from "@openclaw-china/core";
import type { TemplateCard } from "./card-schema.ts";

/** Longer than the 72 hours in which a card can be changed: presses come later, too. */
const KEEP_MS = 30 * 86_400_000;

export interface CardEntry {
  readonly card: TemplateCard;
  /** Of an application's card: its one change. */
  readonly responseCode?: string;
  readonly userIds?: readonly string[];
  readonly msgId?: string;
}

export interface CardIndex {
  put(taskId: string, entry: CardEntry): Promise<void>;
  find(taskId: string): Promise<CardEntry | undefined>;
}

export function createCardIndex({ store, account }: { readonly store: Store; readonly account: string }): CardIndex {
  const nameOf = (taskId: string): string => `card:wecom:${account}:${taskId}`;
  return {
    put: (taskId, entry) => store.put(nameOf(taskId), JSON.stringify(entry), KEEP_MS),
    async find(taskId) {
      const entry = await store.get(nameOf(taskId));
      return entry === undefined ? undefined : (JSON.parse(entry.value) as CardEntry);
    },
  };
}
