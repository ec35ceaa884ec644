/** Wires the ways out of an account, its cards, and what can be done to messages later. */
import type { ActionInbound, Clock, Logger, OpenChannel, Store } from "@openclaw-china/core";
import { pressAsk } from "@openclaw-china/core/internal";
import type { Caller, Client } from "./api/client.ts";
import type { Frames } from "./api/frames.ts";
import { uploadMedia } from "./api/media.ts";
import type { Customers } from "./customers.ts";
import { createCards } from "./outbound/card.ts";
import { createCardIndex } from "./outbound/card-index.ts";
import { pressUpdate } from "./outbound/card-params.ts";
import { createChanges } from "./outbound/change.ts";
import { createMedia, type MediaDeps } from "./outbound/media.ts";
import { createPace } from "./outbound/pace.ts";
import { createSend, type SendDeps } from "./outbound/send.ts";
import { createChunkedUpload, createUploads, type Uploads } from "./outbound/upload.ts";
import { replyOf } from "./outbound/way.ts";
import { createAppWay } from "./outbound/way-app.ts";
import { createBotWay } from "./outbound/way-bot.ts";
import { createKfWay } from "./outbound/way-kf.ts";
import { createUrlWay } from "./outbound/way-url.ts";

/** The same JSON is one message for four hours, less what varies of it; ids of ours for customers as long. */
const REPEATABLE_MS = 10_800_000;
/** The platform waits five seconds; after this long the card stays as it is, and the press counts all the same. */
const ANSWER_MS = 2_500;

export interface InteractiveDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Of the `response_url` of messages to a bot. */
  readonly caller: Caller & { readonly api: string };
  /** A bot over its long connection. */
  readonly bot?: { readonly botId: string; readonly frames: Frames };
  /** A bot in callback mode has nothing of its own but the message's address. */
  readonly hasCallbackBot: boolean;
  readonly app?: { readonly client: Client; readonly corpId: string; readonly agentId: number };
  readonly kf?: { readonly client: Client; readonly corpId: string };
  readonly customers: Pick<Customers, "openKfIdOf">;
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
    ...waysOf(deps),
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

function waysOf(deps: InteractiveDeps): Pick<SendDeps, "bot" | "url" | "app" | "kf"> {
  const { store, clock, log, account, caller, bot, app, kf, customers } = deps;
  const pace = createPace(clock);
  const base = { clock, log, account, pace };
  const ofCorporation = (client: Client, corpId: string): Uploads =>
    createUploads({
      store,
      log,
      owner: `corporation ${client.api} ${corpId}`,
      upload: (file, signal) => uploadMedia(client, file, signal),
    });
  const hasBot = bot !== undefined || deps.hasCallbackBot;
  return {
    ...(bot === undefined ? {} : { bot: createBotWay({ ...base, frames: bot.frames, uploads: uploadsOf(deps, bot) }) }),
    ...(hasBot ? { url: createUrlWay({ caller, clock, account }) } : {}),
    ...(app === undefined
      ? {}
      : { app: createAppWay({ ...base, ...app, uploads: ofCorporation(app.client, app.corpId) }) }),
    ...(kf === undefined
      ? {}
      : { kf: createKfWay({ ...base, customers, client: kf.client, uploads: ofCorporation(kf.client, kf.corpId) }) }),
  };
}

function uploadsOf({ store, log, clock, caller }: InteractiveDeps, bot: NonNullable<InteractiveDeps["bot"]>): Uploads {
  const upload = createChunkedUpload({ frames: bot.frames, clock });
  return createUploads({ store, log, owner: `bot ${caller.api} ${bot.botId}`, upload });
}
