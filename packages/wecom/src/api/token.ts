/** The access token of an application, or of customer service: one per corporation and secret. GET /cgi-bin/gettoken. */
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
import { judge } from "./judge.ts";

/** Whose token, and where it is asked for. */
export interface Credentials {
  readonly corpId: string;
  readonly corpSecret: string;
  /** Origin of the REST interface. */
  readonly api: string;
  readonly proxy: NonNullable<ExchangeRequest["proxy"]>;
}

/**
 * Shared through the Store by all who have the same corporation and secret at the same place. The secret is part of the
 * name: with a new one the old token is not used on.
 */
export function createAppToken(runtime: Runtime, app: Credentials): TokenSource {
  const { store, clock, log, http } = runtime;
  return createTokenSource({
    name: `token:wecom:${sha256Hex(`${app.api} ${app.corpId} ${app.corpSecret}`).slice(0, 24)}`,
    store,
    clock,
    log,
    fetch: (signal) => retry(() => fetchToken({ http, clock }, app, signal), { clock, signal, repeatUnknown: true }),
  });
}

/** What the platform gives as a rule. */
const LIFE_MS = 7_200_000;

/** Asked again while it is valid the platform gives the same token; asked often it refuses (45009). */
export async function fetchToken(
  deps: Pick<Runtime, "http" | "clock"> & Pick<ExchangeRequest, "onStep">,
  { corpId, corpSecret, api, proxy }: Credentials,
  signal: AbortSignal,
): Promise<{ readonly value: string; readonly lifeMs: number; readonly date: string | undefined }> {
  const what = "get an access token";
  const query = new URLSearchParams({ corpid: corpId, corpsecret: corpSecret });
  const answer = await exchange(deps, {
    method: "GET",
    url: `${api}/cgi-bin/gettoken?${query.toString()}`,
    proxy,
    signal,
  });
  const said = judge(answer, { what, auth: "app", secrets: [corpSecret] });
  const { access_token: value, expires_in: seconds } = said;
  if (typeof value !== "string" || value === "") throw unclearError(what, "access_token");
  const lifeMs = Number(seconds) > 0 ? Number(seconds) * 1_000 : LIFE_MS;
  return { value, lifeMs, date: answer.headers["date"] };
}
