/** The open interfaces of one tenant: who may call them, and what they do. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { Answer, Call } from "../server.ts";
import { feishuError } from "./answers.ts";
import { type Archive, createArchive } from "./archive.ts";
import { createContent } from "./content.ts";
import { createLimits, type Limits } from "./limits.ts";
import { createMessages, type Execute } from "./messages.ts";
import { routeOf } from "./routes.ts";
import { type Bot, openIdOf, type Tenant } from "./tenant.ts";
import { createTokens, type Tokens } from "./token.ts";

export interface PlatformParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  /** Calls that need no token, by name. */
  readonly open: Readonly<Record<string, (call: Call) => Answer>>;
}

export interface Platform {
  readonly archive: Archive;
  readonly limits: Limits;
  readonly tokens: Tokens;
  execute(call: Call): Answer;
}

export function createPlatform({ tenant, clock, board, open }: PlatformParts): Platform {
  const limits = createLimits(clock);
  const tokens = createTokens({ tenant, clock });
  const archive = createArchive(clock);
  const nameOf = (openId: string, bot: Bot): string | undefined =>
    tenant.bot(openId)?.name ?? tenant.members().find((one) => openIdOf(one, bot.appId) === openId)?.name;
  const shownOf = createContent({ uploaded: () => undefined, entity: () => "230099 200740", nameOf });
  const messages = createMessages({ tenant, clock, board, archive, limits, shownOf, placed: () => undefined });

  const interfaces: Readonly<Record<string, Execute>> = {
    "im/message/create": messages.create,
    "im/message/reply": messages.reply,
    "im/message/update": messages.update,
    "im/message/patch": messages.patch,
    "im/message/delete": messages.recall,
    "im/message/get": messages.get,
    "im/message/list": messages.list,
    "im/message/forward": messages.forward,
  };
  const free: PlatformParts["open"] = { ...open, "auth/tenantAccessToken": tokens.issue };

  return {
    archive,
    limits,
    tokens,
    execute(call) {
      const { name, ids } = routeOf(call.method, call.url);
      const unmetered = free[name];
      if (unmetered !== undefined) return unmetered(call);
      const metered = interfaces[name];
      if (metered === undefined) return { status: 404, body: "404 page not found" };
      const bot = tokens.appOf(call);
      if (typeof bot === "string") return feishuError(bot, call);
      const exceeded = limits.takeCall(bot.appId, name);
      return exceeded === undefined ? metered(call, bot, ids) : feishuError(exceeded, call);
    },
  };
}
