/** im/v1/messages: create, reply, update, recall, get, history, forward. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { type Execute, feishuError, ok } from "./answers.ts";
import { type Archive, itemOf, type Stored } from "./archive.ts";
import { boardPart, type ShownOf } from "./content.ts";
import type { Cards } from "./cards.ts";
import type { KeptFaces } from "./faces.ts";
import { asJson, objectIn, textIn } from "./json.ts";
import type { Limits } from "./limits.ts";
import type { Bot, Chat, Tenant } from "./tenant.ts";

export interface MessagesParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly archive: Archive;
  readonly limits: Limits;
  readonly shownOf: ShownOf;
  readonly cards: Pick<Cards, "place" | "find" | "replace">;
  readonly faces: Pick<KeptFaces, "show">;
}

const UUID_LIFE_MS = 3_600_000;
const MAX_UUID = 50;
const MAX_EDITS = 20;
const CARD_LIFE_MS = 14 * 86_400_000;
const PER_SECOND_AND_MESSAGE = 5;

/** By name. */
export function createMessages(parts: MessagesParts): Readonly<Record<string, Execute>> {
  const { tenant, board, archive, limits, shownOf, cards, faces } = parts;
  const send = createSending(parts);

  const own = (id: string, bot: Bot): Stored | string => {
    const message = archive.find(id);
    if (message === undefined) return "231003";
    if (message.isRecalled) return "230011";
    return message.sender === bot.appId ? message : "230050";
  };
  const visible = (id: string, bot: Bot): Stored | string => {
    const message = archive.find(id);
    if (message === undefined) return "231003";
    return message.chat.bots.has(bot.appId) && message.upperId === undefined ? message : "230002";
  };

  return {
    "im/message/create"(call, bot) {
      const request = asJson(jsonOf(call.body));
      const kind = call.url.searchParams.get("receive_id_type") ?? "";
      const chat = chatFor(tenant, bot, { kind, id: String(request["receive_id"]) });
      return typeof chat === "string" ? feishuError(chat, call) : send(call, bot, { chat });
    },
    "im/message/reply"(call, bot, [id = ""]) {
      const message = visible(id, bot);
      if (typeof message === "string") return feishuError(message, call);
      if (message.isRecalled) return feishuError("230011", call);
      if (message.type === "system") return feishuError("230054", call);
      const inThread = asJson(jsonOf(call.body))["reply_in_thread"] === true;
      return send(call, bot, { chat: message.chat, replyTo: message, inThread });
    },
    "im/message/update"(call, bot, [id = ""]) {
      const message = own(id, bot);
      if (typeof message === "string") return feishuError(message, call);
      const { msg_type: type, content } = asJson(jsonOf(call.body));
      if ((type !== "text" && type !== "post") || type !== message.type) return feishuError("230054", call);
      if (message.edits >= MAX_EDITS) return feishuError("230072", call);
      const shown = shownOf(bot, type, content);
      if (typeof shown === "string") return feishuError(shown, call);
      archive.change(id, { content: String(content), edits: message.edits + 1 });
      board.change(id, { text: shown.text });
      return ok(itemOf(archive.find(id) ?? message, tenant, bot));
    },
    "im/message/patch"(call, bot, [id = ""]) {
      const message = own(id, bot);
      if (typeof message === "string") return feishuError(message, call);
      if (message.type !== "interactive") return feishuError("230054", call);
      if (parts.clock.now() - message.createdAt > CARD_LIFE_MS) return feishuError("230031", call);
      const { content } = asJson(jsonOf(call.body));
      const shown = shownOf(bot, "interactive", content);
      if (typeof shown === "string") return feishuError(shown, call);
      if (shown.view?.isShared === false) return feishuError("230099 300302", call);
      if (!limits.take(`message ${id}`, PER_SECOND_AND_MESSAGE)) return feishuError("230020", call);
      if (cards.find(id) === undefined) archive.change(id, { content: String(content) });
      else cards.replace(id, objectIn(content) ?? {});
      if (shown.view !== undefined) faces.show(id, shown.view);
      return ok();
    },
    "im/message/delete"(call, bot, [id = ""]) {
      const message = own(id, bot);
      if (typeof message === "string") return feishuError(message, call);
      archive.change(id, { isRecalled: true });
      board.change(id, { state: "recalled" });
      return ok();
    },
    "im/message/get"(call, bot, [id = ""]) {
      const message = visible(id, bot);
      if (typeof message === "string") return feishuError(message, call);
      return ok({ items: archive.tree(id).map((one) => itemOf(one, tenant, bot)) });
    },
    "im/message/list"(call, bot) {
      const query = call.url.searchParams;
      const id = query.get("container_id") ?? "";
      const all = archive.list(query.get("container_id_type") === "thread" ? { threadId: id } : { chatId: id });
      if (all.some(({ chat }) => !chat.bots.has(bot.appId))) return feishuError("230002", call);
      const sorted = query.get("sort_type") === "ByCreateTimeDesc" ? all.toReversed() : all;
      const from = Number(query.get("page_token") ?? 0);
      const to = from + Number(query.get("page_size") ?? 20);
      const items = sorted.slice(from, to).map((one) => itemOf(one, tenant, bot));
      return ok({ items, has_more: to < all.length, ...(to < all.length ? { page_token: String(to) } : {}) });
    },
    "im/message/forward"(call, bot, [id = ""]) {
      const message = visible(id, bot);
      if (typeof message === "string") return feishuError(message, call);
      const kind = call.url.searchParams.get("receive_id_type") ?? "";
      const receiver = String(asJson(jsonOf(call.body))["receive_id"]);
      const chat = chatFor(tenant, bot, { kind, id: receiver });
      if (typeof chat === "string") return feishuError(chat, call);
      const { type, content } = message;
      const copy = archive.add({ chat, sender: bot.appId, type, content });
      const seen = board.find(id);
      if (seen !== undefined) board.post({ ...seen, id: copy.id, place: chat.id, from: bot.openId });
      return ok(itemOf(copy, tenant, bot));
    },
  };
}

interface Target {
  readonly chat: Chat;
  readonly replyTo?: Stored;
  readonly inThread?: boolean;
}

/** Sends once per `uuid`, within the limits of the chat. */
function createSending(parts: MessagesParts): (call: Call, bot: Bot, target: Target) => Answer {
  const { tenant, clock, board, archive, limits, shownOf, cards, faces } = parts;
  const byUuid = new Map<string, { readonly id: string; readonly expiresAt: number }>();
  return (call, bot, target) => {
    const { msg_type: type, content, uuid } = asJson(jsonOf(call.body));
    const key = textIn(uuid);
    if (key !== undefined && key.length > MAX_UUID) return feishuError("99992402 uuid", call);
    const known = key === undefined ? undefined : byUuid.get(`${bot.appId} ${key}`);
    const before = known !== undefined && known.expiresAt > clock.now() ? archive.find(known.id) : undefined;
    if (before !== undefined) return ok(itemOf(before, tenant, bot));
    const shown = shownOf(bot, String(type), content);
    if (typeof shown === "string") return feishuError(shown, call);
    if (!limits.takeChat(target.chat)) return feishuError("230020", call);
    const message = archive.add({ ...target, sender: bot.appId, type: String(type), content: String(content) });
    if (shown.cardId !== undefined) cards.place(shown.cardId, message.id);
    if (key !== undefined) byUuid.set(`${bot.appId} ${key}`, { id: message.id, expiresAt: clock.now() + UUID_LIFE_MS });
    board.post({ id: message.id, place: target.chat.id, from: bot.openId, ...boardPart(shown) });
    if (shown.view !== undefined) faces.show(message.id, shown.view);
    return ok(itemOf(message, tenant, bot));
  };
}

/** Where a message goes, or the code of the refusal. */
function chatFor(
  tenant: Tenant,
  bot: Bot,
  { kind, id }: { readonly kind: string; readonly id: string },
): Chat | string {
  if (kind === "chat_id") {
    const chat = tenant.chat(id);
    if (chat === undefined) return "230001 invalid receive_id";
    return chat.bots.has(bot.appId) ? chat : "230002";
  }
  if (!["open_id", "union_id", "user_id", "email"].includes(kind)) return "99992402 receive_id_type";
  const member = tenant.member(kind, id, bot);
  if (member === "cross app") return "99992361";
  return member === undefined ? "230001 invalid receive_id" : tenant.directChat(member, bot);
}
