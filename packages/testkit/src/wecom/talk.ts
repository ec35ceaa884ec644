/** What bots say: answers to callbacks, welcomes, card updates, messages of their own. */
import { randomUUID } from "node:crypto";
import type { Board, Posted } from "../screen.ts";
import { done, type Outcome, refused } from "./answers.ts";
import type { Cards } from "./cards.ts";
import type { Files } from "./files.ts";
import type { Handle, Handles } from "./handles.ts";
import { asJson, asText, type Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import { MAX_TEXT_BYTES, type Streams } from "./streams.ts";
import { type Bot, directPlace, type Tenant } from "./tenant.ts";

/** A frame that asks for something. */
export interface Asked {
  readonly bot: Bot;
  readonly connectionId: string;
  readonly reqId: string;
  readonly body: Json;
}

export interface Talk {
  respond(asked: Asked): Outcome;
  welcome(asked: Asked): Outcome;
  updateCard(asked: Asked): Outcome;
  send(asked: Asked): Outcome;
  /** Shows what a body that is no stream says: the error's code, or undefined. */
  show(body: Json, where: { readonly bot: Bot; readonly place: string }): string | undefined;
}

export interface TalkParts {
  readonly tenant: Tenant;
  readonly board: Board;
  readonly cards: Cards;
  readonly files: Files;
  readonly handles: Handles;
  readonly limits: Limits;
  readonly streams: Streams;
  /** Where people have written to bots. */
  readonly opened: ReadonlySet<string>;
  /** The `feedback.id` of a message. */
  readonly asked: (messageId: string, feedbackId: string) => void;
  /** A pressed card was answered. */
  readonly updated: (cardId: string) => void;
}

const RATE = { perMinute: 30, perHour: 1_000 };
const MEDIA: ReadonlySet<string> = new Set(["file", "image", "voice", "video"]);

export function createTalk(parts: TalkParts): Talk {
  const { tenant, handles, limits, streams, cards, opened } = parts;
  const mayWrite = (place: string): boolean => limits.take(`chat ${place}`, RATE);
  const show = (body: Json, where: Where): string | undefined => showIt(parts, body, where);

  /** Rules first: a message that is refused does not count. */
  const showCounted = (body: Json, where: Where): Outcome => {
    if (!mayWrite(where.place)) return refused("846607");
    const fault = show(body, where);
    return fault === undefined ? done() : refused(fault);
  };
  const handleOf = ({ reqId, bot, connectionId }: Asked, of: Handle["of"]): Handle | undefined => {
    const handle = handles.find(reqId, { bot, connectionId });
    return handle?.of === of ? handle : undefined;
  };

  return {
    show,
    respond(asked) {
      const handle = handleOf(asked, "message");
      if (handle === undefined) return refused("846605");
      const { bot, body, reqId } = asked;
      const { place } = handle;
      const type = String(body["msgtype"]);
      if (type === "stream")
        return streams.write({ bot, place, stream: asJson(body["stream"]), mayBegin: () => mayWrite(place) });
      if (type === "text") return refused("40008");
      if (MEDIA.has(type) && !handles.use(reqId, "file")) return refused("846605");
      return showCounted(body, { bot, place });
    },
    welcome(asked) {
      const handle = handleOf(asked, "enter");
      if (handle === undefined) return refused("846605");
      if (!["text", "template_card"].includes(String(asked.body["msgtype"]))) return refused("40008");
      if (!handles.use(asked.reqId, "welcome")) return refused("846605");
      return showCounted(asked.body, { bot: asked.bot, place: handle.place });
    },
    updateCard(asked) {
      const handle = handleOf(asked, "press");
      const card = handle?.cardId === undefined ? undefined : cards.find(handle.cardId);
      if (card === undefined) return refused("846605");
      const { response_type: type, template_card: given, userids } = asked.body;
      const template = asJson(given);
      if (type !== "update_template_card" || template["task_id"] !== card.taskId) return refused("40058");
      const people = Array.isArray(userids) && userids.length > 0 ? userids.map(String) : undefined;
      const fault = cards.update(card, template, people);
      if (fault !== undefined) return refused(fault);
      parts.updated(card.id);
      return done();
    },
    send({ bot, body }) {
      const type = String(body["msgtype"]);
      if (type === "text" || type === "stream") return refused("40008");
      const place = placeOf(tenant, bot, body);
      if (place === undefined || !opened.has(`${bot.botId} ${place}`)) return refused("93006");
      return showCounted(body, { bot, place });
    },
  };
}

interface Where {
  readonly bot: Bot;
  readonly place: string;
}

/** A bare id in the right case, and of the kind it is said to be. */
function placeOf(tenant: Tenant, bot: Bot, { chatid, chat_type: kind }: Json): string | undefined {
  const id = asText(chatid) ?? "";
  if (tenant.group(id) !== undefined) return kind === undefined || kind === 2 ? id : undefined;
  if (tenant.member(id) === undefined || (kind !== undefined && kind !== 1)) return undefined;
  return directPlace(id, bot.botId);
}

function showIt({ board, cards, files, asked }: TalkParts, body: Json, { bot, place }: Where): string | undefined {
  const type = String(body["msgtype"]);
  const content = asJson(body[type]);
  const feedbackId = asText(asJson(content["feedback"])["id"]);
  if (type === "template_card") {
    const card = cards.post({ owner: bot.botId, place, template: content });
    if (typeof card === "string") return card;
    if (feedbackId !== undefined) asked(card.id, feedbackId);
    return undefined;
  }
  const shown = shownOf(type, content, { files, owner: bot.botId });
  if (typeof shown === "string") return shown;
  const id = randomUUID();
  board.post({ id, place, from: bot.botId, state: "finished", ...shown });
  if (feedbackId !== undefined) asked(id, feedbackId);
  return undefined;
}

/** What people see of a message, or the code of the error it gets. */
export function shownOf(
  type: string,
  content: Json,
  { files, owner }: { readonly files: Files; readonly owner: string },
): Pick<Posted, "kind" | "text" | "file"> | string {
  if (type === "text" || type === "markdown") {
    const text = content["content"];
    if (typeof text !== "string" || text.trim() === "") return "44004";
    return Buffer.byteLength(text) > MAX_TEXT_BYTES ? "45002" : { kind: type, text };
  }
  if (!MEDIA.has(type)) return "40008";
  const found = files.uploaded(String(content["media_id"]), owner);
  if (found === undefined || found.type !== type) return "40007";
  return { kind: "media", text: found.name, file: new File([found.bytes], found.name) };
}
