/** What people say: texts, files, any kind of message, forwards; and what they see. */
import type { Board, Posted } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import type { Place, Saying, Screen, Shown, SimulatedGroup, SimulatedUser } from "../simulator.ts";
import { type Acts, type ActsParts, createActs } from "./acts.ts";
import { type Archive, type Mentioned, nameIn, type Stored } from "./archive.ts";
import type { Events } from "./events.ts";
import type { Files } from "./files.ts";
import type { Presses } from "./presses.ts";
import type { Scopes } from "./scopes.ts";
import { type Bot, type Chat, type Member, openIdOf, type Tenant } from "./tenant.ts";
import type { Ways } from "./ways.ts";

/** How a person of Feishu says something. */
export interface FeishuSaying extends Saying {
  /** In answer to that message, in a thread under it. */
  readonly thread?: { readonly id: string };
  /** Further people it mentions: where `@name` stands in the text, else in front. */
  readonly people?: readonly SimulatedUser[];
}

/** A person of the tenant. `id` is the open_id that the first app sees. */
export interface FeishuUser extends SimulatedUser, Acts {
  readonly unionId: string;
  readonly userId: string;
  readonly email: string;
  say(text: string, how?: Place & FeishuSaying): Promise<void>;
  /** Any kind of message, with the content as the platform has it. */
  send(message: { readonly type: string; readonly content: object }, how?: Place & FeishuSaying): Promise<void>;
  /** Several messages as one. */
  forward(messages: readonly { readonly id: string }[], how?: Place & FeishuSaying): Promise<void>;
}

export interface PeopleParts extends ActsParts {
  readonly tenant: Tenant;
  readonly board: Board;
  readonly archive: Archive;
  readonly events: Events;
  readonly files: Files;
  readonly presses: Presses;
  readonly scopes: Scopes;
  readonly ways: Pick<Ways, "push">;
  readonly calls: ServerParts["calls"];
}

export interface People {
  user(name: string): FeishuUser;
  group(title: string, members: readonly SimulatedUser[], options: GroupOptions): SimulatedGroup;
}

export interface GroupOptions {
  readonly id?: string;
  /** Every message that answers none opens a topic. */
  readonly isTopic?: boolean;
}

export function createPeople(parts: PeopleParts): People {
  const { tenant } = parts;
  const unionIdOf = ({ id }: SimulatedUser): string => memberOf(tenant, id).unionId;
  return {
    user: (name) => userOf(parts, tenant.addMember(name)),
    group: (title, members, { id, isTopic }) =>
      tenant.addGroup({ title, members: members.map(unionIdOf), id, isTopic }),
  };
}

function memberOf(tenant: Tenant, id: string): Member {
  for (const bot of tenant.bots()) {
    const found = tenant.member("open_id", id, bot);
    if (found !== undefined && found !== "cross app") return found;
  }
  throw new Error(`there is nobody called ${id}`);
}

function userOf(parts: PeopleParts, member: Member): FeishuUser {
  const { tenant, archive, files, presses } = parts;
  const { name, unionId, userId, email } = member;
  const speak = createSpeaking(parts, member);
  return {
    ...createActs(parts, member),
    id: idOf(tenant, member),
    name,
    unionId,
    userId,
    email,
    async say(text, how = {}) {
      const marked = markedText(tenant, text, how);
      const content = JSON.stringify({ text: marked.text });
      await speak({ type: "text", content, mentions: marked.mentions, shown: { kind: "text", text } }, how);
    },
    async send({ type, content }, how = {}) {
      const { mentions } = markedText(tenant, "", how);
      const text = JSON.stringify(content);
      await speak({ type, content: text, mentions, shown: { kind: "text", text } }, how);
    },
    async sendFile(file, how = {}) {
      const key = await files.keep(file);
      const { mentions } = markedText(tenant, "", how);
      const { type, content, carriesMentions } = fileContent(file, key, mentions);
      const shown = { kind: "media", text: file.name, file } as const;
      await speak({ type, content: JSON.stringify(content), mentions: carriesMentions ? mentions : [], shown }, how);
    },
    async forward(messages, how = {}) {
      const originals = messages.flatMap(({ id }) => archive.tree(id));
      const content = JSON.stringify({ content: "Merged and Forwarded Message" });
      const text = originals.map(({ sender, content: said }) => `${nameIn(tenant, sender)}: ${said}`).join("\n");
      const copy = (forwarded: Stored): void => {
        const copies = new Map<string, string>();
        for (const { id, chat, sender, type, content: said, mentions, upperId } of originals) {
          const upper = copies.get(upperId ?? "") ?? forwarded.id;
          copies.set(id, archive.add({ chat, sender, type, content: said, mentions, upperId: upper }).id);
        }
      };
      await speak({ type: "merge_forward", content, mentions: [], shown: { kind: "text", text }, kept: copy }, how);
    },
    press: (card, button, values = {}) => presses.press(member, card.id, { button, values }),
    screen: (where = {}) => screenOf(parts, member, where),
  };
}

/** The open_id that the first app sees. */
function idOf(tenant: Tenant, member: Member): string {
  return openIdOf(member, tenant.bots()[0]?.appId ?? "");
}

function screenOf({ tenant, board, calls }: PeopleParts, member: Member, where: Place): Screen {
  const explain = (): string => {
    const last = calls.slice(-8).map(({ name, status }) => `${name} ${status}`);
    return `Its last calls: ${last.join(", ") || "none"}`;
  };
  // In a group there may be custom robots, which are no bots of the tenant.
  const given = where.group === undefined ? undefined : where.bot?.id;
  const bot = given === undefined ? botAt(tenant, where).openId : (tenant.bot(given)?.openId ?? given);
  return board.screen({ viewer: idOf(tenant, member), place: chatAt(tenant, member, where).id, bot, explain });
}

/** As the client sends a file. A picture can carry mentions as a part of a post; others cannot. */
function fileContent(
  file: File,
  key: string,
  mentions: readonly Mentioned[],
): { readonly type: string; readonly content: object; readonly carriesMentions: boolean } {
  if (file.type.startsWith("image/")) {
    if (mentions.length === 0) return { type: "image", content: { image_key: key }, carriesMentions: false };
    const at = mentions.map((one) => ({ tag: "at", user_id: one.key, user_name: "", style: [] }));
    const content = { title: "", content: [at, [{ tag: "img", image_key: key, width: 100, height: 100 }]] };
    return { type: "post", content, carriesMentions: true };
  }
  const kind = file.type.startsWith("audio/") ? "audio" : file.type.startsWith("video/") ? "media" : "file";
  const duration = kind === "file" ? {} : { duration: 1_000 };
  const name = kind === "audio" ? {} : { file_name: file.name };
  return { type: kind, content: { file_key: key, ...name, ...duration }, carriesMentions: false };
}

interface Speech {
  readonly type: string;
  readonly content: string;
  readonly mentions: readonly Mentioned[];
  readonly shown: Pick<Posted, "kind" | "text" | "file">;
  /** Called before anybody hears of it. */
  readonly kept?: (message: Stored) => void;
}

/** Says something: it is kept, it is seen, and the bots it concerns hear of it. */
function createSpeaking(
  parts: PeopleParts,
  member: Member,
): (speech: Speech, how: Place & FeishuSaying) => Promise<void> {
  const { tenant, board, archive, events, ways, scopes } = parts;
  const { unionId: sender } = member;
  return async ({ type, content, mentions, shown, kept }, how) => {
    const chat = chatAt(tenant, member, how);
    const replyTo = answered(archive, how.thread ?? how.quote);
    const inThread = how.thread !== undefined;
    const message = archive.add({ chat, sender, type, content, mentions, replyTo, inThread });
    kept?.(message);
    board.post({ id: message.id, place: chat.id, from: idOf(tenant, member), state: "finished", ...shown });
    const hears = (bot: Bot): boolean => {
      if (!chat.bots.has(bot.appId)) return false;
      if (chat.kind === "p2p") return scopes.has(bot, "im:message.p2p_msg:readonly");
      const isMentioned = mentions.some(({ who }) => who === bot.appId);
      return (
        scopes.has(bot, "im:message.group_msg") || (isMentioned && scopes.has(bot, "im:message.group_at_msg:readonly"))
      );
    };
    const hearers = tenant.bots().filter(hears);
    await Promise.all(hearers.map((bot) => ways.push(bot, { payload: events.message(bot, message) })));
  };
}

function answered(archive: Archive, message: Pick<Shown, "id"> | undefined): Stored | undefined {
  if (message === undefined) return undefined;
  const found = archive.find(message.id);
  if (found === undefined) throw new Error(`there is no message ${message.id} to answer`);
  return found;
}

function botAt(tenant: Tenant, { bot }: Place): Bot {
  const found = bot === undefined ? tenant.bots()[0] : tenant.bot(bot.id);
  if (found === undefined) throw new Error(`the tenant has no bot ${bot?.id ?? ""}`);
  return found;
}

function chatAt(tenant: Tenant, member: Member, where: Place): Chat {
  if (where.group === undefined) return tenant.directChat(member, botAt(tenant, where));
  const chat = tenant.chat(where.group.id);
  if (chat === undefined) throw new Error(`there is no group ${where.group.id}`);
  return chat;
}

/** A text with placeholders, and whom they stand for: bots in front, people where they are named. */
function markedText(
  tenant: Tenant,
  text: string,
  how: Place & FeishuSaying,
): { readonly text: string; readonly mentions: readonly Mentioned[] } {
  const { mention = how.group !== undefined, people = [] } = how;
  const bots =
    mention === true ? [botAt(tenant, how)] : mention === false ? [] : mention.map((bot) => botAt(tenant, { bot }));
  const keyOf = (at: number): string => `@_user_${at + 1}`;
  const front = bots.map(({ appId: who }, at) => ({ key: keyOf(at), who }));
  const named = people.map((person, at) => ({
    key: keyOf(bots.length + at),
    who: memberOf(tenant, person.id).unionId,
    name: `@${person.name}`,
  }));
  const absent = named.filter(({ name }) => !text.includes(name));
  const marked = named.reduce((all, { name, key }) => all.replaceAll(name, key), text);
  const start = [...front, ...absent].map(({ key }) => `${key} `).join("");
  const mentions: readonly Mentioned[] = [...front, ...named.map(({ key, who }) => ({ key, who }))];
  return { text: `${start}${marked}`, mentions };
}
