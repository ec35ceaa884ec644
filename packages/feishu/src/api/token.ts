/** The app's access token: POST /open-apis/auth/v3/tenant_access_token/internal, whose answer has no `data`. Not metered. */
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
  readonly appId: string;
  readonly appSecret: string;
}

/** An app, where it is, and how to get there. */
export interface App extends Credentials {
  readonly endpoints: Endpoints;
  readonly proxy: NonNullable<ExchangeRequest["proxy"]>;
}

/** With less than 30 min left the platform hands out a new token, and both are valid. */
const RENEW_BEFORE_MS = 300_000;

/** Shared through the Store by all who use the same app at the same place. */
export function createAppToken(runtime: Runtime, app: App): TokenSource {
  const { store, clock, log, http } = runtime;
  return createTokenSource({
    name: `token:feishu:${sha256Hex(`${app.endpoints.api} ${app.appId}`).slice(0, 24)}`,
    store,
    clock,
    log,
    renewBeforeMs: RENEW_BEFORE_MS,
    fetch: (signal) => retry(() => fetchToken({ http, clock }, app, signal), { clock, signal, repeatUnknown: true }),
  });
}

/** `lifeMs` is what the platform says: small, where a token of before is handed out again. */
export async function fetchToken(
  deps: Pick<Runtime, "http" | "clock"> & Pick<ExchangeRequest, "onStep">,
  { appId, appSecret, endpoints, proxy }: App,
  signal: AbortSignal,
): Promise<{ readonly value: string; readonly lifeMs: number; readonly date: string | undefined }> {
  const { onStep } = deps;
  const answer = await exchange(deps, {
    method: "POST",
    url: `${endpoints.api}/open-apis/auth/v3/tenant_access_token/internal`,
    json: { app_id: appId, app_secret: appSecret },
    proxy,
    signal,
    ...(onStep === undefined ? {} : { onStep }),
  });
  const what = "get an access token";
  const { tenant_access_token: value, expire } = judge(answer, { what, codes: "api", secrets: [appSecret] });
  if (typeof value !== "string" || value === "") throw unclearError(what, "tenant_access_token");
  const lifeMs = Number(expire) > 0 ? Number(expire) * 1_000 : 7_200_000;
  return { value, lifeMs, date: answer.headers["date"] };
}
