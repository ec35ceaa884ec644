/** Card entities, one function per endpoint. Source: "Streaming updates of cards" of the platform's documents (cardkit/v1). */
import { unclearError } from "../errors.ts";
import type { Client } from "./client.ts";

/** Every operation on one card has a larger `sequence` than the one before; a repeat with one `uuid` is not applied twice. */
export interface Step {
  readonly cardId: string;
  readonly sequence: number;
  /** At most 64 characters. */
  readonly uuid: string;
}

/** POST /open-apis/cardkit/v1/cards: an entity that nobody sees yet; can be sent once, lives 14 days. */
export async function createCard(client: Client, card: object, signal: AbortSignal): Promise<string> {
  const what = "create a card";
  const { card_id: id } = await client.call({
    method: "POST",
    path: "/open-apis/cardkit/v1/cards",
    json: { type: "card_json", data: JSON.stringify(card) },
    signal,
    what,
    idempotent: true, // one that is never sent is never seen
  });
  if (typeof id !== "string" || id === "") throw unclearError(what, "card_id");
  return id;
}

/** PUT /open-apis/cardkit/v1/cards/{card_id}/elements/{element_id}/content: the whole text so far. */
export async function streamText(
  client: Client,
  { cardId, elementId, content, ...step }: Step & { readonly elementId: string; readonly content: string },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "PUT",
    path: `/open-apis/cardkit/v1/cards/${encodeURIComponent(cardId)}/elements/${elementId}/content`,
    json: { content, ...step },
    signal,
    what: "update a growing card",
    idempotent: true,
    lane: { kind: "card", id: cardId },
  });
}

/** PATCH /open-apis/cardkit/v1/cards/{card_id}/settings. */
export async function changeSettings(
  client: Client,
  { cardId, settings, ...step }: Step & { readonly settings: object },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "PATCH",
    path: `/open-apis/cardkit/v1/cards/${encodeURIComponent(cardId)}/settings`,
    json: { settings: JSON.stringify(settings), ...step },
    signal,
    what: "end a growing card",
    idempotent: true,
    lane: { kind: "card", id: cardId },
  });
}

/** PUT /open-apis/cardkit/v1/cards/{card_id}: the whole card. */
export async function replaceCard(
  client: Client,
  { cardId, card, ...step }: Step & { readonly card: object },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "PUT",
    path: `/open-apis/cardkit/v1/cards/${encodeURIComponent(cardId)}`,
    json: { card: { type: "card_json", data: JSON.stringify(card) }, ...step },
    signal,
    what: "update a card",
    idempotent: true,
    lane: { kind: "card", id: cardId },
  });
}

/** POST /open-apis/interactive/v1/card/update: a pressed card, after the press was answered; twice within 30 min. */
export async function updatePressed(
  client: Client,
  { token, card }: { readonly token: string; readonly card: object },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "POST",
    path: "/open-apis/interactive/v1/card/update",
    json: { token, card },
    signal,
    what: "change a pressed card",
    idempotent: true,
  });
}
