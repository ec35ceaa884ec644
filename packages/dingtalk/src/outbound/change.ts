/** What can be done to a message that is there: a card is edited, a message of the robot is recalled, a reaction put on. */
import type { Clock, MessageRef, OpenChannel, Outbound } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import { updateCard } from "../api/cards.ts";
import type { Client } from "../api/client.ts";
import { readersInChats, readersInGroup, recallMessages } from "../api/messages.ts";
import { setEmotion } from "../api/robot.ts";
import type { ReplyTo } from "../inbound/normalise.ts";
import type { Cards } from "./card.ts";
import type { CardIndex } from "./card-index.ts";
import { fitting } from "./card-params.ts";
import { cardMarkdown, escapeMentions } from "./render.ts";

export interface ChangeDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly robotCode: string;
  readonly cards: Pick<Cards, "edit">;
  readonly known: Pick<CardIndex, "find">;
  readonly streamingKey: string;
}

/** What we keep of a message of ours. Absent: it went through a session webhook, which gives no id. */
interface Handle {
  readonly group?: string;
  /** Of a message in a direct chat. */
  readonly user?: string;
  readonly robotCode?: string;
  /** Of a card. */
  readonly processQueryKey?: string;
}

const FINISHED = "3";

export function createChanges(deps: ChangeDeps): Required<Pick<OpenChannel, "edit" | "recall" | "react" | "readers">> {
  const { client, clock } = deps;
  return {
    async edit(message, content, signal) {
      const edited = deps.cards.edit(message, content, signal);
      await (edited ?? editGrown(deps, message, { content, signal }));
      const { channel, account, id, handle } = message;
      return { channel, account, id, ...(handle === undefined ? {} : { handle }), sentAt: clock.now(), parts: [] };
    },
    async recall(message, signal) {
      const { robotCode, group, keys } = await placeOf(deps, message, "recall");
      const where = group === undefined ? {} : { openConversationId: group };
      await recallMessages(client, { robotCode, processQueryKeys: keys, ...where }, signal);
    },
    async readers(message, signal) {
      const { robotCode, group, keys, user } = await placeOf(deps, message, "say who has read");
      const asked = { robotCode, processQueryKey: keys.at(-1) ?? message.id };
      if (group !== undefined) return readersInGroup(client, { ...asked, openConversationId: group }, signal);
      const readers = await readersInChats(client, asked, signal);
      return user === undefined ? readers : readers.filter(({ id }) => id === user);
    },
    async react(message, emoji, on, signal) {
      const { msgId, conversationId, robotCode } = (message.handle ?? {}) as Partial<ReplyTo>;
      if (msgId === undefined || conversationId === undefined || robotCode === undefined) {
        throw unsupportedError("dingtalk", "react to anything but a message that came in");
      }
      const emotion = { robotCode, openMsgId: msgId, openConversationId: conversationId };
      await setEmotion(client, emotion, emoji, { on, signal });
    },
  };
}

/** A card that grew and is finished: its text is set anew. */
async function editGrown(
  { client, streamingKey }: ChangeDeps,
  { id }: MessageRef,
  { content, signal }: { readonly content: Outbound; readonly signal: AbortSignal },
): Promise<void> {
  if (!id.startsWith("oc-")) throw unsupportedError("dingtalk", "edit anything but cards");
  if (content.kind !== "text" && content.kind !== "markdown") {
    throw unsupportedError(
      "dingtalk",
      `turn an answer in a card into ${content.kind === "card" ? "another card" : "a file"}`,
    );
  }
  const text = cardMarkdown(escapeMentions(fitting(content.text)));
  await updateCard(client, id, { [streamingKey]: text, flowStatus: FINISHED }, signal);
}

/** Where a message of ours is, for the platform. */
interface Place {
  readonly robotCode: string;
  readonly group: string | undefined;
  /** Whom a message in a direct chat was sent to: others may have got it by the same call. */
  readonly user: string | undefined;
  /** Of its parts, in order. */
  readonly keys: readonly string[];
}

/** Throws `unsupported` for what has no processQueryKey, before anything is asked. `what`: "recall". */
async function placeOf(
  deps: ChangeDeps,
  message: MessageRef & { readonly parts?: readonly string[] },
  what: string,
): Promise<Place> {
  const { id, parts = [] } = message;
  const handle = message.handle as Handle | undefined;
  const user = handle?.user;
  if (/^oc[bn]?-/.test(id)) {
    const place = handle?.processQueryKey === undefined ? await deps.known.find(id) : undefined;
    const key = handle?.processQueryKey ?? place?.processQueryKey;
    if (key === undefined || parts.length > 0)
      throw unsupportedError("dingtalk", `${what} a card whose key it does not know`);
    const group = handle?.group ?? (place?.kind === "group" ? place.conversationId : undefined);
    return { robotCode: handle?.robotCode ?? place?.robotCode ?? deps.robotCode, group, user, keys: [key] };
  }
  if (handle === undefined) {
    throw unsupportedError("dingtalk", `${what} what went through a session webhook, which gives a message no id`);
  }
  return { robotCode: handle.robotCode ?? deps.robotCode, group: handle.group, user, keys: [id, ...parts] };
}
