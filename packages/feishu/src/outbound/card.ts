/** Cards with buttons: sent with the `uuid` of their part, so that a repeat is the same card; edited by their message's id. */
import type { Address, Card, DeliveryOptions, MessageRef, Outbound, Sent } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { Client } from "../api/client.ts";
import { updateCardMessage } from "../api/messages.ts";
import type { ReplyTo } from "../inbound/reply-to.ts";
import type { CardIndex, CardPlace } from "./card-index.ts";
import { drawCard, replacedCard } from "./card-params.ts";
import type { Sender } from "./send.ts";

/** The `img_…` of a card's image. Undefined: it has none, or none that the platform takes. Never rejects but for an abort. */
export type PictureOf = (image: Card["image"], signal: AbortSignal) => Promise<string | undefined>;

export interface CardDeps {
  readonly client: Client;
  readonly body: Sender["body"];
  readonly pictureOf: PictureOf;
  readonly known: CardIndex;
}

export interface Cards {
  send(to: Address, card: Card, options: DeliveryOptions): Promise<Sent>;
  /** False: it is none of these cards. */
  edit(message: MessageRef, content: Outbound, signal: AbortSignal): Promise<boolean>;
}

/** `handle` of what was sent as a card with buttons. */
interface Handle {
  readonly isCard?: true;
}

export function createCards(deps: CardDeps): Cards {
  const { body, pictureOf, known } = deps;
  return {
    async send(to, card, options) {
      const { shown, over } = drawCard(card, await pictureOf(card.image, options.signal));
      const sent = await body(to, { msg_type: "interactive", content: JSON.stringify(shown) }, options);
      const { threadId, rootId } = (options.replyTo ?? {}) as Partial<ReplyTo>;
      await known.shown(sent.id, {
        kind: to.kind === "group" ? "group" : "direct",
        ...(threadId === undefined ? {} : { threadId }),
        ...(rootId === undefined ? {} : { rootId }),
        ...(over === undefined ? {} : { over }),
      });
      return { ...sent, handle: { isCard: true } satisfies Handle };
    },
    async edit({ id, handle }, content, signal) {
      const place = await known.find(id);
      if (place === undefined && ((handle ?? {}) as Handle).isCard !== true) return false;
      await editCard(deps, { id, place: place ?? { kind: "group" } }, { content, signal });
      return true;
    },
  };
}

async function editCard(
  { client, pictureOf, known }: CardDeps,
  { id: messageId, place }: { readonly id: string; readonly place: CardPlace },
  { content, signal }: { readonly content: Outbound; readonly signal: AbortSignal },
): Promise<void> {
  if (content.kind === "media") throw unsupportedError("feishu", "turn a card into a file");
  if (content.kind !== "card") {
    const card = replacedCard(content.text, place.over?.header);
    return updateCardMessage(client, { messageId, content: JSON.stringify(card) }, signal);
  }
  const { shown, over } = drawCard(content, await pictureOf(content.image, signal));
  const { over: _, ...rest } = place;
  // Before it is seen, since it can be pressed at once.
  await known.shown(messageId, { ...rest, ...(over === undefined ? {} : { over }) });
  await updateCardMessage(client, { messageId, content: JSON.stringify(shown) }, signal);
}
