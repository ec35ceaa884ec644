/** cardkit: card entities, changed in sequence by their own app, streamed for ten minutes, sent once. */
import type { Clock } from "@openclaw-china/core";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { type Execute, feishuError, ok } from "./answers.ts";
import { cardFault, type CardView, MAX_CARD_BYTES, viewCard } from "./card-json.ts";
import { editElement, insertElements, mergeWith, remove, replaceBy } from "./elements.ts";
import { asJson, type Json, listOf, objectIn, textIn } from "./json.ts";
import type { Limits } from "./limits.ts";
import { type Bot, hash } from "./tenant.ts";

const STREAM_LIFE_MS = 600_000;
const ENTITY_LIFE_MS = 14 * 86_400_000;
const MAX_UUID = 64;
const MAX_CONTENT_CHARS = 100_000;
const GENERATING = "[生成中...]";
const MAX_SEQUENCE = 2_147_483_647;
/** Of a card that streams: less than of one that stands still. */
const MAX_STREAMED_TABLES = 3;

/** A card entity. */
export interface Entity {
  readonly id: string;
  readonly bot: Bot;
  readonly card: Json;
  readonly sequence: number;
  /** Bodies by uuid. */
  readonly done: ReadonlyMap<string, string>;
  readonly createdAt: number;
  /** When it began, or began again, to stream. */
  readonly streamsSince: number | undefined;
  readonly hasStreamed: boolean;
  /** The message it is in. */
  readonly messageId: string | undefined;
}

export interface Cards {
  readonly interfaces: Readonly<Record<string, Execute>>;
  /** What it shows, for the message it is to be sent in; or the code of the refusal. */
  entity(cardId: string, bot: Bot): CardView | string;
  /** It is in a message now. */
  place(cardId: string, messageId: string): void;
  /** By its message. */
  find(messageId: string): Entity | undefined;
  /** Changes all of it from outside of cardkit. */
  replace(messageId: string, card: Json): void;
  /** What the list of chats shows; undefined for what is no card entity. */
  preview(messageId: string): string | undefined;
  /** It streams now: it grows, and callbacks cannot change it. */
  isStreaming(messageId: string): boolean;
}

export interface CardsParts {
  readonly clock: Clock;
  readonly limits: Pick<Limits, "takeCard">;
  readonly hasImage: (key: string) => boolean;
  readonly nameOf: (openId: string, bot: Bot) => string | undefined;
  /** The card of that message shows something else now. */
  readonly changed: (messageId: string, view: CardView) => void;
}

/** The card as it shall be, or the code of the refusal. */
type Change = (entity: Entity, request: Json, ids: readonly string[]) => Json | string;

export function createCards(parts: CardsParts): Cards {
  const { clock, limits, nameOf, changed } = parts;
  const entities = new Map<string, Entity>();
  const byMessage = new Map<string, string>();

  const isStreaming = ({ streamsSince }: Entity): boolean =>
    streamsSince !== undefined && clock.now() - streamsSince < STREAM_LIFE_MS;
  const viewOf = ({ card, bot }: Entity): CardView => viewCard(card, (id) => nameOf(id, bot));
  const keep = (entity: Entity): void => {
    entities.set(entity.id, entity);
    if (entity.messageId !== undefined) changed(entity.messageId, viewOf(entity));
  };
  /** With the card; `isRenewed`: it begins to stream anew. */
  const withCard = (entity: Entity, card: Json, isRenewed: boolean): Entity => {
    const streams = asJson(card["config"])["streaming_mode"] === true;
    const since = isRenewed || entity.streamsSince === undefined ? clock.now() : entity.streamsSince;
    return { ...entity, card, streamsSince: streams ? since : undefined, hasStreamed: entity.hasStreamed || streams };
  };
  const faultOf = (card: Json): string | undefined => {
    if (Buffer.byteLength(JSON.stringify(card)) > MAX_CARD_BYTES) return "200860";
    const streams = asJson(card["config"])["streaming_mode"] === true;
    const fault = cardFault(card, parts.hasImage, streams ? MAX_STREAMED_TABLES : undefined);
    if (fault === undefined || fault === "200570") return fault;
    return fault === "11310" || fault === "11311" ? `230099 ${fault}` : "200220";
  };

  /** Known, not expired, and of that app. */
  const own = (id: string, bot: Bot): Entity | string => {
    const entity = entities.get(id);
    if (entity === undefined) return "200740";
    if (clock.now() - entity.createdAt > ENTITY_LIFE_MS) return "200750";
    return entity.bot.appId === bot.appId ? entity : "300311";
  };

  const operation =
    (change: Change): Execute =>
    (call, bot, ids) => {
      const entity = own(ids[0] ?? "", bot);
      if (typeof entity === "string") return feishuError(entity, call);
      if (!limits.takeCard(entity.id)) return feishuError("99991400 1", call);
      const request = asJson(jsonOf(call.body));
      const repeated = repeatOf(entity, call, request);
      if (repeated !== undefined) return repeated;
      const card = change(entity, request, ids);
      const refusal = typeof card === "string" ? card : faultOf(card);
      if (refusal !== undefined || typeof card === "string") return feishuError(refusal ?? "2200", call);
      const uuid = textIn(request["uuid"]);
      const done = uuid === undefined ? entity.done : new Map([...entity.done, [uuid, call.body.toString()]]);
      const isRenewed = call.name.endsWith("/settings") || call.name === "cardkit/card/update";
      keep({ ...withCard(entity, card, isRenewed), sequence: Number(request["sequence"]), done });
      return ok();
    };

  const create: Execute = (call, bot) => {
    const { type, data } = asJson(jsonOf(call.body));
    const card = type === "card_json" ? objectIn(data) : undefined;
    if (type !== "card_json") return feishuError("99992402 type", call);
    if (card === undefined || Object.keys(card).length === 0) return feishuError("300307", call);
    if (card["schema"] !== "2.0") return feishuError("200220", call);
    if (asJson(card["config"])["update_multi"] === false) return feishuError("300302", call);
    const refusal = faultOf(card);
    if (refusal !== undefined) return feishuError(refusal, call);
    const id = `7355${BigInt(`0x${hash(`card ${entities.size}`, 12)}`)
      .toString()
      .padStart(15, "0")
      .slice(0, 15)}`;
    const state = { sequence: 0, done: new Map<string, string>(), messageId: undefined, hasStreamed: false };
    const entity = { id, bot, card, createdAt: clock.now(), streamsSince: undefined, ...state };
    keep(withCard(entity, card, true));
    return ok({ card_id: id });
  };

  const stream: Change = (entity, { content }, [, elementId = ""]) => {
    if (entity.streamsSince === undefined) return "300309";
    if (!isStreaming(entity)) return "200850";
    if (typeof content !== "string" || content === "" || content.length > MAX_CONTENT_CHARS) return "99992402 content";
    return editElement(entity.card, elementId, mergeWith({ content })) ?? "300313";
  };

  return {
    interfaces: {
      "cardkit/card/create": create,
      "cardkit/card/update": operation(wholeCard),
      "cardkit/card/settings": operation(withSettings),
      "cardkit/card/batchUpdate": operation(withActions),
      "cardkit/cardElement/create": operation(withNewElements),
      "cardkit/cardElement/update": operation(withElement(replaceBy, "element")),
      "cardkit/cardElement/patch": operation(withElement(mergeWith, "partial_element")),
      "cardkit/cardElement/delete": operation(
        ({ card }, _, ids) => editElement(card, ids[1] ?? "", remove) ?? "300313",
      ),
      "cardkit/cardElement/content": operation(stream),
      "cardkit/card/idConvert": (call) => {
        const id = byMessage.get(String(asJson(jsonOf(call.body))["message_id"]));
        return id === undefined ? feishuError("200740", call) : ok({ card_id: id });
      },
    },
    entity(cardId, bot) {
      const entity = own(cardId, bot);
      if (typeof entity === "string") return `230099 ${entity}`;
      return entity.messageId === undefined ? viewOf(entity) : "230099 200760";
    },
    place(cardId, messageId) {
      const entity = entities.get(cardId);
      if (entity === undefined) return;
      entities.set(cardId, { ...entity, messageId });
      byMessage.set(messageId, cardId);
    },
    find: (messageId) => entities.get(byMessage.get(messageId) ?? ""),
    replace(messageId, card) {
      const entity = entities.get(byMessage.get(messageId) ?? "");
      if (entity !== undefined) keep(withCard(entity, card, false));
    },
    preview(messageId) {
      const entity = entities.get(byMessage.get(messageId) ?? "");
      if (entity === undefined) return undefined;
      const { summary, text } = viewOf(entity);
      if (entity.streamsSince !== undefined) return GENERATING;
      return summary ?? (entity.hasStreamed ? GENERATING : text);
    },
    isStreaming(messageId) {
      const entity = entities.get(byMessage.get(messageId) ?? "");
      return entity !== undefined && isStreaming(entity);
    },
  };
}

/** The answer of a call that was executed before, or comes out of order. */
function repeatOf(entity: Entity, call: Call, { sequence, uuid }: Json): Answer | undefined {
  const isNumber = Number.isInteger(sequence) && Number(sequence) > 0 && Number(sequence) <= MAX_SEQUENCE;
  if (!isNumber) return feishuError("99992402 sequence", call);
  const key = textIn(uuid);
  if (key !== undefined && key.length > MAX_UUID) return feishuError("99992402 uuid", call);
  const before = key === undefined ? undefined : entity.done.get(key);
  if (before !== undefined) return before === call.body.toString() ? ok() : feishuError("200770", call);
  return Number(sequence) > entity.sequence ? undefined : feishuError("300317", call);
}

const wholeCard: Change = (_entity, request) => {
  const { type, data } = asJson(request["card"]);
  const card = type === "card_json" ? objectIn(data) : undefined;
  if (card === undefined) return "300307";
  return card["schema"] === "2.0" ? card : "200220";
};

const withSettings: Change = ({ card }, { settings }) => {
  const given = objectIn(settings);
  if (given === undefined) return "99992402 settings";
  return { ...card, config: { ...asJson(card["config"]), ...asJson(given["config"]) } };
};

const withNewElements: Change = ({ card }, { type, target_element_id: target, elements }) => {
  const more = typeof elements === "string" ? listOf(jsonOf(Buffer.from(elements))) : [];
  if (more.length === 0) return "99992402 elements";
  return insertElements(card, more, { type, target: String(target) }) ?? "300313";
};

function withElement(edit: typeof mergeWith, member: string): Change {
  return ({ card }, request, [, elementId = ""]) => {
    const element = objectIn(request[member]);
    if (element === undefined) return `99992402 ${member}`;
    return editElement(card, elementId, edit(element)) ?? "300313";
  };
}

const ACTIONS: Readonly<Record<string, Change>> = {
  partial_update_setting: (entity, params) =>
    withSettings(entity, { settings: JSON.stringify(params["settings"] ?? {}) }, []),
  add_elements: (entity, params) =>
    withNewElements(entity, { ...params, elements: JSON.stringify(params["elements"] ?? []) }, []),
  update_element: ({ card }, { element_id: id, element }) =>
    editElement(card, String(id), replaceBy(asJson(element))) ?? "300313",
  partial_update_element: ({ card }, { element_id: id, partial_element: part }) =>
    editElement(card, String(id), mergeWith(asJson(part))) ?? "300313",
  delete_elements: ({ card }, { element_ids: ids }) =>
    (Array.isArray(ids) ? ids : []).reduce<Json | string>(
      (all, id) => (typeof all === "string" ? all : (editElement(all, String(id), remove) ?? "300313")),
      card,
    ),
};

/** One after the other, or none. */
const withActions: Change = (entity, { actions }) => {
  const list = typeof actions === "string" ? listOf(jsonOf(Buffer.from(actions))) : [];
  if (list.length === 0) return "99992402 actions";
  return list.reduce<Json | string>((card, { action, params }) => {
    const change = ACTIONS[String(action)];
    if (typeof card === "string") return card;
    return change === undefined ? "99992402 action" : change({ ...entity, card }, asJson(params), []);
  }, entity.card);
};
