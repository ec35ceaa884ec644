/** What people do besides talking: react, recall, forward, read, open the chat, choose from the menu. */
import type { Archive, Stored } from "./archive.ts";
import type { Events } from "./events.ts";
import type { Json } from "./json.ts";
import type { Reactions } from "./reactions.ts";
import { type Bot, type Chat, type Member, openIdOf, type Tenant } from "./tenant.ts";
import type { Ways } from "./ways.ts";

/** Something on a screen. */
interface Seen {
  readonly id: string;
}

/** Each resolves when the bots it concerns have acknowledged. */
export interface Acts {
  react(message: Seen, emoji: string): Promise<void>;
  unreact(message: Seen, emoji: string): Promise<void>;
  /** Takes a message of one's own back. */
  recall(message: Seen): Promise<void>;
  /** Has read a message of a bot: in a direct chat the bot hears of it. */
  read(message: Seen): Promise<void>;
  /** Opens the direct chat with a bot. */
  enter(bot?: Seen): Promise<void>;
  /** Chooses from the menu of a bot. */
  choose(eventKey: string, bot?: Seen): Promise<void>;
  /** Takes a bot into a group. */
  invite(group: Seen, bot?: Seen): Promise<void>;
  /** Puts a bot out of a group. */
  expel(group: Seen, bot?: Seen): Promise<void>;
}

export interface ActsParts {
  readonly tenant: Tenant;
  readonly archive: Archive;
  readonly events: Events;
  readonly reactions: Reactions;
  readonly ways: Pick<Ways, "push">;
  readonly recalled: (messageId: string) => void;
  readonly now: () => number;
  /** Who has read what, by message. */
  readonly readers: Map<string, { readonly unionId: string; readonly at: number }[]>;
}

export function createActs(parts: ActsParts, member: Member): Acts {
  const { tenant, archive, events, reactions, ways, now } = parts;
  const { unionId } = member;

  const tell = async (chat: Chat, type: string, event: (bot: Bot) => Json): Promise<void> => {
    const bots = tenant.bots().filter(({ appId }) => chat.bots.has(appId));
    await Promise.all(bots.map((bot) => ways.push(bot, { payload: events.envelope(bot, type, event(bot)) })));
  };
  const found = ({ id }: Seen): Stored => {
    const message = archive.find(id);
    if (message === undefined) throw new Error(`there is no message ${id}`);
    return message;
  };
  const botOf = (bot: Seen | undefined): Bot => {
    const known = bot === undefined ? tenant.bots()[0] : tenant.bot(bot.id);
    if (known === undefined) throw new Error(`the tenant has no bot ${bot?.id ?? ""}`);
    return known;
  };
  const reaction = (message: Stored, emoji: string): ((bot: Bot) => Json) => {
    return (bot) => ({
      message_id: message.id,
      reaction_type: { emoji_type: emoji },
      operator_type: "user",
      user_id: events.ids(member, bot),
      action_time: String(now()),
    });
  };

  const membership = async (group: Seen, bot: Bot, isIn: boolean): Promise<void> => {
    const chat = tenant.chat(group.id);
    if (chat === undefined) throw new Error(`there is no group ${group.id}`);
    if (isIn) chat.bots.add(bot.appId);
    else chat.bots.delete(bot.appId);
    const operator = { operator_id: events.ids(member, bot), external: false, operator_tenant_key: tenant.key };
    const event = { chat_id: chat.id, ...operator, name: chat.title, i18n_names: { zh_cn: chat.title } };
    const type = `im.chat.member.bot.${isIn ? "added" : "deleted"}_v1`;
    await ways.push(bot, { payload: events.envelope(bot, type, event) });
  };

  return {
    invite: (group, bot) => membership(group, botOf(bot), true),
    expel: (group, bot) => membership(group, botOf(bot), false),
    async react(seen, emoji) {
      const message = found(seen);
      reactions.add(message.id, emoji, unionId);
      await tell(message.chat, "im.message.reaction.created_v1", reaction(message, emoji));
    },
    async unreact(seen, emoji) {
      const message = found(seen);
      if (reactions.remove(message.id, emoji, unionId) === undefined) return;
      await tell(message.chat, "im.message.reaction.deleted_v1", reaction(message, emoji));
    },
    async recall(seen) {
      const { id, chat, sender } = found(seen);
      if (sender !== unionId) throw new Error(`${member.name} did not write ${id}`);
      archive.change(id, { isRecalled: true });
      parts.recalled(id);
      const event = { message_id: id, chat_id: chat.id, recall_time: String(now()), recall_type: "message_owner" };
      await tell(chat, "im.message.recalled_v1", () => event);
    },
    async read(seen) {
      const { id, chat } = found(seen);
      parts.readers.set(id, [...(parts.readers.get(id) ?? []), { unionId, at: now() }]);
      if (chat.kind !== "p2p") return;
      await tell(chat, "im.message.message_read_v1", (bot) => ({
        reader: { reader_id: events.ids(member, bot), read_time: String(now()), tenant_key: tenant.key },
        message_id_list: [id],
      }));
    },
    async enter(bot) {
      const chat = tenant.directChat(member, botOf(bot));
      const last = archive.list({ chatId: chat.id }).at(-1);
      await tell(chat, "im.chat.access_event.bot_p2p_chat_entered_v1", (one) => ({
        chat_id: chat.id,
        operator_id: events.ids(member, one),
        ...(last === undefined ? {} : { last_message_id: last.id, last_message_create_time: String(last.createdAt) }),
      }));
    },
    async choose(eventKey, bot) {
      const chosen = botOf(bot);
      const operator = { operator_name: member.name, operator_id: events.ids(member, chosen) };
      const event = { operator, event_key: eventKey, timestamp: Math.floor(now() / 1_000) };
      await ways.push(chosen, { payload: events.envelope(chosen, "application.bot.menu_v6", event) });
    },
  };
}

/** GET im/v1/messages/:message_id/read_users: who has read it. */
export function readersOf(parts: Pick<ActsParts, "tenant" | "readers">, messageId: string, { appId }: Bot): Json {
  const { tenant, readers } = parts;
  const items = (readers.get(messageId) ?? []).flatMap(({ unionId, at }) => {
    const member = tenant.members().find((one) => one.unionId === unionId);
    if (member === undefined) return [];
    const time = { timestamp: String(at), tenant_key: tenant.key };
    return [{ user_id_type: "open_id", user_id: openIdOf(member, appId), ...time }];
  });
  return { items, has_more: false };
}
