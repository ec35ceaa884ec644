/** The page's stream of events: open while somebody looks, opened again when it breaks. */
import type { Changes } from "./facts.ts";

/** Who hears what comes. */
export interface LinkEnds {
  take(changes: Changes): void;
  /** False: it is broken and is being opened again. */
  linked(isLinked: boolean): void;
}

const AGAIN_MS = 2_000;

/** A browser has few connections for one address: a tab that nobody sees gives its own back. */
export function keepLinked({ take, linked }: LinkEnds): void {
  let events: EventSource | undefined;
  const open = (): void => {
    events?.close();
    if (document.hidden) return;
    const opened = new EventSource("api/events");
    events = opened;
    opened.addEventListener("message", ({ data }: MessageEvent<string>) => {
      take(JSON.parse(data) as Changes);
      linked(true);
    });
    opened.addEventListener("error", () => {
      linked(false);
      // The browser opens it again by itself, except where it got an answer that is no stream.
      if (opened.readyState === EventSource.CLOSED) setTimeout(() => events === opened && open(), AGAIN_MS);
    });
  };
  document.addEventListener("visibilitychange", open);
  open();
}
