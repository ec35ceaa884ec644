/** The secrets of an account, resolved when it is opened and not when it is made: build steps load modules without them. */
import { readEnv, secretMissing, textOf } from "@openclaw-china/core/internal";
import type { CallbackKeys, WeComApp, WeComKf, WeComOptions } from "./options.ts";

/** What an account has. */
export interface Secrets {
  /** Of a bot over its long connection. */
  readonly bot?: { readonly botId: string; readonly botSecret: string };
  /** Of a bot in callback mode. */
  readonly callback?: CallbackKeys;
  readonly app?: AppSecrets & { readonly agentId: number };
  readonly kf?: AppSecrets & { readonly openKfId: string | undefined };
}

interface AppSecrets {
  readonly corpId: string;
  readonly corpSecret: string;
  readonly keys: CallbackKeys;
}

/** Throws `secret_missing`, with the option that lacks. */
export function secretsOf(options: WeComOptions, mode: "stream" | "webhook" | undefined): Secrets {
  const { app, kf } = options;
  return {
    ...(mode === "stream" ? { bot: botOf(options) } : {}),
    ...(options.mode === "webhook" ? { callback: keysOf("", options) } : {}),
    ...(app === undefined ? {} : { app: { ...ofCorporation("app", app), agentId: app.agentId } }),
    ...(kf === undefined ? {} : { kf: { ...ofCorporation("kf", kf), openKfId: textOf(kf.openKfId) } }),
  };
}

function botOf(options: WeComOptions): NonNullable<Secrets["bot"]> {
  const given = options.mode === "webhook" ? {} : options;
  const secret = textOf(given.botSecret) || readEnv("WECOM_BOT_SECRET")?.trim();
  return {
    botId: textOf(given.botId) || readEnv("WECOM_BOT_ID")?.trim() || secretMissing("botId", "bot_id", "WECOM_BOT_ID"),
    botSecret: secret || secretMissing("botSecret", "bot_secret", "WECOM_BOT_SECRET"),
  };
}

function ofCorporation(of: "app" | "kf", given: WeComApp | WeComKf): AppSecrets {
  const { corpId, corpSecret } = given;
  const variable = `WECOM_${of.toUpperCase()}`;
  return {
    corpId: textOf(corpId) ?? secretMissing(`${of}.corpId`, `${of}.corp_id`, `${variable}_CORP_ID`),
    corpSecret: textOf(corpSecret) ?? secretMissing(`${of}.corpSecret`, `${of}.corp_secret`, `${variable}_CORP_SECRET`),
    keys: keysOf(`${of}.`, given),
  };
}

interface Given {
  readonly token?: string | undefined;
  readonly encodingAesKey?: string | undefined;
  readonly receiveId?: string;
  readonly corpId?: string | undefined;
}

/** The callbacks of a corporation are sealed for it. */
function keysOf(path: string, given: Given): CallbackKeys {
  const variable = path === "" ? "WECOM" : `WECOM_${path.replace(".", "").toUpperCase()}`;
  const receiveId = given.receiveId ?? textOf(given.corpId);
  return {
    token: textOf(given.token) ?? secretMissing(`${path}token`, `${path}token`, `${variable}_TOKEN`),
    encodingAesKey:
      textOf(given.encodingAesKey) ??
      secretMissing(`${path}encodingAesKey`, `${path}encoding_aes_key`, `${variable}_ENCODING_AES_KEY`),
    receiveId,
  };
}
