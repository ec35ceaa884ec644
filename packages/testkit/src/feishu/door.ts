/** What stands before every interface: token, scope and limits. */
import type { Clock } from "@openclaw-china/core";
import type { Answer, Call } from "../server.ts";
import { type Execute, feishuError, scopesOf } from "./answers.ts";
import { createLimits, type Limits } from "./limits.ts";
import { routeOf } from "./routes.ts";
import { createScopes, type Scopes } from "./scopes.ts";
import type { Tenant } from "./tenant.ts";
import { createTokens, type Tokens } from "./token.ts";

export type { FeishuQuota } from "./limits.ts";
export type { FeishuScope } from "./scopes.ts";

export interface Rules {
  readonly tokens: Tokens;
  readonly scopes: Scopes;
  readonly limits: Limits;
}

export function createRules({ tenant, clock }: { readonly tenant: Tenant; readonly clock: Clock }): Rules {
  return { tokens: createTokens({ tenant, clock }), scopes: createScopes(), limits: createLimits(clock) };
}

export interface DoorParts extends Rules {
  /** Calls that need no token and count for nothing, by name. */
  readonly open: Readonly<Record<string, (call: Call) => Answer>>;
  readonly interfaces: Readonly<Record<string, Execute>>;
}

/** Executes a call, or says why not. */
export function createDoor({ tokens, scopes, limits, open, interfaces }: DoorParts): (call: Call) => Answer {
  return (call) => {
    const { name, ids } = routeOf(call.method, call.url);
    const free = open[name];
    if (free !== undefined) return free(call);
    const metered = interfaces[name];
    if (metered === undefined) return { status: 404, body: "404 page not found" };
    const bot = tokens.appOf(call);
    if (typeof bot === "string") return feishuError(bot, call);
    const wanted = scopesOf(name);
    if (!scopes.hasOne(bot, wanted)) return feishuError(`99991672 ${wanted.join(",")} ${bot.appId}`, call);
    const exceeded = limits.takeCall(bot.appId, name);
    return exceeded === undefined ? metered(call, bot, ids) : feishuError(exceeded, call);
  };
}
