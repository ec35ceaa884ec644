/** Wires the ways out of an account, its cards, and what can be done to messages later. */
import type { ActionInbound, OpenChannel } from "@openclaw-china/core";
import { pressAsk } from "@openclaw-china/core/internal";
import { createCards } from "./outbound/card.ts";
import { createCardIndex } from "./outbound/card-index.ts";
import { pressUpdate } from "./outbound/card-params.ts";
import { createChanges } from "./outbound/change.ts";
import { createMedia, type MediaDeps } from "./outbound/media.ts";
import { createSend } from "./outbound/send.ts";
import { replyOf } from "./outbound/way.ts";
import { createWays, type WaysDeps } from "./outbound/ways.ts";

/** The same JSON is one message for four hours, less what varies of it; ids of ours for customers as long. */
const REPEATABLE_MS = 10_800_000;
/** The platform waits five seconds; after this long the card stays as it is, and the press counts all the same. */
const ANSWER_MS = 2_500;

export interface InteractiveDeps extends WaysDeps {
  readonly load: MediaDeps["load"];
}

/** What a pressed card becomes. */
export interface PressedCard {
  /** The whole card anew. */
  readonly card: object;
  /** The same as one word or line, for an application's button. */
  readonly words: string;
  /** Only for who has pressed. */
  readonly isPrivate: boolean;
}

export interface Interactive extends Required<Pick<OpenChannel, "edit" | "recall">> {
  readonly send: OpenChannel["send"];
  readonly repeatable: OpenChannel["repeatable"];
  /** Answers who asked, once, and says what the card becomes. Undefined: it stays as it is. Never rejects. */
  pressed(inbound: ActionInbound): Promise<PressedCard | undefined>;
}

export function createInteractive(deps: InteractiveDeps): Interactive {
  const { store, clock, log, account, app } = deps;
  const index = createCardIndex({ store, account });
  const cards = createCards({ index, account });
  const prepare = createMedia({ log, account, load: deps.load });
  const send = createSend({
    clock,
    log,
    account,
    ...createWays(deps),
    customers: deps.customers,
    prepare,
    draw: cards.draw,
    onShown: cards.onShown,
  });
  return {
    ...createChanges({ app, clock, index }),
    send,
    repeatable(to, _message, replyTo) {
      const via = replyOf({ replyTo })?.via;
      if (via === "app" || via === "kf") return REPEATABLE_MS;
      if (via !== undefined || to.kind === "group") return 0;
      const isByApp = to.kind === "department" || to.kind === "tag" || (deps.bot === undefined && !deps.hasCallbackBot);
      return isByApp ? REPEATABLE_MS : 0;
    },
    async pressed(inbound) {
      const taskId = inbound.message?.id;
      if (taskId === undefined) return undefined;
      const done = new AbortController();
      const late = clock.sleep(ANSWER_MS, done.signal).then(
        () => undefined,
        () => undefined,
      );
      const work = async (): Promise<PressedCard | undefined> => {
        const [entry, pressed] = await Promise.all([index.find(taskId), pressAsk({ store, clock }, inbound)]);
        const update = entry === undefined ? undefined : pressUpdate(entry.card, pressed);
        if (entry !== undefined && update !== undefined && !update.isPrivate)
          await index.put(taskId, { ...entry, card: update.card });
        return update;
      };
      try {
        return await Promise.race([work(), late]);
      } catch (error) {
        log.warn({ err: error, account }, "a pressed card could not be changed at once; the press counts all the same");
        return undefined;
      } finally {
        done.abort(new Error("the press is answered"));
      }
    },
  };
}
