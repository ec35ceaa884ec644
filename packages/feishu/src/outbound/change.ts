/** What can be done to a message that is there: edited, recalled, a reaction put on or taken off. */
import type { Clock, MessageRef, OpenChannel, Outbound, Store } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { addReaction, editMessage, recallMessage, removeReaction, updateCardMessage } from "../api/messages.ts";
import type { Cards } from "./card.ts";
import { bodyOf } from "./render.ts";

export interface ChangeDeps {
  readonly client: Client;
  readonly store: Store;
  readonly clock: Clock;
  readonly account: string;
  readonly cards: Pick<Cards, "edit">;
}

/** Reactions are known by an id of the platform's, for as long as somebody may take one off. */
const KEEP_MS = 7 * 86_400_000;

export function createChanges(deps: ChangeDeps): Required<Pick<OpenChannel, "edit" | "recall" | "react">> {
  const { client, store, clock, account } = deps;
  return {
    async edit(message, content, signal) {
      const isDone = await deps.cards.edit(message, content, signal);
      if (!isDone) await edit(client, message, { content, signal });
      const { channel, id, handle } = message;
      return { channel, account, id, ...(handle === undefined ? {} : { handle }), sentAt: clock.now(), parts: [] };
    },
    async recall(message, signal) {
      const { parts = [] } = message as MessageRef & { readonly parts?: readonly string[] };
      for (const id of [message.id, ...parts]) await recallMessage(client, id, signal);
    },
    async react({ id: messageId }, emoji, on, signal) {
      const name = emojiOf(emoji);
      const place = `reaction:feishu:${account}:${messageId}:${name}`;
      const known = await store.get(place);
      if (on) {
        if (known !== undefined) return;
        const reactionId = await addReaction(client, { messageId, emoji: name }, signal);
        await store.put(place, reactionId, KEEP_MS);
      } else if (known !== undefined) {
        await removeReaction(client, { messageId, reactionId: known.value }, signal);
        await store.replaceIf(place, known.value, undefined);
      }
    },
  };
}

async function edit(
  client: Client,
  { id: messageId, handle }: MessageRef,
  { content, signal }: { readonly content: Outbound; readonly signal: AbortSignal },
): Promise<void> {
  if (content.kind !== "text" && content.kind !== "markdown") {
    throw unsupportedError("feishu", `turn a message into a ${content.kind}`);
  }
  const isCard = (handle as { readonly cardId?: string } | undefined)?.cardId !== undefined;
  const body = bodyOf(content);
  if (body.msg_type === "interactive" || isCard) {
    const card = {
      schema: "2.0",
      config: { update_multi: true },
      body: { elements: [{ tag: "markdown", content: content.text }] },
    };
    return updateCardMessage(client, { messageId, content: JSON.stringify(card) }, signal);
  }
  await editMessage(client, { messageId, ...body }, signal);
}

/** The platform's own names; what people call emojis by becomes one of them where there is one. */
const NAMES: Readonly<Record<string, string>> = {
  "👍": "THUMBSUP",
  "👎": "ThumbsDown",
  "👀": "GLANCE",
  "✅": "CheckMark",
  "❌": "CrossMark",
  "❤️": "HEART",
  "👏": "CLAP",
  "💪": "MUSCLE",
  "🔥": "Fire",
  "💯": "Hundred",
  "🎉": "PARTY",
  "🤔": "THINKING",
  "😄": "SMILE",
  "🙏": "THANKS",
  "👌": "OK",
};

function emojiOf(emoji: string): string {
  return NAMES[emoji] ?? emoji;
}
