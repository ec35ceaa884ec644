/** What cards in messages show now, wherever they came from, and every button they have shown. */
import type { Board } from "../screen.ts";
import type { Archive } from "./archive.ts";
import { type CardButton, type CardView, cardFault, viewCard } from "./card-json.ts";
import type { Cards } from "./cards.ts";
import { boardPart, cardReadable } from "./content.ts";
import { objectIn } from "./json.ts";
import type { Faces } from "./presses.ts";
import type { Bot } from "./tenant.ts";

export interface FacesParts {
  readonly archive: Archive;
  readonly board: Board;
  readonly cards: () => Cards;
  readonly hasImage: (key: string) => boolean;
  readonly nameOf: (openId: string, bot: Bot) => string | undefined;
}

export interface KeptFaces extends Faces {
  /** A message shows a card from now on. */
  show(messageId: string, view: CardView): void;
}

export function createFaces({ archive, board, cards, hasImage, nameOf }: FacesParts): KeptFaces {
  const buttons = new Map<string, Map<string, CardButton>>();

  const show = (messageId: string, view: CardView): void => {
    const known = buttons.get(messageId) ?? new Map<string, CardButton>();
    for (const button of view.buttons) known.set(button.id, button);
    buttons.set(messageId, known);
    board.change(messageId, boardPart(cardReadable(view)));
  };

  return {
    show,
    card: (messageId) => cards().find(messageId)?.card ?? objectIn(archive.find(messageId)?.content),
    button: (messageId, id) => buttons.get(messageId)?.get(id),
    replace(message, card, bot) {
      if (cards().isStreaming(message.id) || cardFault(card, hasImage) !== undefined) return false;
      if (cards().find(message.id) === undefined) {
        archive.change(message.id, { content: JSON.stringify(card) });
        show(
          message.id,
          viewCard(card, (id) => nameOf(id, bot)),
        );
      } else cards().replace(message.id, card);
      return true;
    },
  };
}
