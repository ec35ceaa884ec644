/** Card instances and streaming, one function per endpoint. Source: API definitions of card_1_0. */
import { ChannelError } from "@openclaw-china/core";
import { dingtalkError } from "../errors.ts";
import type { Client } from "./client.ts";

type Params = Readonly<Record<string, string>>;

export interface NewCard {
  readonly cardTemplateId: string;
  readonly outTrackId: string;
  readonly cardParamMap: Params;
  readonly openSpaceId: string;
  readonly robotCode: string;
  /** Who is notified in a group, by staffId with the name; `@ALL` for everybody. */
  readonly mentions?: Params;
}

/**
 * POST /v1.0/card/instances/createAndDeliver. Status 200 and `success` do not mean that it was delivered: each result says.
 * Returns `carrierId`, which is the card's processQueryKey.
 */
export async function createAndDeliver(client: Client, card: NewCard, signal: AbortSignal): Promise<string> {
  const { cardTemplateId, outTrackId, cardParamMap, openSpaceId, robotCode, mentions } = card;
  const extension = { dynamicSummary: "true" };
  const atUserIds = mentions === undefined ? {} : { atUserIds: mentions };
  const delivery = openSpaceId.startsWith("dtv1.card//IM_GROUP.")
    ? { imGroupOpenDeliverModel: { robotCode, extension, ...atUserIds } }
    : { imRobotOpenDeliverModel: { spaceType: "IM_ROBOT", robotCode, extension } };
  const answer = await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/card/instances/createAndDeliver",
    json: {
      cardTemplateId,
      outTrackId,
      callbackType: "STREAM",
      cardData: { cardParamMap },
      imGroupOpenSpaceModel: { supportForward: true },
      imRobotOpenSpaceModel: { supportForward: true },
      openSpaceId,
      userIdType: 1, // required: without it nobody sees the card
      ...delivery,
    },
    signal,
    what: "show a card",
    idempotent: false,
    bucket: "cards",
  });
  const { deliverResults } = (answer["result"] ?? {}) as { readonly deliverResults?: unknown };
  if (!Array.isArray(deliverResults)) return outTrackId;
  const results = deliverResults as readonly Readonly<Record<string, unknown>>[];
  const failed = results.length === 0 ? {} : results.find(({ success }) => String(success) !== "true");
  if (failed !== undefined) throw undelivered(client.quote(failed["errorMsg"] || "delivered to nobody"));
  return String(results[0]?.["carrierId"] || outTrackId);
}

/** POST /v1.0/card/instances: a card that is delivered to nobody. */
export async function createCard(
  client: Client,
  { cardTemplateId, outTrackId, cardParamMap }: Pick<NewCard, "cardTemplateId" | "outTrackId" | "cardParamMap">,
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/card/instances",
    json: { cardTemplateId, outTrackId, callbackType: "STREAM", cardData: { cardParamMap } },
    signal,
    what: "create a card",
    idempotent: false,
    bucket: "cards",
    attempts: 1,
  });
}

function undelivered(message: string): Error {
  return dingtalkError("recipient", {
    message: `cannot deliver a card: ${message}`,
    platform: { code: "deliverResults", message, status: 200 },
    fix: {
      en: "Check that the bot is in the group, or that the person may see the app.",
      zh: "请确认机器人在群内,或对方在应用可见范围内。",
    },
  });
}

/** The platform knows no card of that id: the only permission to create one after an unknown outcome. */
export function isMissingCard(error: unknown): boolean {
  return error instanceof ChannelError && /cardNotExist|stream\.outTrackId/i.test(error.platform?.code ?? "");
}

/** PUT /v1.0/card/instances: only the given variables change. */
export async function updateCard(
  client: Client,
  outTrackId: string,
  cardParamMap: Params,
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "PUT",
    base: "api",
    path: "/v1.0/card/instances",
    json: { outTrackId, cardData: { cardParamMap }, cardUpdateOptions: { updateCardDataByKey: true } },
    signal,
    what: "update a card",
    idempotent: true,
    bucket: "cards",
  });
}

/** What the answer to a press may hold, and the update interface too. */
export interface CardUpdate {
  readonly cardUpdateOptions?: { readonly updateCardDataByKey: boolean; readonly updatePrivateDataByKey: boolean };
  readonly cardData?: { readonly cardParamMap: Params };
  /** Of the person who pressed. */
  readonly userPrivateData?: { readonly cardParamMap: Params };
}

/** PUT /v1.0/card/instances with what one person shall see. */
export async function changeCard(
  client: Client,
  outTrackId: string,
  { userId, update, signal }: { readonly userId: string; readonly update: CardUpdate; readonly signal: AbortSignal },
): Promise<void> {
  const { userPrivateData, ...rest } = update;
  const privateData = userPrivateData === undefined ? {} : { privateData: { [userId]: userPrivateData } };
  await client.call({
    method: "PUT",
    base: "api",
    path: "/v1.0/card/instances",
    json: { outTrackId, ...rest, ...privateData, userIdType: 1 },
    signal,
    what: "update a card",
    idempotent: true,
    bucket: "cards",
  });
}

export interface CardFrame {
  readonly outTrackId: string;
  /** Idempotency key: the same when a frame is repeated. */
  readonly guid: string;
  readonly key: string;
  /** The whole text so far. */
  readonly content: string;
  readonly isFinalize: boolean;
  readonly isError: boolean;
}

/** PUT /v1.0/card/streaming. After `isFinalize` no further frame is taken. */
export async function streamCard(client: Client, frame: CardFrame, signal: AbortSignal): Promise<void> {
  await client.call({
    method: "PUT",
    base: "api",
    path: "/v1.0/card/streaming",
    json: { ...frame, isFull: true },
    signal,
    what: "stream into a card",
    idempotent: true,
    bucket: "cards",
    attempts: frame.isFinalize ? 4 : 1, // the next frame carries everything a lost one did
  });
}
