/** Events as an app gets them: envelopes of schema 2.0, and what is in them. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import { idsFor, nameIn, type Stored } from "./archive.ts";
import type { Json } from "./json.ts";
import type { Scopes } from "./scopes.ts";
import { type Bot, type Member, openIdOf, type Tenant } from "./tenant.ts";

export interface EventsParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  /** The token of an app's events; the console shows it. */
  readonly tokenOf: (bot: Bot) => string;
  readonly scopes: Pick<Scopes, "has">;
}

export interface Events {
  /** JSON of schema 2.0. */
  envelope(bot: Bot, type: string, event: Json): string;
  /** `im.message.receive_v1`. */
  message(bot: Bot, message: Stored): string;
  /** `sender_id`, `operator_id` and the like. */
  ids(member: Member, bot: Bot): Json;
}

export function createEvents({ tenant, clock, tokenOf, scopes }: EventsParts): Events {
  const ids = (member: Member, bot: Bot): Json => ({
    union_id: member.unionId,
    user_id: scopes.has(bot, "contact:user.employee_id:readonly") ? member.userId : null,
    open_id: openIdOf(member, bot.appId),
  });

  const envelope = (bot: Bot, type: string, event: Json): string => {
    // A callback counts in microseconds.
    const time = type === "card.action.trigger" ? `${clock.now()}000` : String(clock.now());
    const header = {
      event_id: randomUUID().replaceAll("-", ""),
      token: tokenOf(bot),
      create_time: time,
      event_type: type,
      tenant_key: tenant.key,
      app_id: bot.appId,
    };
    return JSON.stringify({ schema: "2.0", header, event });
  };

  const senderOf = (bot: Bot, { sender }: Stored): Json => {
    const member = tenant.members().find(({ unionId }) => unionId === sender);
    const own = { union_id: `on_${sender}`, user_id: null, open_id: idsFor(tenant, bot)(sender) };
    return {
      sender_id: member === undefined ? own : ids(member, bot),
      sender_type: member === undefined ? "app" : "user",
      tenant_key: tenant.key,
    };
  };

  return {
    envelope,
    ids,
    message(bot, message) {
      const { id, chat, type, content, rootId, parentId, threadId, createdAt, updatedAt } = message;
      const mentions = message.mentions.map(({ key, who }) => {
        const member = tenant.members().find(({ unionId }) => unionId === who);
        const own = { union_id: `on_${who}`, user_id: "", open_id: idsFor(tenant, bot)(who) };
        return {
          key,
          id: member === undefined ? own : ids(member, bot),
          mentioned_type: member === undefined ? "bot" : "user",
          name: nameIn(tenant, who),
          tenant_key: tenant.key,
        };
      });
      return envelope(bot, "im.message.receive_v1", {
        sender: senderOf(bot, message),
        message: {
          message_id: id,
          ...(rootId === undefined ? {} : { root_id: rootId }),
          ...(parentId === undefined ? {} : { parent_id: parentId }),
          ...(threadId === undefined ? {} : { thread_id: threadId }),
          create_time: String(createdAt),
          update_time: String(updatedAt),
          chat_id: chat.id,
          chat_type: chat.kind === "p2p" ? "p2p" : "group",
          message_type: type,
          content,
          ...(mentions.length === 0 ? {} : { mentions }),
          user_agent: "Mozilla/5.0 (simulated)",
        },
      });
    },
  };
}
