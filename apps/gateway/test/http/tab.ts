/** A page as the gateway sees it: its stream of events, read as they come. */
import type { Changes } from "../../page/src/facts.ts";

/** An open page. */
export interface Tab extends AsyncDisposable {
  next(): Promise<Changes>;
  /** Everything up to the one that satisfies; those that `next` gave are among them. */
  until(isLast: (changes: Changes) => boolean): Promise<readonly Changes[]>;
}

/** One page's stream of events. */
export async function openTab(address: string): Promise<Tab> {
  const stop = new AbortController();
  const answer = await fetch(`${address}/api/events`, { signal: stop.signal });
  const texts = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (texts === undefined) throw new Error("the answer has no body");
  const seen: Changes[] = [];
  let rest = "";
  const next = async (): Promise<Changes> => {
    for (let end = rest.indexOf("\n\n"); end === -1; end = rest.indexOf("\n\n")) {
      const { done, value } = await texts.read();
      if (done) throw new Error("the stream has ended");
      rest += value;
    }
    const end = rest.indexOf("\n\n");
    const changes = JSON.parse(rest.slice("data: ".length, end)) as Changes;
    rest = rest.slice(end + 2);
    seen.push(changes);
    return changes;
  };
  return {
    next,
    async until(isLast) {
      while (!isLast(await next()));
      return seen;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await texts.cancel().catch(() => "it was aborted");
    },
  };
}
