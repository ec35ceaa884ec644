/** What DingTalk counts and limits, as data. Source: the throttling appendix of the server API, standard edition. */
import type { Runtime } from "@openclaw-china/core";
import { createQuotas, type Quota, sha256Hex } from "@openclaw-china/core/internal";

/**
 * The platform takes 20 calls in any second, per app and interface: a burst, and what is let through behind it. All card
 * calls of an app share one such pace, whatever their interface, so that streamed answers starve nothing else.
 */
const PACE = { perSecond: 15, burst: 4 };

/** Calls that do not count toward the month: tokens, login, directory. Session webhooks are no interface calls at all. */
const FREE: readonly string[] = ["/v1.0/oauth2/", "/v1.0/contact/", "/topapi/v2/user/", "/topapi/v2/department/"];

/** True: the call counts toward the organisation's month. */
export function isMetered(path: string): boolean {
  return !FREE.some((prefix) => path.startsWith(prefix));
}

/** Pace and ledger of an app: the same object for all who call in its name and share a state. */
export function appQuota(
  { quotas, store, clock, log }: Pick<Runtime, "quotas" | "store" | "clock" | "log">,
  app: { readonly appKey: string; readonly endpoints: { readonly api: string } },
): Quota {
  const name = `dingtalk:${sha256Hex(`${app.endpoints.api} ${app.appKey}`).slice(0, 24)}`;
  return (quotas ?? createQuotas({ store, clock })).of(name, { ...PACE, log });
}
