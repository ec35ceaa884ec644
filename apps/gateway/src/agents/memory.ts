/** What an agent remembers of a conversation: the last messages, in the bot's own Store, bounded in number and size. */
import type { Store } from "@openclaw-china/core";

export interface Said {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export interface Memory {
  /** Oldest first, without what `turn` itself has added in an earlier attempt. */
  recall(conversation: string, turn?: string): Promise<readonly Said[]>;
  /** `said` is the whole history; `turn` is the key of the turn that added its last question and answer. */
  keep(conversation: string, said: readonly Said[], turn?: string): Promise<void>;
}

/** What is kept as one value. */
interface Kept {
  readonly said: readonly Said[];
  readonly turn?: string | undefined;
}

const MAX_CHARS = 32_000;
const KEEP_MS = 7 * 86_400_000;
const EXCHANGE = 2;

/** 0 messages: remembers nothing. */
export function createMemory(options: {
  readonly store: Store;
  readonly agent: string;
  readonly maxMessages: number;
}): Memory {
  const { store, agent, maxMessages } = options;
  const keyOf = (conversation: string): string => `memory:${agent}:${conversation}`;
  return {
    async recall(conversation, turn) {
      if (maxMessages === 0) return [];
      const entry = await store.get(keyOf(conversation));
      if (entry === undefined) return [];
      const kept = JSON.parse(entry.value) as Kept;
      return turn !== undefined && kept.turn === turn ? kept.said.slice(0, -EXCHANGE) : kept.said;
    },
    async keep(conversation, said, turn) {
      if (maxMessages === 0) return;
      const kept: Kept = { said: bounded(said, maxMessages), turn };
      await store.put(keyOf(conversation), JSON.stringify(kept), KEEP_MS);
    },
  };
}

/** The newest that fit; it begins with a question, not with half an exchange. */
function bounded(said: readonly Said[], maxMessages: number): readonly Said[] {
  const kept: Said[] = [];
  let chars = 0;
  for (const one of said.slice(-maxMessages).toReversed()) {
    const content = one.content.slice(0, MAX_CHARS);
    chars += content.length;
    if (chars > MAX_CHARS && kept.length > 0) break;
    kept.unshift({ ...one, content });
  }
  return kept[0]?.role === "assistant" ? kept.slice(1) : kept;
}
