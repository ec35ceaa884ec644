/** Every message of the tenant, as the platform keeps it. */
import type { Clock } from "@openclaw-china/core";
import { asJson, type Json, objectIn } from "./json.ts";
import { type Bot, botOpenIdOf, type Chat, hash, openIdOf, type Tenant } from "./tenant.ts";

/** Somebody a text mentions by a placeholder. */
export interface Mentioned {
  readonly key: string;
  /** union_id of a person, or app id of a bot. */
  readonly who: string;
}

export interface Stored {
  readonly id: string;
  readonly chat: Chat;
  /** union_id of a person, or app id of a bot. */
  readonly sender: string;
  readonly type: string;
  /** JSON. */
  readonly content: string;
  readonly mentions: readonly Mentioned[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly rootId?: string;
  readonly parentId?: string;
  readonly threadId?: string;
  /** Of a part of a merged forward. */
  readonly upperId?: string;
  readonly isRecalled: boolean;
  readonly edits: number;
}

/** What a message is made of. */
export type NewMessage = Pick<Stored, "chat" | "sender" | "type" | "content"> &
  Partial<Pick<Stored, "mentions" | "upperId">> & {
    readonly replyTo?: Stored | undefined;
    /** Opens a thread under the message it answers. */
    readonly inThread?: boolean | undefined;
  };

export interface Archive {
  add(message: NewMessage): Stored;
  find(id: string): Stored | undefined;
  change(id: string, change: Partial<Stored>): void;
  /** Of a chat or a thread, oldest first. */
  list(container: { readonly chatId?: string; readonly threadId?: string }): readonly Stored[];
  /** A merged forward and all its parts, at any depth. */
  tree(id: string): readonly Stored[];
}

export function createArchive(clock: Clock): Archive {
  const messages = new Map<string, Stored>();

  const placeOf = (message: NewMessage, id: string): Pick<Stored, "rootId" | "parentId" | "threadId"> => {
    const { chat, replyTo, inThread = false, upperId } = message;
    const opened = `omt_${hash(id, 16)}`;
    if (replyTo === undefined) return chat.kind === "topic" && upperId === undefined ? { threadId: opened } : {};
    const rootId = replyTo.rootId ?? replyTo.id;
    const root = messages.get(rootId);
    const threadId = replyTo.threadId ?? root?.threadId ?? (inThread ? `omt_${hash(rootId, 16)}` : undefined);
    if (threadId === undefined) return { rootId, parentId: replyTo.id };
    if (root !== undefined && root.threadId === undefined) messages.set(rootId, { ...root, threadId });
    return { rootId, parentId: rootId, threadId };
  };

  return {
    add(message) {
      const id = `om_${hash(`message ${messages.size}`, 32)}`;
      const { chat, sender, type, content, mentions = [], upperId } = message;
      const now = clock.now();
      const stored: Stored = {
        ...placeOf(message, id),
        id,
        chat,
        sender,
        type,
        content,
        mentions,
        createdAt: now,
        updatedAt: now,
        isRecalled: false,
        edits: 0,
        ...(upperId === undefined ? {} : { upperId }),
      };
      messages.set(id, stored);
      return stored;
    },
    find: (id) => messages.get(id),
    change(id, change) {
      const known = messages.get(id);
      if (known !== undefined) messages.set(id, { ...known, ...change, updatedAt: clock.now() });
    },
    list: ({ chatId, threadId }) =>
      [...messages.values()].filter(
        (one) =>
          one.upperId === undefined && (threadId === undefined ? one.chat.id === chatId : one.threadId === threadId),
      ),
    tree(id) {
      const root = messages.get(id);
      if (root === undefined) return [];
      const below = (upper: string): readonly Stored[] =>
        [...messages.values()].filter(({ upperId }) => upperId === upper).flatMap((one) => [one, ...below(one.id)]);
      return [root, ...below(id)];
    },
  };
}

/** A message as the interfaces give it to an app. */
export function itemOf(message: Stored, tenant: Tenant, bot: Bot): Json {
  const { id, chat, sender, type, rootId, parentId, threadId, upperId, isRecalled, createdAt, updatedAt } = message;
  const app = tenant.bots().find(({ appId }) => appId === sender);
  const idOf = idsFor(tenant, bot);
  return {
    message_id: id,
    ...(rootId === undefined ? {} : { root_id: rootId }),
    ...(parentId === undefined ? {} : { parent_id: parentId }),
    ...(threadId === undefined ? {} : { thread_id: threadId }),
    ...(upperId === undefined ? {} : { upper_message_id: upperId }),
    msg_type: type,
    create_time: String(createdAt),
    update_time: String(updatedAt),
    deleted: isRecalled,
    updated: message.edits > 0,
    chat_id: chat.id,
    sender: {
      id: app === undefined ? idOf(sender) : app.appId,
      id_type: app === undefined ? "open_id" : "app_id",
      sender_type: app === undefined ? "user" : "app",
      tenant_key: tenant.key,
    },
    body: { content: type === "interactive" ? simplified(message.content) : message.content },
    mentions: message.mentions.map(({ key, who }) => ({
      key,
      id: idOf(who),
      id_type: "open_id",
      name: nameIn(tenant, who),
      tenant_key: tenant.key,
    })),
  };
}

/** open_ids of people and bots, as that app sees them. */
export function idsFor(tenant: Tenant, { appId }: Bot): (who: string) => string {
  return (who) => {
    const bot = tenant.bots().find((one) => one.appId === who);
    if (bot !== undefined) return botOpenIdOf(bot, appId);
    const member = tenant.members().find(({ unionId }) => unionId === who);
    return member === undefined ? who : openIdOf(member, appId);
  };
}

export function nameIn(tenant: Tenant, who: string): string {
  const bot = tenant.bots().find(({ appId }) => appId === who);
  return bot?.name ?? tenant.members().find(({ unionId }) => unionId === who)?.name ?? "";
}

/** A card is handed out as its title and its texts. */
function simplified(content: string): string {
  const card = objectIn(content) ?? {};
  const title = String(asJson(asJson(card["header"])["title"])["content"] ?? "");
  const texts = [...content.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text]) => JSON.parse(text ?? '""') as string,
  );
  const elements = texts.filter((text) => text !== title).map((text) => [{ tag: "text", text }]);
  return JSON.stringify({ title, elements });
}
