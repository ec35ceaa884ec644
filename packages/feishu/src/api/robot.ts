/** The address of a group's custom bot. Source: "Custom bot usage guide" of the platform's documents. */
import type { Clock, Transport } from "@openclaw-china/core";
import { exchange, type ExchangeRequest } from "@openclaw-china/core/internal";
import { judge } from "./judge.ts";

export interface HookCall {
  readonly api: string;
  readonly token: string;
  readonly json: object;
  readonly proxy: NonNullable<ExchangeRequest["proxy"]>;
  /** Never to be seen in a text. */
  readonly secrets: readonly string[];
}

/** POST /open-apis/bot/v2/hook/{token}. The platform gives the message no id. */
export async function postToHook(
  deps: { readonly http: Transport; readonly clock: Clock },
  { api, token, json, proxy, secrets }: HookCall,
): Promise<void> {
  const signal = new AbortController().signal; // the call ends by its own deadline: what is on its way is not called off
  const url = `${api}/open-apis/bot/v2/hook/${encodeURIComponent(token)}`;
  const answer = await exchange(deps, { method: "POST", url, json, proxy, signal });
  judge(answer, { what: "send to the group by its robot", codes: "api", secrets });
}
