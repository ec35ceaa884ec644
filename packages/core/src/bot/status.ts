/** Status of a bot as data and as a stream: the newest only, nothing is queued for a slow reader. */
import type { BotStatus } from "./types.ts";

export interface StatusFeed {
  /** Something changed. */
  touch(): void;
  watch(signal: AbortSignal | undefined): AsyncIterable<BotStatus>;
  close(): void;
}

export function createStatusFeed(read: () => BotStatus): StatusFeed {
  const wakers = new Set<() => void>();
  let version = 0;
  let closed = false;
  const wake = (): void => {
    for (const waker of wakers) waker();
  };
  async function* watch(signal: AbortSignal | undefined): AsyncGenerator<BotStatus> {
    let seen = -1;
    while (!closed && signal?.aborted !== true) {
      if (seen !== version) {
        seen = version;
        yield read();
        continue;
      }
      const changed = Promise.withResolvers<void>();
      const waker = (): void => changed.resolve();
      wakers.add(waker);
      signal?.addEventListener("abort", waker, { once: true });
      try {
        await changed.promise;
      } finally {
        wakers.delete(waker);
        signal?.removeEventListener("abort", waker);
      }
    }
  }
  return {
    touch() {
      version += 1;
      wake();
    },
    watch,
    close() {
      closed = true;
      wake();
    },
  };
}
