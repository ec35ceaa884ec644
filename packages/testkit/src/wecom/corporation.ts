/** The interfaces that are called with an access token or a key: applications, customer service, robots of groups. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { Answer, Call, ServerParts } from "../server.ts";
import { answered, weComError } from "./answers.ts";
import { type AppSide, createAppSide } from "./app-side.ts";
import type { Cards } from "./cards.ts";
import { createKf, type Kf } from "./kf.ts";
import { createMedia } from "./media.ts";
import { type Application, CORPORATION, createMessages } from "./messages.ts";
import { createRobots, type Robots } from "./robot.ts";
import type { Shared } from "./shared.ts";
import { createTokens, type Tokens } from "./token.ts";

export interface CorporationParts extends Shared {
  readonly clock: Clock;
  readonly board: Board;
  readonly cards: Cards;
  readonly calls: ServerParts["calls"];
  readonly assume: Readonly<Record<string, boolean>>;
}

export interface Corporation {
  readonly apps: AppSide;
  readonly kf: Kf;
  readonly robots: Robots;
  readonly tokens: Tokens;
  /** Undefined: there is no such interface. */
  execute(call: Call): Answer | undefined;
}

export function createCorporation(parts: CorporationParts): Corporation {
  const { tenant, clock, board, cards, files, limits, posts, calls, assume } = parts;
  const tokens = createTokens({ corpId: tenant.corpId, clock });
  const media = createMedia({ files, clock });
  const messages = createMessages({ tenant, clock, board, cards, files, limits });
  const apps = createAppSide({ tenant, clock, board, files, cards, posts, messages, tokens });
  const refusesRepeats = assume["refusesRepeatedKfMessages"] ?? true;
  const kf = createKf({ tenant, clock, board, files, posts, tokens, limits, calls, refusesRepeats });
  const robots = createRobots({ board, cards, files, media, limits });

  const open: Readonly<Record<string, (call: Call) => Answer>> = {
    "GET gettoken": tokens.issue,
    "POST webhook/send": robots.send,
    "POST webhook/upload_media": robots.upload,
  };
  const ofEverybody: Readonly<Record<string, (call: Call) => Answer>> = {
    "POST media/upload": (call) => media.upload(call, CORPORATION),
    "GET media/get": (call) => media.fetch(call, CORPORATION),
    "POST kf/sync_msg": kf.sync,
    "POST kf/send_msg": kf.send,
    "POST kf/send_msg_on_event": kf.welcome,
    "POST message/recall": messages.recall,
    "GET getcallbackip": () => answered({ ip_list: ["192.0.2.1"] }),
  };
  const ofApplications: Readonly<Record<string, (call: Call, app: Application) => Answer>> = {
    "POST message/send": messages.send,
    "POST message/update_template_card": messages.updateCard,
    "POST appchat/create": messages.createChat,
    "POST appchat/send": messages.sendToChat,
  };

  return {
    apps,
    kf,
    robots,
    tokens,
    execute(call) {
      const name = `${call.method} ${call.name.replace("cgi-bin/", "")}`;
      const free = open[name];
      if (free !== undefined) return free(call);
      const [common, own] = [ofEverybody[name], ofApplications[name]];
      if (common === undefined && own === undefined) return undefined;
      const holder = tokens.holderOf(call);
      if (typeof holder === "string") return weComError(holder);
      if (common !== undefined) return common(call);
      const app = apps.ofSecret(holder.id);
      return app === undefined || own === undefined ? weComError("48002") : own(call, app);
    },
  };
}
