/** What can be done to a message that is there: a card of an application changes once, and its messages can be recalled. */
import type { Clock, MessageRef, OpenChannel, Outbound } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import { updateTemplateCard } from "../api/cards.ts";
import type { Client } from "../api/client.ts";
import { recallMessage } from "../api/messages.ts";
import type { CardEntry, CardIndex } from "./card-index.ts";
import { decided, drawCard } from "./card-params.ts";
import { plainBody } from "./render.ts";
import type { AppHandle } from "./way-app.ts";

export interface ChangeDeps {
  /** Absent: nothing can be changed, since a bot has no call for it. */
  readonly app: { readonly client: Client; readonly agentId: number } | undefined;
  readonly clock: Clock;
  readonly index: CardIndex;
}

export function createChanges({ app, clock, index }: ChangeDeps): Required<Pick<OpenChannel, "edit" | "recall">> {
  return {
    async edit(message, content, signal) {
      const known = await index.find(message.id);
      const handle = (message.handle ?? {}) as Partial<AppHandle>;
      const responseCode = handle.responseCode ?? known?.responseCode;
      if (app === undefined || known === undefined || responseCode === undefined)
        throw unsupportedError("wecom", "change anything but a card of an application, once, within 72 hours");
      const card = changed(known, message, content);
      const userIds = handle.userIds ?? known.userIds;
      const whose = userIds === undefined ? {} : { userIds };
      const { client, agentId } = app;
      await updateTemplateCard(client, { ...whose, agentId, responseCode, to: { card } }, signal);
      const { responseCode: _used, ...rest } = known;
      await index.put(message.id, { ...rest, card });
      const { channel, account, id } = message;
      const kept = message.handle === undefined ? {} : { handle: message.handle };
      return { channel, account, id, ...kept, sentAt: clock.now(), parts: [] };
    },
    async recall(message, signal) {
      const { parts = [] } = message as MessageRef & { readonly parts?: readonly string[] };
      const handle = message.handle as Partial<AppHandle> | undefined;
      const first = handle?.msgId ?? (await index.find(message.id))?.msgId;
      if (app === undefined || first === undefined)
        throw unsupportedError("wecom", "recall anything but messages of an application, within 24 hours");
      for (const id of [first, ...parts]) await recallMessage(app.client, id, signal);
    },
  };
}

function changed({ card }: CardEntry, { id }: MessageRef, content: Outbound): CardEntry["card"] {
  if (content.kind === "media") throw unsupportedError("wecom", "turn a card into a file");
  if (content.kind !== "card") return decided({ ...card, sub_title_text: plainBody(content) }, "✅");
  const drawn = drawCard(content, id);
  if (drawn !== undefined) return drawn.card;
  const text = plainBody({ kind: "markdown", text: content.text ?? "" });
  return decided({ ...card, main_title: { title: content.title }, sub_title_text: text }, "✅");
}
