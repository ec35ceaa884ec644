/** The ways in of one account: its connection, its callbacks, or both, with one status. */
import type { Listener } from "@openclaw-china/core";
import { listenBoth } from "@openclaw-china/core/internal";
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
  return options.mode === "webhook" ? callbacks : listenBoth(listenStream(options), callbacks);
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
