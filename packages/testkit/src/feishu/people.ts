/** What people do: write, send files, press buttons, look at their screens. */
import type { Board, Posted } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import type { Place, Saying, Screen, SimulatedGroup, SimulatedUser } from "../simulator.ts";
import type { Archive, Mentioned, Stored } from "./archive.ts";
import type { Events } from "./events.ts";
import { type Bot, type Chat, type Member, openIdOf, type Tenant } from "./tenant.ts";
import type { Ways } from "./ways.ts";

/** How a person of Feishu says something. */
export interface FeishuSaying extends Saying {
  /** In answer to that message, in a thread under it. */
  readonly thread?: { readonly id: string };
  /** Further people it mentions: where `@name` stands in the text, else in front. */
  readonly people?: readonly SimulatedUser[];
}

/** A person of the tenant. */
export interface FeishuUser extends SimulatedUser {
  readonly unionId: string;
  readonly userId: string;
  readonly email: string;
  say(text: string, how?: Place & FeishuSaying): Promise<void>;
  /** Any kind of message, with the content as the platform has it. */
  send(message: { readonly type: string; readonly content: object }, how?: Place & FeishuSaying): Promise<void>;
}

export interface PeopleParts {
  readonly tenant: Tenant;
  readonly board: Board;
  readonly archive: Archive;
  readonly events: Events;
  readonly ways: Pick<Ways, "push">;
  /** Whether an app gets every message of its groups. */
  readonly hearsAll: (bot: Bot) => boolean;
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
  const { tenant, board, calls } = parts;
  const [first] = tenant.bots();
  const id = openIdOf(member, first?.appId ?? "");
  const speak = createSpeaking(parts, member, id);
  return {
    id,
    name: member.name,
    unionId: member.unionId,
    userId: member.userId,
    email: member.email,
    async say(text, how = {}) {
      const marked = markedText(parts, text, how);
      const content = JSON.stringify({ text: marked.text });
      await speak({ type: "text", content, mentions: marked.mentions, shown: { kind: "text", text } }, how);
    },
    async send({ type, content }, how = {}) {
      const { mentions } = markedText(parts, "", how);
      const text = JSON.stringify(content);
      await speak({ type, content: text, mentions, shown: { kind: "text", text } }, how);
    },
    sendFile: () => Promise.reject(new Error("later")),
    press: () => Promise.reject(new Error("later")),
    screen(where = {}): Screen {
      const last = (): string =>
        calls
          .slice(-8)
          .map(({ name, status }) => `${name} ${status}`)
          .join(", ");
      const explain = (): string => `Its last calls: ${last() || "none"}`;
      // In a group there may be custom robots, which are no bots of the tenant.
      const bot = where.group === undefined ? undefined : where.bot?.id;
      const from = tenant.bot(bot ?? "")?.openId ?? bot ?? botAt(tenant, where).openId;
      return board.screen({ viewer: id, place: chatAt(parts, member, where).id, bot: from, explain });
    },
  };
}

interface Speech {
  readonly type: string;
  readonly content: string;
  readonly mentions: readonly Mentioned[];
  readonly shown: Pick<Posted, "kind" | "text" | "file">;
}

/** Says something: it is kept, it is seen, and the bots it concerns hear of it. */
export function createSpeaking(
  parts: PeopleParts,
  member: Member,
  viewer: string,
): (speech: Speech, how: Place & FeishuSaying) => Promise<Stored> {
  const { tenant, board, archive, events, ways, hearsAll } = parts;
  return async ({ type, content, mentions, shown }, how) => {
    const chat = chatAt(parts, member, how);
    const inThread = how.thread !== undefined;
    const replyTo = answered(parts, how.thread ?? how.quote);
    const { unionId: sender } = member;
    const message = archive.add({ chat, sender, type, content, mentions, replyTo, inThread });
    board.post({ id: message.id, place: chat.id, from: viewer, state: "finished", ...shown });
    const isMentioned = ({ appId }: Bot): boolean => mentions.some(({ who }) => who === appId);
    const hears = (bot: Bot): boolean =>
      chat.bots.has(bot.appId) && (chat.kind === "p2p" || isMentioned(bot) || hearsAll(bot));
    const hearers = tenant.bots().filter(hears);
    await Promise.all(hearers.map((bot) => ways.push(bot, { payload: events.message(bot, message) })));
    return message;
  };
}

function answered({ archive }: PeopleParts, message: { readonly id: string } | undefined): Stored | undefined {
  if (message === undefined) return undefined;
  const found = archive.find(message.id);
  if (found === undefined) throw new Error(`there is no message ${message.id} to answer`);
  return found;
}

export function botAt(tenant: Tenant, { bot }: Place): Bot {
  const found = bot === undefined ? tenant.bots()[0] : tenant.bot(bot.id);
  if (found === undefined) throw new Error(`the tenant has no bot ${bot?.id ?? ""}`);
  return found;
}

export function chatAt({ tenant }: Pick<PeopleParts, "tenant">, member: Member, where: Place): Chat {
  if (where.group === undefined) return tenant.directChat(member, botAt(tenant, where));
  const chat = tenant.chat(where.group.id);
  if (chat === undefined) throw new Error(`there is no group ${where.group.id}`);
  return chat;
}

/** A text with placeholders, and whom they stand for: bots in front, people where they are named. */
export function markedText(
  { tenant }: Pick<PeopleParts, "tenant">,
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
