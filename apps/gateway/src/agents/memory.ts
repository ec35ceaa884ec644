/** What an agent remembers of a conversation: the last messages, in the bot's own Store, bounded in number and size. */
import type { Store } from "@openclaw-china/core";

export interface Said {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export interface Memory {
  recall(conversation: string): Promise<readonly Said[]>;
  keep(conversation: string, said: readonly Said[]): Promise<void>;
}

const MAX_CHARS = 32_000;
const KEEP_MS = 7 * 86_400_000;

export function createMemory(options: {
  readonly store: Store;
  readonly agent: string;
  readonly maxMessages: number;
}): Memory {
  const { store, agent, maxMessages } = options;
  const keyOf = (conversation: string): string => `memory:${agent}:${conversation}`;
  return {
    async recall(conversation) {
      if (maxMessages === 0) return [];
      const entry = await store.get(keyOf(conversation));
      return entry === undefined ? [] : (JSON.parse(entry.value) as readonly Said[]);
    },
    async keep(conversation, said) {
      if (maxMessages > 0) await store.put(keyOf(conversation), JSON.stringify(bounded(said, maxMessages)), KEEP_MS);
    },
  };
}

/** The newest that fit; it begins with a question, not with half an exchange. */
function bounded(said: readonly Said[], maxMessages: number): readonly Said[] {
  const kept: Said[] = [];
  let chars = 0;
  for (const one of said.slice(-maxMessages).toReversed()) {
    chars += one.content.length;
    if (chars > MAX_CHARS && kept.length > 0) break;
    kept.unshift({ ...one, content: one.content.slice(0, MAX_CHARS) });
  }
  return kept[0]?.role === "assistant" ? kept.slice(1) : kept;
}
