/** Which channel a platform's HTTP call is for: by the end of its path. */
import type { Listener } from "../model/channel.ts";

export interface WebhookTarget {
  readonly channel: string;
  readonly account: string;
  readonly webhook: NonNullable<Listener["webhook"]>;
}

/** With one target every path is its; with several the path ends in `/<channel>` or `/<channel>/<account>`. */
export function chooseTarget(targets: readonly WebhookTarget[], url: string): WebhookTarget | undefined {
  if (targets.length === 1) return targets[0];
  const parts = new URL(url).pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decode);
  const last = parts.at(-1);
  const byAccount = targets.find(({ channel, account }) => channel === parts.at(-2) && account === last);
  return byAccount ?? targets.find(({ channel, account }) => channel === last && account === "default");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // not ours to repair: it matches no channel
  }
}
