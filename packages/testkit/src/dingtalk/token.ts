/** Access tokens: the same one while it lives, with what is left of its life. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError } from "./answers.ts";
import type { Bot, Tenant } from "./tenant.ts";

const LIFE_MS = 7_200_000;

export interface Tokens {
  /** POST /v1.0/oauth2/accessToken, and the old GET /gettoken. */
  issue(call: Call): Answer;
  /** The app a call is made by. */
  appOf(call: Call): Bot | undefined;
  /** Every token is void from now on, as after a change of the secret. */
  revoke(): void;
}

export function createTokens({ tenant, clock }: { readonly tenant: Tenant; readonly clock: Clock }): Tokens {
  const byToken = new Map<string, { readonly bot: Bot; readonly expiresAt: number }>();
  const byApp = new Map<string, string>();

  const tokenOf = (bot: Bot): string => {
    const known = byApp.get(bot.appKey);
    const entry = known === undefined ? undefined : byToken.get(known);
    if (known !== undefined && entry !== undefined && entry.expiresAt > clock.now()) return known;
    const token = randomUUID().replaceAll("-", "");
    byToken.set(token, { bot, expiresAt: clock.now() + LIFE_MS });
    byApp.set(bot.appKey, token);
    return token;
  };

  const secondsLeft = (token: string): number =>
    Math.max(1, Math.round(((byToken.get(token)?.expiresAt ?? 0) - clock.now()) / 1_000));

  return {
    issue(call) {
      const { appKey, appSecret } = call.name === "gettoken" ? oldCredentials(call) : newCredentials(call);
      const bot = tenant.bot(appKey);
      if (bot === undefined) return dingTalkError(call.name === "gettoken" ? "40089" : "invalidClientIdOrSecret");
      if (bot.appSecret !== appSecret)
        return dingTalkError(call.name === "gettoken" ? "40089" : "invalidClientIdOrSecret");
      const token = tokenOf(bot);
      if (call.name === "gettoken")
        return { status: 200, body: { errcode: 0, errmsg: "ok", access_token: token, expires_in: secondsLeft(token) } };
      return { status: 200, body: { accessToken: token, expireIn: secondsLeft(token) } };
    },
    appOf({ headers, url }) {
      const header = headers["x-acs-dingtalk-access-token"];
      const token = typeof header === "string" ? header : (url.searchParams.get("access_token") ?? "");
      const entry = byToken.get(token);
      return entry !== undefined && entry.expiresAt > clock.now() ? entry.bot : undefined;
    },
    revoke() {
      byToken.clear();
      byApp.clear();
    },
  };
}

function newCredentials({ body }: Call): { readonly appKey: string; readonly appSecret: string } {
  const { appKey = "", appSecret = "" } = (jsonOf(body) ?? {}) as Record<string, unknown>;
  return { appKey: String(appKey), appSecret: String(appSecret) };
}

function oldCredentials({ url }: Call): { readonly appKey: string; readonly appSecret: string } {
  return { appKey: url.searchParams.get("appkey") ?? "", appSecret: url.searchParams.get("appsecret") ?? "" };
}
