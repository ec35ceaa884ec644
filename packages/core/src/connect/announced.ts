/**
 * A connection of which a platform lets several be: each hears only a part of the messages, and the platform gives no sign of
 * it. Others that share the state are told in the log and the status.
 */
import type { Logger } from "../log.ts";
import type { Holder, Listener } from "../model/channel.ts";
import { announceHolder, type HolderOptions } from "./lease.ts";
import type { Supervised } from "./supervisor.ts";

/** The connection as a listener, and its record for as long as it listens. */
export function announced(
  link: Supervised,
  holder: HolderOptions,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Listener {
  const { account } = holder;
  const ended = new AbortController();
  const onOthers = (others: readonly Holder[]): void => {
    link.setOthers(others);
    if (others.length === 0) log.info({ account }, "this is the app's only connection again");
    else log.warn({ account, others: others.map(whoOf) }, "somebody else listens to this app: each hears only a part");
  };
  const holding = announceHolder(holder, { signal: ended.signal, log, onOthers });
  const release = (): void => ended.abort(new Error("the listener is closed"));
  signal.addEventListener("abort", release, { once: true });
  return {
    status: link.status,
    statuses: link.statuses,
    async close() {
      signal.removeEventListener("abort", release);
      release();
      await Promise.all([link.close(), holding]);
    },
  };
}

function whoOf({ account, host, pid, since }: Holder): object {
  return { account, host, pid, since: new Date(since).toISOString() };
}
