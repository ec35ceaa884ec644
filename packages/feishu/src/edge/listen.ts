/** The ways in of one account: its connection, its callbacks, or both, with one status. */
import type { Listener } from "@openclaw-china/core";
import { listenBoth } from "@openclaw-china/core/internal";
import { type CallbackOptions, listenCallbacks } from "./callback.ts";
import { listenStream, type StreamOptions } from "./socket.ts";

export interface WaysIn extends StreamOptions {
  readonly mode: "stream" | "webhook" | "both";
  /** Of webhook mode. */
  readonly webhook: Pick<CallbackOptions, "encryptKey" | "verificationToken">;
}

/** Both ways end in one inbox: whichever brings a message first wins, the other is a duplicate. */
export function listen(options: WaysIn): Listener {
  if (options.mode === "stream") return listenStream(options);
  const { desk, webhook, signal, credentials } = options;
  const { account, clock, log, sink } = desk;
  const callbacks = listenCallbacks({ ...webhook, account, clock, log, sink, signal, appId: credentials.appId, desk });
  return options.mode === "webhook" ? callbacks : listenBoth(listenStream(options), callbacks);
}
