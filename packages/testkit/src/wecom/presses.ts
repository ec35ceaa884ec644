/** Presses that wait for what becomes of their card. */
import type { Clock } from "@openclaw-china/core";

export interface Presses {
  /** Resolves when the card is answered, or its five seconds are over. */
  answered(cardId: string): Promise<void>;
  /** The card was answered. */
  updated(cardId: string): void;
}

const WINDOW_MS = 5_000;

export function createPresses(clock: Clock): Presses {
  const waiting = new Map<string, Set<() => void>>();
  return {
    async answered(cardId) {
      const over = new AbortController();
      const end = (): void => over.abort(new Error("answered"));
      const all = waiting.get(cardId) ?? new Set();
      waiting.set(cardId, all.add(end));
      try {
        await clock.sleep(WINDOW_MS, over.signal);
      } catch (error) {
        if (!over.signal.aborted) throw error;
      } finally {
        all.delete(end);
      }
    },
    updated(cardId) {
      for (const end of waiting.get(cardId) ?? []) end();
    },
  };
}
