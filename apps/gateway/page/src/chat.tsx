/** Middle: the messages of a place as that person sees them. It follows what is written while one is at its end. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { JSX, RefObject } from "preact";
import { Bubble } from "./bubble.tsx";
import { DIRECT, type Message } from "./facts.ts";
import { plainText } from "./markdown.ts";
import type { Store } from "./store.ts";
import { text, type Language } from "./texts.ts";

export function Chat({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const messages = store.messages.value;
  const place = store.place.value;
  const newestOwn = messages.findLast(({ isBot }) => !isBot)?.id;
  const { box, list, onScroll } = useEnd([place, newestOwn]);
  return (
    <>
      <div class="chat" ref={box} onScroll={onScroll} role="log" aria-live="off" tabIndex={0}>
        <div class="list" ref={list}>
          {messages.length === 0 ? (
            <p class="hint">{text(language, place === DIRECT ? "empty" : "emptyGroup")}</p>
          ) : undefined}
          {messages.map((message) => (
            <Bubble key={message.id} message={message} store={store} />
          ))}
        </div>
      </div>
      <p class="unseen" role="status">
        {announced(messages, language)}
      </p>
    </>
  );
}

/** For those who listen: an answer once it is finished, not each of its words. */
function announced(messages: readonly Message[], language: Language): string {
  const newest = messages.at(-1);
  if (newest === undefined || newest.state === "growing") return "";
  if (newest.isBot) return plainText(newest.text);
  return newest.mentioned === false ? text(language, "unmentioned") : "";
}

/** Nearer to the end than this one is at the end. */
const NEAR_PX = 60;

interface End {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly list: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
}

/** Stays at the end while things grow, unless one has scrolled away; goes back to it when one of `causes` changes. */
function useEnd(causes: readonly unknown[]): End {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const toEnd = (): void => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => isAtEnd.current && toEnd());
    for (const { current } of [box, list]) if (current !== null) observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    isAtEnd.current = true;
    toEnd();
  }, causes);
  return {
    box,
    list,
    onScroll() {
      if (box.current === null) return;
      const { scrollHeight, scrollTop, clientHeight } = box.current;
      isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    },
  };
}
