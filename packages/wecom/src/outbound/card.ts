/**
 * Cards with buttons: drawn, put into the index before they are shown (a press may come before the platform's answer), and
 * noted with what later changes need. The id is derived from the part's key.
 */
import type { Address, Card, DeliveryOptions, Sent } from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { CardIndex } from "./card-index.ts";
import { cardWords, drawCard } from "./card-params.ts";
import { checkCard, type TemplateCard } from "./card-schema.ts";
import type { Textual } from "./render.ts";
import { idOf } from "./way.ts";
import type { AppHandle } from "./way-app.ts";

/** A card as the platform draws it. */
export interface ShownCard {
  readonly kind: "shown";
  readonly taskId: string;
  readonly card: TemplateCard;
  /** Goes in front of it, once. */
  readonly lead: Textual | undefined;
  /** The same in words, for a way without cards. */
  readonly words: Textual;
}

export interface Cards {
  draw(card: Card, to: Address, options: DeliveryOptions): Promise<ShownCard | Textual>;
  onShown(shown: ShownCard, to: Address, sent: Sent): Promise<void>;
}

export function createCards({ index, account }: { readonly index: CardIndex; readonly account: string }): Cards {
  return {
    async draw(card, _to, { key }) {
      const taskId = idOf("oc-", `${account} ${key}`);
      const native = card.native?.["wecom"];
      const drawn = native === undefined ? drawCard(card, taskId) : nativeCard(native, taskId);
      if (drawn === undefined) return cardWords(card);
      const known = await index.find(taskId);
      if (known === undefined) await index.put(taskId, { card: drawn.card });
      // A repeat has said what stands in front already.
      return { kind: "shown", taskId, ...drawn, ...(known && { lead: undefined }), words: cardWords(card) };
    },
    async onShown({ taskId, card }, _to, { handle }) {
      const { via, responseCode, userIds, msgId } = (handle ?? {}) as Partial<AppHandle>;
      if (via !== "app") return;
      await index.put(taskId, {
        card,
        ...(responseCode === undefined ? {} : { responseCode }),
        ...(userIds === undefined ? {} : { userIds }),
        ...(msgId === undefined ? {} : { msgId }),
      });
    },
  };
}

/** `native.wecom` instead of ours: a whole template card. */
function nativeCard(native: unknown, taskId: string): { readonly card: TemplateCard; readonly lead: undefined } {
  if (typeof native !== "object" || native === null || !("card_type" in native))
    throw unsupportedError("wecom", "show a native card without native.wecom = { card_type, … }");
  return { card: checkCard({ ...native, task_id: taskId }), lead: undefined };
}
