/**
 * What people see until the first words: a reaction on their message. The platform names it by an id that is kept in the
 * Store, so that it is taken away after a crash too. Core asks for it and takes it away in every case; what fails is harmless.
 */
import type { OpenChannel, Store } from "@openclaw-china/core";
import type { Client } from "../api/client.ts";
import { addReaction, removeReaction } from "../api/messages.ts";
import type { ReplyTo } from "../inbound/reply-to.ts";

const EMOJI = "Typing";
const KEEP_MS = 86_400_000;

export function createThinking(deps: {
  readonly client: Client;
  readonly store: Store;
  readonly account: string;
}): NonNullable<OpenChannel["presence"]> {
  const { client, store, account } = deps;
  return async (_to, state, { replyTo, signal }) => {
    const messageId = (replyTo as ReplyTo | undefined)?.messageId;
    if (messageId === undefined || (replyTo as ReplyTo).cardToken !== undefined) return;
    const place = `thinking:feishu:${account}:${messageId}`;
    const shown = await store.get(place);
    if (state === "working") {
      if (shown !== undefined) return;
      const reactionId = await addReaction(client, { messageId, emoji: EMOJI }, signal);
      if (reactionId !== "") await store.put(place, reactionId, KEEP_MS);
      return;
    }
    if (shown === undefined) return;
    await removeReaction(client, { messageId, reactionId: shown.value }, signal);
    await store.replaceIf(place, shown.value, undefined);
  };
}
