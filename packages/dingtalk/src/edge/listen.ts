/** The ways in of one account: its connection, its callbacks, or both, with one status. */
import type { ConnectionStatus, Listener } from "@openclaw-china/core";
import { type CallbackOptions, listenCallbacks } from "./callback.ts";
import { createSealedEvents } from "./sealed.ts";
import { listenStream, type StreamOptions } from "./socket.ts";

export interface WaysIn extends StreamOptions {
  readonly mode: "stream" | "webhook" | "both";
  /** Of webhook mode. */
  readonly webhook: { readonly token?: string | undefined; readonly aesKey?: string | undefined };
}

/** Both ways end in one inbox: whichever brings a message first wins, the other is a duplicate. */
export function listen(options: WaysIn): Listener {
  if (options.mode === "stream") return listenStream(options);
  const callbacks = listenCallbacks(callbacksOf(options));
  return options.mode === "webhook" ? callbacks : together(listenStream(options), callbacks);
}

function callbacksOf({
  self,
  credentials,
  runtime,
  sink,
  signal,
  webhook: { token, aesKey },
}: WaysIn): CallbackOptions {
  const { clock, log } = runtime;
  const { appKey: owner, appSecret } = credentials;
  const hasEvents = token !== undefined && aesKey !== undefined;
  const events = hasEvents ? createSealedEvents({ token, aesKey, owner }) : undefined;
  return { self, appSecret, token, events, clock, log, sink, signal };
}

/** The connection's status: it is the way of which it can be said whether it stands. */
function together(link: Listener, callbacks: Listener & Required<Pick<Listener, "webhook">>): Listener {
  const status = (): ConnectionStatus => {
    const now = link.status();
    const lastInboundAt = Math.max(now.lastInboundAt ?? 0, callbacks.status().lastInboundAt ?? 0);
    return lastInboundAt === 0 ? now : { ...now, lastInboundAt };
  };
  return {
    webhook: callbacks.webhook,
    status,
    async *statuses() {
      for await (const _ of link.statuses()) yield status();
    },
    async close() {
      await Promise.all([callbacks.close(), link.close()]);
    },
  };
}
