/** A tenant with people, chats and apps, and the ids Feishu gives them: an open_id is another one for every app. */
import { createHash } from "node:crypto";
import type { SimulatedGroup } from "../simulator.ts";

export interface Member {
  readonly name: string;
  readonly unionId: string;
  readonly userId: string;
  readonly email: string;
}

export interface Bot {
  readonly name: string;
  readonly appId: string;
  readonly appSecret: string;
  /** As the app itself sees it. */
  readonly openId: string;
}

export interface Chat extends SimulatedGroup {
  readonly kind: "p2p" | "group" | "topic";
  /** union_ids. */
  readonly members: Set<string>;
  /** App ids. */
  readonly bots: Set<string>;
}

export interface Tenant {
  readonly key: string;
  addMember(name: string): Member;
  addGroup(group: NewGroup): Chat;
  addBot(name: string): Bot;
  /** The direct chat of a person and a bot. */
  directChat(member: Member, bot: Bot): Chat;
  chat(id: string): Chat | undefined;
  /** By any id of that kind; `"cross app"` for an open_id that another app sees. */
  member(kind: string, id: string, bot: Bot): Member | "cross app" | undefined;
  members(): readonly Member[];
  /** By app id or open_id. */
  bot(id: string): Bot | undefined;
  bots(): readonly Bot[];
}

/** A group to be: every bot of the tenant is in it. */
export interface NewGroup {
  readonly title: string;
  readonly members: readonly string[];
  readonly id?: string | undefined;
  readonly isTopic?: boolean | undefined;
}

export function createTenant(): Tenant {
  const members = new Map<string, Member>();
  const chats = new Map<string, Chat>();
  const bots = new Map<string, Bot>();
  const open = new Map<string, { readonly member: Member; readonly appId: string }>();

  /** Makes the open_ids known that these apps see. */
  const introduce = (people: Iterable<Member>, apps: Iterable<Bot>): void => {
    const seers = [...apps];
    for (const member of people) {
      for (const { appId } of seers) open.set(openIdOf(member, appId), { member, appId });
    }
  };

  return {
    key: "736588c9260f175d",
    addMember(name) {
      const number = members.size + 1;
      const userId = hash(`user ${number}`, 8);
      const member = { name, unionId: `on_${hash(`member ${number}`, 32)}`, userId, email: `${userId}@example.com` };
      members.set(member.unionId, member);
      introduce([member], bots.values());
      return member;
    },
    addGroup({ title, members: people, id = `oc_${hash(`group ${chats.size} ${title}`, 32)}`, isTopic = false }) {
      const kind = isTopic ? "topic" : "group";
      const chat: Chat = { id, title, kind, members: new Set(people), bots: new Set(bots.keys()) };
      chats.set(id, chat);
      return chat;
    },
    addBot(name) {
      const appId = `cli_${hash(`bot ${bots.size} ${name}`, 16)}`;
      const openId = `ou_${hash(`bot of ${appId}`, 32)}`;
      const bot = { name, appId, appSecret: hash(`secret ${appId}`, 32), openId };
      bots.set(appId, bot);
      introduce(members.values(), [bot]);
      return bot;
    },
    directChat(member, { appId }) {
      const id = `oc_${hash(`${member.unionId} ${appId}`, 32)}`;
      const known = chats.get(id);
      if (known !== undefined) return known;
      const people = { members: new Set([member.unionId]), bots: new Set([appId]) };
      const chat: Chat = { id, title: "", kind: "p2p", ...people };
      chats.set(id, chat);
      return chat;
    },
    chat: (id) => chats.get(id),
    member(kind, id, { appId }) {
      if (kind === "union_id") return members.get(id);
      if (kind === "user_id") return [...members.values()].find(({ userId }) => userId === id);
      if (kind === "email") return [...members.values()].find(({ email }) => email === id);
      const seen = kind === "open_id" ? open.get(id) : undefined;
      return seen === undefined || seen.appId === appId ? seen?.member : "cross app";
    },
    members: () => [...members.values()],
    bot: (id) => bots.get(id) ?? [...bots.values()].find(({ openId }) => openId === id),
    bots: () => [...bots.values()],
  };
}

/** How an app sees a person. */
export function openIdOf({ unionId }: Pick<Member, "unionId">, appId: string): string {
  return `ou_${hash(`${unionId} ${appId}`, 32)}`;
}

/** How an app sees a bot: its own, or another one. */
export function botOpenIdOf({ appId, openId }: Bot, viewer: string): string {
  return appId === viewer ? openId : `ou_${hash(`${openId} ${viewer}`, 32)}`;
}

export function hash(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
