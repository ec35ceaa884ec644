/** Reads a stream of text until it ends, fails, or is called off; a producer that ignores the signal is left behind. */

export type Consumed =
  | { readonly end: "complete"; readonly text: string }
  | { readonly end: "aborted"; readonly text: string; readonly reason: unknown }
  | { readonly end: "failed"; readonly text: string; readonly error: unknown };

/** Pieces are appended as they come, never compared or merged. `show` gets the whole text so far. */
export async function consume(
  source: AsyncIterable<string>,
  signal: AbortSignal,
  show: (text: string) => void,
): Promise<Consumed> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<"aborted">();
  const stop = (): void => aborted.resolve("aborted");
  signal.addEventListener("abort", stop, { once: true });
  let text = "";
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      if (next === "aborted") break;
      if (next.done === true) return { end: "complete", text };
      text += next.value;
      show(text);
    }
    abandon(iterator);
    return { end: "aborted", text, reason: signal.reason };
  } catch (error) {
    if (signal.aborted) return { end: "aborted", text, reason: signal.reason };
    return { end: "failed", text, error };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Lets the producer clean up without waiting for it: it may hang in the very call that was aborted. */
function abandon(iterator: AsyncIterator<string>): void {
  const returned = iterator.return?.();
  returned?.catch(() => "the producer failed while it was called off; nobody waits for it");
}
