/** Wires what belongs to cards with buttons: their sending, the answer to a press, and what can be done to messages later. */
import type { Clock, Logger, OpenChannel, Store } from "@openclaw-china/core";
import { createNames, type Names } from "@openclaw-china/core/internal";
import { changeCard } from "./api/cards.ts";
import type { Client } from "./api/client.ts";
import type { PressDesk } from "./edge/press.ts";
import { dingtalkError } from "./errors.ts";
import type { Settings } from "./options.ts";
import { type CardDeps, createCards } from "./outbound/card.ts";
import { createCardIndex } from "./outbound/card-index.ts";
import { pressUpdate } from "./outbound/card-params.ts";
import { createChanges } from "./outbound/change.ts";
import { createPictures } from "./outbound/picture.ts";
import { createUploads } from "./outbound/upload.ts";

export interface InteractiveDeps {
  readonly client: Client;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly robotCode: string;
  readonly settings: Pick<Settings, "account" | "mode" | "template" | "buttonTemplate">;
  readonly onSent: CardDeps["onSent"];
}

export interface Interactive extends Required<Pick<OpenChannel, "edit" | "recall" | "react" | "readers">> {
  /** Cards go this way, all else by `send`. */
  around(send: OpenChannel["send"]): OpenChannel["send"];
  readonly repeatable: OpenChannel["repeatable"];
  readonly press: PressDesk;
  readonly names: Names;
}

export function createInteractive(deps: InteractiveDeps): Interactive {
  const { client, store, clock, log, robotCode, settings, onSent } = deps;
  const { account, template, buttonTemplate } = settings;
  const known = createCardIndex({ store, account });
  const names = createNames({ store, log, channel: "dingtalk", account });
  const nameOf = names.of;
  const uploads = createUploads({ client, store, log, robotCode });
  const pictureOf = createPictures({ uploads, log, account });
  const base = { client, clock, account, robotCode };
  const cards = createCards({ ...base, template: buttonTemplate, known, nameOf, pictureOf, onSent });
  return {
    ...createChanges({ client, clock, robotCode, cards, known, streamingKey: template.streamingKey }),
    around: (send) => async (to, message, options) => {
      if (message.kind !== "card") return send(to, message, options);
      if (settings.mode === "webhook" && message.buttons?.some((button) => "id" in button) === true) throw deaf();
      return cards.send(to, message, options);
    },
    // Neither the session webhook nor the robot interfaces know a key.
    repeatable: (_to, message) => (message.kind === "card" ? cards.repeatableMs : 0),
    press: {
      store,
      clock,
      log,
      account,
      placeOf: known.find,
      nameOf,
      update: (pressed) => pressUpdate(pressed, buttonTemplate),
      async change({ message, sender }, pressed, signal) {
        if (message === undefined) return;
        await changeCard(client, message.id, {
          userId: sender.id,
          signal,
          update: pressUpdate(pressed, buttonTemplate),
        });
      },
    },
    names,
  };
}

/** Nobody could press: better said at once than waited for. */
function deaf(): Error {
  return dingtalkError("unsupported", {
    message: "dingtalk tells of pressed buttons over the stream connection only, and mode is webhook",
    outcome: "not_sent",
    fix: { en: 'Set mode: "both", or "stream".', zh: '请设置 mode: "both" 或 "stream"。' },
  });
}
