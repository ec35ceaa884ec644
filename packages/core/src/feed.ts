/** A value that changes, as an async iterable: the newest only, nothing is queued for a slow reader. */

export interface Feed<T> {
  /** Something changed. */
  touch(): void;
  /** The present value at once, then each change, until aborted or closed. */
  watch(signal?: AbortSignal): AsyncIterable<T>;
  close(): void;
}

export function createFeed<T>(read: () => T): Feed<T> {
  const wakers = new Set<() => void>(); // one per reader
  let version = 0;
  let closed = false;
  const wake = (): void => {
    for (const waker of wakers) waker();
  };
  const changed = async (signal: AbortSignal | undefined): Promise<void> => {
    const change = Promise.withResolvers<void>();
    const waker = (): void => change.resolve();
    wakers.add(waker);
    signal?.addEventListener("abort", waker, { once: true });
    try {
      await change.promise;
    } finally {
      wakers.delete(waker);
      signal?.removeEventListener("abort", waker);
    }
  };
  async function* watch(signal?: AbortSignal): AsyncGenerator<T> {
    let seen = -1;
    while (signal?.aborted !== true) {
      if (seen !== version) {
        seen = version;
        yield read();
      } else if (closed) {
        return;
      } else {
        await changed(signal);
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
