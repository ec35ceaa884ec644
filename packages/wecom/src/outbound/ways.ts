/** The ways out of one account, by what it has: a bot, an application, customer service. */
import type { Clock, Logger, Store } from "@openclaw-china/core";
import type { Caller, Client } from "../api/client.ts";
import type { Frames } from "../api/frames.ts";
import { uploadMedia } from "../api/media.ts";
import type { Customers } from "../customers.ts";
import { createPace } from "./pace.ts";
import type { SendDeps } from "./send.ts";
import { createChunkedUpload, createUploads, type Uploads } from "./upload.ts";
import { createAppWay } from "./way-app.ts";
import { createBotWay } from "./way-bot.ts";
import { createKfWay } from "./way-kf.ts";
import { createUrlWay } from "./way-url.ts";

export interface WaysDeps {
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
}

export function createWays(deps: WaysDeps): Pick<SendDeps, "bot" | "url" | "app" | "kf"> {
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

function uploadsOf({ store, log, clock, caller }: WaysDeps, bot: NonNullable<WaysDeps["bot"]>): Uploads {
  const upload = createChunkedUpload({ frames: bot.frames, clock });
  return createUploads({ store, log, owner: `bot ${caller.api} ${bot.botId}`, upload });
}
