/** A corporation with people, groups and bots, and the ids WeCom gives them: their case matters. */
import { createHash } from "node:crypto";
import type { SimulatedGroup } from "../simulator.ts";

export interface Member {
  readonly name: string;
  readonly userId: string;
}

export interface Bot {
  readonly name: string;
  /** `aib…` */
  readonly botId: string;
  readonly secret: string;
}

export interface Group extends SimulatedGroup {
  readonly members: readonly string[];
}

/** What applications can write to besides people. */
export type Circle = "department" | "tag";

export interface Tenant {
  readonly corpId: string;
  addMember(name: string, id: string | undefined): Member;
  addGroup(title: string, members: readonly string[], id: string | undefined): Group;
  addBot(name: string): Bot;
  /** Returns its number. */
  addCircle(kind: Circle, members: readonly string[]): string;
  members(): readonly Member[];
  /** Who is in a department, or has a tag. */
  circle(kind: Circle, id: string): readonly string[] | undefined;
  member(userId: string): Member | undefined;
  group(id: string): Group | undefined;
  bot(botId: string): Bot | undefined;
  bots(): readonly Bot[];
}

export function createTenant(): Tenant {
  const members = new Map<string, Member>();
  const groups = new Map<string, Group>();
  const bots = new Map<string, Bot>();
  const circles = new Map<string, readonly string[]>();
  return {
    corpId: "ww0000000000example",
    addMember(name, id = `User-${String(members.size + 1).padStart(3, "0")}`) {
      const member = { name, userId: id };
      members.set(id, member);
      return member;
    },
    addGroup(title, people, id = `wr${hash(`group ${groups.size} ${title}`, 26)}`) {
      const group = { id, title, members: [...people] };
      groups.set(id, group);
      return group;
    },
    addBot(name) {
      const botId = `aib${hash(`bot ${bots.size} ${name}`, 32)}`;
      const bot = { name, botId, secret: hash(`secret ${botId}`, 43) };
      bots.set(botId, bot);
      return bot;
    },
    addCircle(kind, people) {
      const id = String(circles.size + 2);
      circles.set(`${kind} ${id}`, [...people]);
      return id;
    },
    members: () => [...members.values()],
    circle: (kind, id) => circles.get(`${kind} ${id}`),
    member: (userId) => members.get(userId),
    group: (id) => groups.get(id),
    bot: (botId) => bots.get(botId),
    bots: () => [...bots.values()],
  };
}

/** Where a person and a bot, an application or a customer service account talk alone. */
export function directPlace(person: string, partner: string): string {
  return `direct ${partner} ${person}`;
}

/** Letters of both cases and digits. */
export function hash(text: string, length: number): string {
  return createHash("sha256").update(text).digest("base64").replaceAll(/[+/=]/g, "x").slice(0, length);
}
