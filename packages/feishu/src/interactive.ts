/** Wires what belongs to messages that are there: cards and their presses, changes, and what a message quotes. */
import type { Clock, Logger, OpenChannel, Store } from "@openclaw-china/core";
import { createNames } from "@openclaw-china/core/internal";
import { updatePressed } from "./api/cards.ts";
import type { Client } from "./api/client.ts";
import { updateCardMessage } from "./api/messages.ts";
import type { PressDesk } from "./edge/press.ts";
import type { ReplyTo } from "./inbound/reply-to.ts";
import { createCards, type PictureOf } from "./outbound/card.ts";
import { createCardIndex } from "./outbound/card-index.ts";
import { pressedCard, pressUpdate } from "./outbound/card-params.ts";
import { createChanges } from "./outbound/change.ts";
import type { Sender } from "./outbound/send.ts";
import { createQuotes } from "./quotes.ts";

export interface InteractiveDeps {
  readonly client: Client;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly body: Sender["body"];
  readonly pictureOf: PictureOf;
}

export interface Interactive extends Required<Pick<OpenChannel, "edit" | "recall" | "react" | "enrich">> {
  /** Cards go this way, all else by `send`. */
  around(send: OpenChannel["send"]): OpenChannel["send"];
  readonly press: PressDesk;
}

export function createInteractive(deps: InteractiveDeps): Interactive {
  const { client, store, clock, log, account, body, pictureOf } = deps;
  const known = createCardIndex({ store, account });
  const names = createNames({ store, log, channel: "feishu", account });
  const quotes = createQuotes({ client, log, account });
  const cards = createCards({ client, body, pictureOf, known });
  return {
    ...createChanges({ client, store, clock, account, cards }),
    around: (send) => (to, message, options) =>
      message.kind === "card" ? cards.send(to, message, options) : send(to, message, options),
    press: {
      store,
      clock,
      log,
      account,
      placeOf: known.find,
      nameOf: names.of,
      async answer({ message }, pressed) {
        const place = message === undefined ? undefined : await known.find(message.id);
        return pressUpdate(pressed, place?.over);
      },
      async change({ message, replyTo }, pressed, signal) {
        if (message === undefined) return;
        const card = pressedCard(pressed, (await known.find(message.id))?.over);
        if (card === undefined) return;
        const { cardToken: token } = (replyTo ?? {}) as Partial<ReplyTo>;
        if (token !== undefined) return updatePressed(client, { token, card }, signal);
        await updateCardMessage(client, { messageId: message.id, content: JSON.stringify(card) }, signal);
      },
    },
    async enrich(message) {
      await names.note(message.sender);
      return quotes.enrich(message);
    },
  };
}
