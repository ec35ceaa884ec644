/** Card instances: created once per `outTrackId`, updated by variable, streamed until finalised. */
import type { Board } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError, undelivered } from "./answers.ts";
import { CARRIER, rendered } from "./robot.ts";
import { type Bot, directChatId, type Tenant } from "./tenant.ts";

/** Streaming variable of the public templates. */
const TEMPLATES: Readonly<Record<string, string>> = {
  "382e4302-551d-4880-bf29-a30acfab2e71.schema": "msgContent",
  "02fcf2f4-5e02-4a85-b672-46d1f715543e.schema": "msgContent",
};
/** By `flowStatus`. */
const STATES: Readonly<Record<string, "growing" | "finished" | "failed">> = {
  1: "growing",
  2: "growing",
  3: "finished",
  4: "finished",
  5: "failed",
};
const MAX_FRAME_CHARS = 10_000;

export interface Cards {
  createAndDeliver(call: Call, bot: Bot): Answer;
  update(call: Call, bot: Bot): Answer;
  stream(call: Call, bot: Bot): Answer;
  /** Applies the answer of a card callback. */
  apply(outTrackId: string, update: Json): void;
  /** Makes an own template known: its id and streaming variable. */
  template(id: string, streamingKey: string): void;
  /** Who owns a card, and where it is. */
  find(outTrackId: string): { readonly bot: Bot; readonly place: string } | undefined;
}

export interface CardsParts {
  readonly tenant: Tenant;
  readonly board: Board;
  /** A second create with the same id: refused, or the same card again. Neither shows a second one. */
  readonly repeatIsRefused: boolean;
}

type Json = Readonly<Record<string, unknown>>;

interface Card {
  readonly bot: Bot;
  readonly place: string;
  readonly streamingKey: string;
  /** Its variables. */
  readonly params: Json;
  /** It was created with `callbackType: "STREAM"`; others take no frames. */
  readonly isStream: boolean;
  readonly guids: ReadonlySet<string>;
  readonly isFinal: boolean;
}

export function createCards({ tenant, board, repeatIsRefused }: CardsParts): Cards {
  const cards = new Map<string, Card>();
  const templates = new Map(Object.entries(TEMPLATES));

  /** Sets variables by key, or all of them anew; an app has its own cards only. */
  const set = (id: string, card: Card, { params, byKey }: { readonly params: Json; readonly byKey: boolean }): void => {
    const all = byKey ? { ...card.params, ...params } : params;
    cards.set(id, { ...card, params: all });
    const text = byKey && params[card.streamingKey] === undefined ? undefined : all[card.streamingKey];
    const state = STATES[String(params["flowStatus"])];
    board.change(id, {
      ...(byKey && text === undefined ? {} : { text: rendered(typeof text === "string" ? text : "") }),
      ...(state === undefined ? {} : { state }),
      ...buttonsOf(params),
    });
  };
  const own = (id: string, bot: Bot): Card | undefined => {
    const card = cards.get(id);
    return card?.bot.appKey === bot.appKey ? card : undefined;
  };

  const delivered = (outTrackId: string, openSpaceId: string): Answer => {
    const spaceType = openSpaceId.includes("IM_GROUP") ? "IM_GROUP" : "IM_ROBOT";
    const deliverResults = [
      { spaceType, spaceId: openSpaceId, success: true, carrierId: `${CARRIER}${outTrackId}`, errorMsg: "" },
    ];
    return { status: 200, body: { success: true, result: { outTrackId, deliverResults } } };
  };

  return {
    createAndDeliver({ body }, bot) {
      const request = asJson(jsonOf(body));
      const { outTrackId, cardTemplateId, openSpaceId } = request;
      if (typeof outTrackId !== "string" || outTrackId === "") return dingTalkError("param.stream.outTrackId");
      const streamingKey = templates.get(String(cardTemplateId));
      if (streamingKey === undefined) return dingTalkError("param.templateNotExist");
      if (cards.has(outTrackId))
        return repeatIsRefused ? dingTalkError("param.cardAlreadyExist") : delivered(outTrackId, String(openSpaceId));
      const params = asJson(asJson(request["cardData"])["cardParamMap"]);
      if (!Object.values(params).every((value) => typeof value === "string"))
        return dingTalkError("param.cardDataInvalid");
      const place = placeOf(String(openSpaceId), request, { tenant, bot });
      if (place.startsWith("param.")) return dingTalkError(place);
      if (place.startsWith("!")) return undelivered(outTrackId, place.slice(1));
      const isStream = request["callbackType"] === "STREAM";
      const card = { bot, place, streamingKey, params: {}, isStream, guids: new Set<string>(), isFinal: false };
      board.post({ id: outTrackId, place, from: bot.robotCode, kind: "card", text: "", state: "growing" });
      set(outTrackId, card, { params, byKey: true });
      return delivered(outTrackId, String(openSpaceId));
    },
    update({ body }, bot) {
      const request = asJson(jsonOf(body));
      const id = String(request["outTrackId"]);
      const card = own(id, bot);
      if (card === undefined) return dingTalkError("param.cardNotExist");
      const params = asJson(asJson(request["cardData"])["cardParamMap"]);
      set(id, card, { params, byKey: asJson(request["cardUpdateOptions"])["updateCardDataByKey"] === true });
      return { status: 200, body: { success: true, result: true } };
    },
    stream({ body }, bot) {
      const request = asJson(jsonOf(body));
      const { guid, key, content, isFull, isFinalize, isError } = request;
      const id = String(request["outTrackId"]);
      const card = own(id, bot);
      if (card === undefined) return dingTalkError("param.stream.outTrackId");
      if (typeof key !== "string" || key === "") return dingTalkError("param.stream.keyEmpty");
      if (typeof guid !== "string" || guid === "") return dingTalkError("param.stream.guidEmpty");
      if (typeof content !== "string" || content === "") return dingTalkError("param.stream.contentEmpty");
      if (isFull !== true) return dingTalkError("param.stream.isFull");
      if (key !== card.streamingKey || !card.isStream) return dingTalkError("unknownError");
      if (content.length > MAX_FRAME_CHARS) return dingTalkError("param.stream.content");
      const ok: Answer = { status: 200, body: { success: true, result: true } };
      if (card.guids.has(guid)) return ok;
      if (card.isFinal) return dingTalkError("param.stream.finalized");
      const guids = new Set([...card.guids, guid].slice(-100));
      cards.set(id, { ...card, params: { ...card.params, [key]: content }, guids, isFinal: isFinalize === true });
      const state = isError === true ? "failed" : isFinalize === true ? "finished" : "growing";
      board.change(id, { text: rendered(content), state });
      return ok;
    },
    apply(outTrackId, update) {
      const card = cards.get(outTrackId);
      if (card === undefined) return;
      const byKey = asJson(update["cardUpdateOptions"])["updateCardDataByKey"] === true;
      const params = asJson(asJson(update["cardData"])["cardParamMap"]);
      if (Object.keys(params).length > 0) set(outTrackId, card, { params, byKey });
    },
    template: (id, streamingKey) => void templates.set(id, streamingKey),
    find: (outTrackId) => cards.get(outTrackId),
  };
}

/** The chat a card is delivered to; `param.…` when the request is wrong, `!…` when it is delivered to nobody. */
function placeOf(
  openSpaceId: string,
  request: Json,
  { tenant, bot }: { readonly tenant: Tenant; readonly bot: Bot },
): string {
  if (request["userIdType"] !== 1) return "!userIdType";
  const group = /^dtv1\.card\/\/IM_GROUP\.(.+)$/.exec(openSpaceId)?.[1];
  if (group !== undefined) {
    if (asJson(request["imGroupOpenDeliverModel"])["robotCode"] !== bot.robotCode) return "param.openDeliverModelError";
    return tenant.group(group) === undefined ? "!group not found" : group;
  }
  const person = /^dtv1\.card\/\/IM_ROBOT\.(.+)$/.exec(openSpaceId)?.[1];
  if (person === undefined) return "param.openSpaceIdInvalid";
  if (asJson(request["imRobotOpenDeliverModel"])["spaceType"] !== "IM_ROBOT") return "param.openDeliverModelError";
  return tenant.member(person) === undefined ? "!user not found" : directChatId(person, bot.appKey);
}

function buttonsOf(params: Json): { readonly buttons?: readonly { readonly id: string; readonly label: string }[] } {
  const full = params["sys_full_json_obj"];
  if (typeof full !== "string") return {};
  const buttons = asJson(jsonOf(Buffer.from(full)))["msgButtons"];
  if (!Array.isArray(buttons)) return {};
  return {
    buttons: buttons.map((button: Json) => ({
      id: String(button["id"] ?? button["text"]),
      label: String(button["text"]),
    })),
  };
}

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
