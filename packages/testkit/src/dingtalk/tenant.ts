/** An organisation with people, groups and bots, and the ids DingTalk gives them. */
import { createHash } from "node:crypto";
import type { SimulatedGroup } from "../simulator.ts";

export interface Member {
  readonly name: string;
  /** `staff-001`; people outside the organisation have none. */
  readonly staffId: string | undefined;
  /** Encrypted id, which everybody has. */
  readonly dingtalkId: string;
}

export interface Bot {
  readonly name: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly robotCode: string;
  readonly chatbotUserId: string;
}

export interface Group extends SimulatedGroup {
  readonly members: readonly string[];
}

export interface Tenant {
  readonly corpId: string;
  addMember(name: string, isExternal: boolean): Member;
  addGroup(title: string, members: readonly string[], id: string | undefined): Group;
  addBot(name: string): Bot;
  /** By staff id. */
  member(staffId: string): Member | undefined;
  members(): readonly Member[];
  group(id: string): Group | undefined;
  bot(appKey: string): Bot | undefined;
  bots(): readonly Bot[];
}

export function createTenant(): Tenant {
  const members = new Map<string, Member>();
  const groups = new Map<string, Group>();
  const bots = new Map<string, Bot>();
  return {
    corpId: "ding0000examplecorp",
    addMember(name, isExternal) {
      const number = members.size + 1;
      const dingtalkId = `$:LWCP_v1:$${hash(`member ${number}`, 16)}==`;
      const member = { name, dingtalkId, staffId: isExternal ? undefined : `staff-${String(number).padStart(3, "0")}` };
      members.set(member.staffId ?? dingtalkId, member);
      return member;
    },
    addGroup(title, people, id = `cid${hash(`group ${groups.size} ${title}`, 20)}==`) {
      const group = { id, title, members: [...people] };
      groups.set(id, group);
      return group;
    },
    addBot(name) {
      const appKey = `ding${hash(`bot ${bots.size} ${name}`, 16)}`;
      const bot = {
        name,
        appKey,
        appSecret: hash(`secret ${appKey}`, 64),
        robotCode: appKey,
        chatbotUserId: `$:LWCP_v1:$${hash(appKey, 16)}==`,
      };
      bots.set(appKey, bot);
      return bot;
    },
    member: (staffId) => members.get(staffId),
    members: () => [...members.values()],
    group: (id) => groups.get(id),
    bot: (appKey) => bots.get(appKey),
    bots: () => [...bots.values()],
  };
}

/** Id of a direct chat between a person and a bot. */
export function directChatId(person: string, appKey: string): string {
  return `cid${hash(`${person} ${appKey}`, 20)}==`;
}

export function hash(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
