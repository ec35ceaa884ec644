/**
 * What the buttons of our cards say. Platforms tell the id of a button that was pressed, not its label; a press nobody
 * waits for is offered with the label all the same. Best effort: without a record the id stands for it.
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { ActionInbound } from "../model/inbound.ts";
import type { MessageRef, Outbound } from "../model/outbound.ts";
import type { Store } from "../state/state.ts";

/** As long as cards are pressed. */
const KEEP_MS = 30 * 86_400_000;

export interface Labels {
  /** Something of ours was sent; cards with buttons are remembered. Never rejects. */
  note(sent: MessageRef, content: Outbound): Promise<void>;
  /** What the button says. */
  of(press: ActionInbound): Promise<string>;
}

export function createLabels(deps: {
  readonly store: Pick<Store, "get" | "put">;
  readonly log: Logger;
  readonly clock: Pick<Clock, "now">;
}): Labels {
  const { store, log } = deps;
  return {
    async note(sent, content) {
      if (content.kind !== "card") return;
      const buttons = (content.buttons ?? []).flatMap((button) => ("id" in button ? [[button.id, button.label]] : []));
      if (buttons.length === 0) return;
      try {
        await store.put(nameOf(sent), JSON.stringify(Object.fromEntries(buttons)), KEEP_MS);
      } catch (error) {
        log.warn({ err: error, card: sent.id }, "the labels of a card could not be kept; presses will show ids");
      }
    },
    async of(press) {
      if (press.message === undefined) return press.button;
      const entry = await store.get(nameOf(press.message));
      const labels = entry === undefined ? {} : (JSON.parse(entry.value) as Record<string, string>);
      return labels[press.button] ?? press.button;
    },
  };
}

function nameOf({ channel, account, id }: MessageRef): string {
  return `labels:${channel}:${account}:${id}`;
}
