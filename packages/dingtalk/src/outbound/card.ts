/**
 * Cards with buttons. The card's id is derived from the part's key, so every repeat means the same card: one whose showing
 * has begun before is updated first, and "no such card" is the only permission to create it again.
 */
import {
  type Address,
  type Card,
  ChannelError,
  type Clock,
  type DeliveryOptions,
  type MessageRef,
  type Outbound,
  type Sent,
} from "@openclaw-china/core";
import { sha256Hex, unsupportedError } from "@openclaw-china/core/internal";
import { createAndDeliver, isMissingCard, type NewCard, updateCard } from "../api/cards.ts";
import type { Client } from "../api/client.ts";
import type { ReplyTo } from "../inbound/normalise.ts";
import type { CardIndex, CardPlace } from "./card-index.ts";
import { type ButtonTemplate, cardParams, cardText, replacedParams } from "./card-params.ts";
import type { PictureOf } from "./picture.ts";
import { spaceOf } from "./space.ts";

/** A repeat with the same key is the same card for this long: as long as its id is remembered. */
const REPEATABLE_MS = 30 * 86_400_000;
/** A card of ours, by its id: with buttons, or of somebody's own template. Growing ones begin with `oc-`. */
const BUTTONS = "ocb-";
const NATIVE = "ocn-";

export interface CardDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly account: string;
  readonly robotCode: string;
  readonly pictureOf: PictureOf;
  readonly template: ButtonTemplate;
  readonly known: CardIndex;
  /** What a person is called, for mentions. */
  readonly nameOf: (id: string) => Promise<string | undefined>;
  /** For quotes, which name a card by its processQueryKey. */
  readonly onSent: (processQueryKey: string, text: string) => void;
}

export interface Cards {
  readonly repeatableMs: number;
  send(to: Address, card: Card, options: DeliveryOptions): Promise<Sent>;
  /** Undefined: it is no card with buttons. */
  edit(message: MessageRef, content: Outbound, signal: AbortSignal): Promise<void> | undefined;
}

export function createCards(deps: CardDeps): Cards {
  const { client, clock, account, template, known } = deps;
  return {
    repeatableMs: REPEATABLE_MS,
    async send(to, card, options) {
      const openSpaceId = spaceOf(to, options);
      if (openSpaceId === undefined)
        throw unsupportedError("dingtalk", "show a card to a person outside the organisation");
      const place = placeOf(to, options, deps.robotCode);
      const picture = await deps.pictureOf(card.image, options.signal);
      const content = contentOf(template, card, picture);
      const outTrackId = `${content.prefix}${sha256Hex(`${account} ${options.key}`).slice(0, 40)}`;
      const mentions = to.kind === "group" ? await mentionsOf(card, deps.nameOf) : undefined;
      const shown: NewCard = {
        cardTemplateId: content.templateId,
        outTrackId,
        cardParamMap: content.params,
        openSpaceId,
        robotCode: place.robotCode,
        ...(mentions === undefined ? {} : { mentions }),
      };
      const isFirst = await known.begin(outTrackId, place);
      const processQueryKey = await (isFirst
        ? create(deps, shown, options.signal)
        : takeUp(deps, shown, options.signal));
      await known.delivered(outTrackId, { ...place, processQueryKey });
      deps.onSent(processQueryKey, `${card.title}\n${cardText(card)}`);
      const group = to.kind === "group" ? { group: to.id } : {};
      const handle = { card: outTrackId, processQueryKey, robotCode: place.robotCode, ...group };
      return { channel: "dingtalk", account, id: outTrackId, handle, sentAt: clock.now(), parts: [] };
    },
    edit({ id }, content, signal) {
      if (id.startsWith(NATIVE)) return updateCard(client, id, nativeParams(content), signal);
      return id.startsWith(BUTTONS) ? editButtons(deps, id, { content, signal }) : undefined;
    },
  };
}

async function editButtons(
  { client, template, pictureOf }: CardDeps,
  id: string,
  { content, signal }: { readonly content: Outbound; readonly signal: AbortSignal },
): Promise<void> {
  if (content.kind === "media") throw unsupportedError("dingtalk", "turn a card into a file");
  const params =
    content.kind === "card"
      ? cardParams(content, template, await pictureOf(content.image, signal))
      : replacedParams(content, template);
  await updateCard(client, id, params, signal);
}

interface Content {
  readonly prefix: string;
  readonly templateId: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `native.dingtalk` instead of ours: `{ cardTemplateId, cardParamMap }`. */
function contentOf(template: ButtonTemplate, card: Card, picture: string | undefined): Content {
  const native = card.native?.["dingtalk"];
  if (native !== undefined) {
    const { cardTemplateId } = native as { readonly cardTemplateId?: unknown };
    if (typeof cardTemplateId !== "string") throw wrongNative();
    return { prefix: NATIVE, templateId: cardTemplateId, params: nativeParams(card) };
  }
  return { prefix: BUTTONS, templateId: template.id, params: cardParams(card, template, picture) };
}

/** Values that are no text go as JSON: the platform takes texts only. */
function nativeParams(content: Outbound): Readonly<Record<string, string>> {
  const native = content.kind === "card" ? content.native?.["dingtalk"] : undefined;
  const { cardParamMap } = (native ?? {}) as { readonly cardParamMap?: unknown };
  if (typeof cardParamMap !== "object" || cardParamMap === null) throw wrongNative();
  const entries = Object.entries(cardParamMap as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function wrongNative(): Error {
  return unsupportedError("dingtalk", "show a native card without native.dingtalk = { cardTemplateId, cardParamMap }");
}

function placeOf(to: Address, options: DeliveryOptions, robotCode: string): CardPlace {
  const reply = options.replyTo as ReplyTo | undefined;
  const conversationId = to.kind === "group" ? to.id : reply?.conversationId;
  return {
    kind: to.kind === "group" ? "group" : "direct",
    ...(conversationId === undefined ? {} : { conversationId }),
    robotCode: reply?.robotCode ?? robotCode,
  };
}

/** Ids with names, as the platform wants them. */
async function mentionsOf(
  { mentions }: Card,
  nameOf: CardDeps["nameOf"],
): Promise<Readonly<Record<string, string>> | undefined> {
  if (mentions === undefined) return undefined;
  if (mentions === "all") return { "@ALL": "@ALL" };
  return Object.fromEntries(await Promise.all(mentions.map(async (id) => [id, (await nameOf(id)) ?? id] as const)));
}

/** Creates the card; one that exists already is ours and is taken up. */
async function create(deps: CardDeps, card: NewCard, signal: AbortSignal): Promise<string> {
  try {
    return await createAndDeliver(deps.client, card, signal);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (/cardAlreadyExist/i.test(error.platform?.code ?? "")) return card.outTrackId;
    if (error.outcome !== "unknown") throw error;
    return takeUp(deps, card, signal);
  }
}

/** Changes nothing of what a press may have changed meanwhile. */
async function takeUp(deps: CardDeps, card: NewCard, signal: AbortSignal): Promise<string> {
  const { outTrackId, cardParamMap } = card;
  try {
    await updateCard(deps.client, outTrackId, unpressed(cardParamMap, deps.template), signal);
  } catch (error) {
    if (!isMissingCard(error)) throw error;
    return createAndDeliver(deps.client, card, signal);
  }
  return (await deps.known.find(outTrackId))?.processQueryKey ?? outTrackId;
}

function unpressed(
  params: Readonly<Record<string, string>>,
  { title }: ButtonTemplate,
): Readonly<Record<string, string>> {
  const value = params[title];
  return value === undefined ? {} : { [title]: value };
}
