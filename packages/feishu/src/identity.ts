/**
 * Who the bot is: needed to know whether a group's message is for it. Asked once, since each call counts against the tenant's
 * quota, and kept in the Store.
 */
import type { Clock, Logger, Store } from "@openclaw-china/core";
import { type BotInfo, getBotInfo } from "./api/users.ts";
import type { Client } from "./api/client.ts";
import type { Identity } from "./edge/take.ts";

const KEEP_MS = 30 * 86_400_000;
/** The platform waits 3 s for an acknowledgement. */
const WAIT_MS = 2_000;
const FIRST_AGAIN_MS = 1_000;
const LAST_AGAIN_MS = 60_000;

export interface IdentityDeps {
  readonly client: Client;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly appId: string;
}

/** Asks in the background until it knows, or until aborted. */
export function createIdentity(deps: IdentityDeps, signal: AbortSignal): Identity {
  const { clock, log, account } = deps;
  let openId: string | undefined;
  const known = ask(deps, signal).then(
    (info) => {
      ({ openId } = info);
    },
    (error: unknown) => {
      if (!signal.aborted) log.error({ err: error, account }, "the bot does not know who it is; groups are not heard");
    },
  );
  return {
    get openId() {
      return openId;
    },
    async wait() {
      const done = new AbortController();
      await Promise.race([known, clock.sleep(WAIT_MS, done.signal).catch(() => "known in time")]);
      done.abort(new Error("it is known, or it takes too long"));
      return openId;
    },
  };
}

async function ask(deps: IdentityDeps, signal: AbortSignal): Promise<Pick<BotInfo, "openId">> {
  const { client, store, clock, log, account, appId } = deps;
  const name = `bot:feishu:${appId}`;
  const kept = await store.get(name);
  if (kept !== undefined) return { openId: kept.value };
  for (let waitMs = FIRST_AGAIN_MS; ; waitMs = Math.min(2 * waitMs, LAST_AGAIN_MS)) {
    try {
      const info = await getBotInfo(client, signal);
      await store.put(name, info.openId, KEEP_MS);
      return info;
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn({ err: error, account }, "the bot could not ask who it is; group messages wait, and it is asked again");
      await clock.sleep(waitMs, signal);
    }
  }
}
