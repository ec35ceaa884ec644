/** tenant_access_token: the same one while it has half an hour to live, then a second one beside it. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { feishuError } from "./answers.ts";
import { asJson } from "./json.ts";
import type { Bot, Tenant } from "./tenant.ts";

const LIFE_MS = 7_200_000;
const KEPT_MS = 1_800_000;

export interface Tokens {
  /** POST auth/v3/tenant_access_token/internal. */
  issue(call: Call): Answer;
  /** The app a call is made by, or the code of the refusal. */
  appOf(call: Call): Bot | string;
  /** Every token is void from now on, as after a change of the secret. */
  revoke(): void;
}

interface Issued {
  readonly token: string;
  readonly bot: Bot;
  readonly expiresAt: number;
}

export function createTokens({ tenant, clock }: { readonly tenant: Tenant; readonly clock: Clock }): Tokens {
  const byToken = new Map<string, Issued>();
  const newest = new Map<string, Issued>();

  const tokenOf = (bot: Bot): Issued => {
    const known = newest.get(bot.appId);
    if (known !== undefined && known.expiresAt - clock.now() >= KEPT_MS) return known;
    const token = `t-g1${randomUUID().replaceAll("-", "")}`;
    const issued = { token, bot, expiresAt: clock.now() + LIFE_MS };
    byToken.set(token, issued);
    newest.set(bot.appId, issued);
    return issued;
  };

  return {
    issue(call) {
      const { app_id: appId, app_secret: secret } = asJson(jsonOf(call.body));
      const bot = tenant.bots().find((one) => one.appId === appId);
      if (bot === undefined) return feishuError("10003", call);
      if (bot.appSecret !== secret) return feishuError("10014", call);
      const { token, expiresAt } = tokenOf(bot);
      const expire = Math.max(1, Math.round((expiresAt - clock.now()) / 1_000));
      return { status: 200, body: { code: 0, msg: "ok", tenant_access_token: token, expire } };
    },
    appOf({ headers }) {
      const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
      if (token === undefined) return "99991661";
      if (!/^[tu]-/.test(token)) return "99991671";
      const issued = byToken.get(token);
      if (issued === undefined) return "99991663";
      return issued.expiresAt > clock.now() ? issued.bot : "99991677";
    },
    revoke() {
      byToken.clear();
      newest.clear();
    },
  };
}
