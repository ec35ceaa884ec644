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
/** Variables a public template shows, from top to bottom; of other templates the streaming variable. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema": ["title", "markdown", "tips"],
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
  /** Delivered to nobody. */
  create(call: Call, bot: Bot): Answer;
  update(call: Call, bot: Bot): Answer;
  stream(call: Call, bot: Bot): Answer;
  /** Applies the answer of a card callback to the press of that person. */
  apply(outTrackId: string, update: Json, userId: string): void;
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
  readonly shown: readonly string[];
  /** Its variables. */
  readonly params: Json;
  /** Variables of single people, which hide those of the same name. */
  readonly ofPerson: Readonly<Record<string, Json>>;
  /** It was created with `callbackType: "STREAM"`; others take no frames. */
  readonly isStream: boolean;
  readonly guids: ReadonlySet<string>;
  readonly isFinal: boolean;
}

export function createCards({ tenant, board, repeatIsRefused }: CardsParts): Cards {
  const cards = new Map<string, Card>();
  const templates = new Map(Object.entries(TEMPLATES));

  /** Sets variables by key, or all of them anew; an app has its own cards only. */
  const set = (id: string, card: Card, { params, byKey, ofPerson = {} }: Change): void => {
    const all = byKey ? { ...card.params, ...params } : params;
    const people = { ...card.ofPerson };
    for (const [person, own] of Object.entries(ofPerson)) people[person] = { ...people[person], ...own };
    const now = { ...card, params: all, ofPerson: people };
    cards.set(id, now);
    const state = STATES[String(params["flowStatus"])];
    const isGrown = byKey && card.shown.every((name) => params[name] === undefined);
    board.change(id, {
      ...(isGrown ? {} : { text: textOf(now, {}) }),
      texts: Object.fromEntries(Object.entries(people).map(([person, own]) => [person, textOf(now, own)])),
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
      const named = SHOWN[String(cardTemplateId)];
      const streamingKey = templates.get(String(cardTemplateId)) ?? "";
      if (streamingKey === "" && named === undefined) return dingTalkError("param.templateNotExist");
      if (cards.has(outTrackId))
        return repeatIsRefused ? dingTalkError("param.cardAlreadyExist") : delivered(outTrackId, String(openSpaceId));
      const params = asJson(asJson(request["cardData"])["cardParamMap"]);
      if (!Object.values(params).every((value) => typeof value === "string"))
        return dingTalkError("param.cardDataInvalid");
      const place = placeOf(String(openSpaceId), request, { tenant, bot });
      if (place.startsWith("param.")) return dingTalkError(place);
      if (place.startsWith("!")) return undelivered(outTrackId, place.slice(1));
      const isStream = request["callbackType"] === "STREAM";
      const shown = named ?? [streamingKey];
      const data = { params: {}, ofPerson: {}, guids: new Set<string>(), isFinal: false };
      const card = { bot, place, streamingKey, shown, isStream, ...data };
      const state = named === undefined ? "growing" : "finished"; // only a card that grows has states
      const first = { ...card, params };
      const text = named === undefined ? "" : textOf(first, {});
      board.post({ id: outTrackId, place, from: bot.robotCode, kind: "card", text, state, ...buttonsOf(params) });
      set(outTrackId, card, { params, byKey: true, ofPerson: privateOf(request["privateData"]) });
      return delivered(outTrackId, String(openSpaceId));
    },
    create({ body }, bot) {
      const { outTrackId, cardTemplateId, cardData, callbackType } = asJson(jsonOf(body));
      if (typeof outTrackId !== "string" || outTrackId === "") return dingTalkError("param.stream.outTrackId");
      const streamingKey = templates.get(String(cardTemplateId)) ?? "";
      if (streamingKey === "" && SHOWN[String(cardTemplateId)] === undefined)
        return dingTalkError("param.templateNotExist");
      if (cards.has(outTrackId)) return dingTalkError("param.cardAlreadyExist");
      const params = asJson(asJson(cardData)["cardParamMap"]);
      const data = { ofPerson: {}, guids: new Set<string>(), isFinal: false };
      const isStream = callbackType === "STREAM";
      cards.set(outTrackId, { bot, place: "", streamingKey, shown: [streamingKey], params, isStream, ...data });
      return { status: 200, body: { success: true, result: outTrackId } };
    },
    update({ body }, bot) {
      const request = asJson(jsonOf(body));
      const id = String(request["outTrackId"]);
      const card = own(id, bot);
      if (card === undefined) return dingTalkError("param.cardNotExist");
      const params = asJson(asJson(request["cardData"])["cardParamMap"]);
      const byKey = asJson(request["cardUpdateOptions"])["updateCardDataByKey"] === true || !("cardData" in request);
      set(id, card, { params, byKey, ofPerson: privateOf(request["privateData"]) });
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
    apply(outTrackId, update, userId) {
      const card = cards.get(outTrackId);
      if (card === undefined) return;
      const { cardData, userPrivateData, privateData } = update;
      const params = asJson(asJson(cardData)["cardParamMap"]);
      const own = asJson(asJson(userPrivateData)["cardParamMap"]);
      const ofPerson = { ...privateOf(privateData), ...(Object.keys(own).length === 0 ? {} : { [userId]: own }) };
      if (Object.keys(params).length === 0 && Object.keys(ofPerson).length === 0) return;
      const byKey = asJson(update["cardUpdateOptions"])["updateCardDataByKey"] === true || cardData === undefined;
      set(outTrackId, card, { params, byKey, ofPerson });
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

interface Change {
  readonly params: Json;
  readonly byKey: boolean;
  /** By person; always by key. */
  readonly ofPerson?: Readonly<Record<string, Json>>;
}

function textOf({ shown, params }: Card, ofPerson: Json): string {
  const texts = shown.map((name) => ofPerson[name] ?? params[name]);
  return rendered(texts.filter((text) => typeof text === "string" && text !== "").join("\n"));
}

/** `{ <id>: { cardParamMap } }`, as variables by person. */
function privateOf(given: unknown): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(asJson(given)).map(([person, data]) => [person, asJson(asJson(data)["cardParamMap"])]),
  );
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
