/** Who is who: the app itself, people, chats and their members, and what the app may do. */
import { type Execute, feishuError, ok } from "./answers.ts";
import type { Json } from "./json.ts";
import type { Scopes } from "./scopes.ts";
import { type Bot, type Chat, type Member, openIdOf, type Tenant } from "./tenant.ts";

export interface DirectoryParts {
  readonly tenant: Tenant;
  readonly scopes: Scopes;
}

export function createDirectory({ tenant, scopes }: DirectoryParts): Readonly<Record<string, Execute>> {
  const chatOf = (id: string, bot: Bot): Chat | string => {
    const chat = tenant.chat(id);
    if (chat === undefined) return "230001 invalid chat_id";
    return chat.bots.has(bot.appId) ? chat : "230002";
  };
  const membersOf = ({ members }: Chat): readonly Member[] =>
    tenant.members().filter(({ unionId }) => members.has(unionId));

  return {
    "bot/info": (_call, { name, openId }) => {
      const { body, ...answer } = ok();
      const { data: _data, ...rest } = body as Json;
      const bot = { activate_status: 2, app_name: name, avatar_url: "https://example.com/a.png", open_id: openId };
      return { ...answer, body: { ...rest, bot: { ...bot, ip_white_list: [] } } };
    },
    "contact/user/get": (call, bot, [id = ""]) => {
      const member = tenant.member(call.url.searchParams.get("user_id_type") ?? "open_id", id, bot);
      if (member === "cross app") return feishuError("99992361", call);
      return member === undefined ? feishuError("41050", call) : ok({ user: userItem(member, bot) });
    },
    "im/chat/get": (call, bot, [id = ""]) => {
      const chat = chatOf(id, bot);
      if (typeof chat === "string") return feishuError(chat, call);
      const { title: name, kind, members, bots } = chat;
      const mode = { chat_mode: kind, chat_type: "private", chat_status: "normal", external: false };
      return ok({ name, description: "", ...mode, user_count: String(members.size), bot_count: String(bots.size) });
    },
    "im/chatMembers/get": (call, bot, [id = ""]) => {
      const chat = chatOf(id, bot);
      if (typeof chat === "string") return feishuError(chat, call);
      const items = membersOf(chat).map((member) => ({
        member_id_type: "open_id",
        member_id: openIdOf(member, bot.appId),
        name: member.name,
        tenant_key: tenant.key,
      }));
      return ok({ items, has_more: false, page_token: "", member_total: items.length });
    },
    "application/scope/list": (_call, bot) =>
      ok({
        scopes: scopes.all(bot).map(({ scope, isGranted }) => ({
          scope_name: scope,
          grant_status: isGranted ? 1 : 2,
          scope_type: "tenant",
        })),
      }),
    "application/application/get": (call, bot, [id = ""]) => {
      if (id !== bot.appId && id !== "me") return feishuError("99992402 app_id", call);
      const granted = scopes.all(bot).filter(({ isGranted }) => isGranted);
      const list = granted.map(({ scope }) => ({ scope, description: scope, level: 1, token_types: ["tenant"] }));
      return ok({ app: { app_id: bot.appId, app_name: bot.name, status: 1, scene_type: 0, scopes: list } });
    },
  };
}

function userItem(member: Member, { appId }: Bot): Json {
  const { name, unionId, userId, email } = member;
  return { open_id: openIdOf(member, appId), union_id: unionId, user_id: userId, name, en_name: name, email };
}
