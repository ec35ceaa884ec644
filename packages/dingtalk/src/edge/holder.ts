/**
 * Notices a second listener of the same app in the same state: DingTalk hands each message to one of an app's connections at
 * random, and gives no sign of it. Across states nobody can tell.
 */
import type { Clock, Logger, Store } from "@openclaw-china/core";
import { sha256Hex } from "@openclaw-china/core/internal";

const HOLD_MS = 60_000;
const RENEW_MS = 30_000;

export interface HolderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** The app, and where it is. */
  readonly app: string;
  /** Until the listener is closed. */
  readonly signal: AbortSignal;
}

/** Resolves when `signal` aborts. Calls `onOther` with the other's account, once. */
export async function holdApp(options: HolderOptions, onOther: (account: string) => void): Promise<void> {
  const { store, clock, log, account, signal } = options;
  const place = `holder:dingtalk:${sha256Hex(options.app).slice(0, 24)}`;
  let told = false;
  while (!signal.aborted) {
    try {
      const holder = (await store.putIfAbsent(place, account, HOLD_MS)) ? undefined : await store.get(place);
      if (holder?.value === account) await store.put(place, account, HOLD_MS);
      else if (holder !== undefined && !told) {
        told = true;
        onOther(holder.value);
      }
    } catch (error) {
      log.debug({ err: error, account }, "whether the app is listened to twice is not known");
    }
    await clock.sleep(RENEW_MS, signal).catch(() => "the listener is closed");
  }
  await store.replaceIf(place, account, undefined).catch(() => "it ends by itself");
}
