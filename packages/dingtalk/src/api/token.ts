/** The app's access token. POST /v1.0/oauth2/accessToken; the old form would put the secret into the address. */
import type { Runtime } from "@openclaw-china/core";
import {
  createTokenSource,
  exchange,
  type ExchangeRequest,
  retry,
  sha256Hex,
  type TokenSource,
} from "@openclaw-china/core/internal";
import { unclearError } from "../errors.ts";
import type { Endpoints } from "../options.ts";
import { judge } from "./judge.ts";

export interface Credentials {
  readonly appKey: string;
  readonly appSecret: string;
}

/** Shared through the Store by all who use the same app at the same place. */
export function createAppToken(
  runtime: Runtime,
  app: Credentials & { readonly endpoints: Endpoints; readonly proxy: NonNullable<ExchangeRequest["proxy"]> },
): TokenSource {
  const { store, clock, log, http } = runtime;
  const name = `token:dingtalk:${sha256Hex(`${app.endpoints.api} ${app.appKey}`).slice(0, 24)}`;
  return createTokenSource({
    name,
    store,
    clock,
    log,
    fetch: (signal) => retry(() => fetchToken({ http, clock }, app, signal), { clock, signal, repeatUnknown: true }),
  });
}

/** What the platform gives as a rule. */
const LIFE_MS = 7_200_000;

/** Not metered. `lifeMs` is what the platform says. */
export async function fetchToken(
  deps: Pick<Runtime, "http" | "clock"> & Pick<ExchangeRequest, "onStep">,
  app: Credentials & { readonly endpoints: Endpoints; readonly proxy: NonNullable<ExchangeRequest["proxy"]> },
  signal: AbortSignal,
): Promise<{ readonly value: string; readonly lifeMs: number; readonly date: string | undefined }> {
  const url = `${app.endpoints.api}/v1.0/oauth2/accessToken`;
  const json = { appKey: app.appKey, appSecret: app.appSecret };
  const { onStep } = deps;
  const followed = onStep === undefined ? {} : { onStep };
  const answer = await exchange(deps, { method: "POST", url, json, proxy: app.proxy, signal, ...followed });
  const facts = { what: "get an access token", auth: "app", secrets: [app.appSecret] } as const;
  const { accessToken, expireIn } = judge(answer, facts);
  if (typeof accessToken !== "string" || accessToken === "") throw unclearError("get an access token", "accessToken");
  const lifeMs = Number(expireIn) > 0 ? Number(expireIn) * 1_000 : LIFE_MS;
  return { value: accessToken, lifeMs, date: answer.headers["date"] };
}
