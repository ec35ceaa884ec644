/** The ways in of one account: its connection, its callbacks, or both, with one status. */
import type { Listener } from "@openclaw-china/core";
import { listenBoth } from "@openclaw-china/core/internal";
import { type CallbackOptions, listenCallbacks } from "./callback.ts";
import { listenStream, type StreamOptions } from "./socket.ts";

export interface WaysIn {
  /** Of a bot over its long connection. */
  readonly stream: StreamOptions | undefined;
  /** Of a bot in callback mode, an application, customer service: as many as there are. */
  readonly callbacks: CallbackOptions;
}

/** An application beside a bot has callbacks of its own; both end in one inbox. */
export function listen({ stream, callbacks }: WaysIn): Listener {
  if (stream === undefined) return listenCallbacks(callbacks);
  return callbacks.doors.length === 0
    ? listenStream(stream)
    : listenBoth(listenStream(stream), listenCallbacks(callbacks));
}
