/** Middle: the messages of a place as that person sees them; a card shows that it grows. */
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { DIRECT, type Message } from "./facts.ts";
import { RichText } from "./rich-text.tsx";
import type { Store } from "./store.ts";
import { text, type TextKey } from "./texts.ts";

/** Nearer to the end than this (and half a screen), the chat follows what is written; it also does after a message of one's own. */
const NEAR_PX = 120;

export function Chat({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const box = useRef<HTMLDivElement>(null);
  const messages = store.messages.value;
  const last = messages.at(-1);
  const place = store.place.value;
  const seen = useRef({ place: "", id: "" });
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const isNew = seen.current.place !== place || seen.current.id === "";
    const own = last !== undefined && !last.isBot && seen.current.id !== last.id;
    const left = current.scrollHeight - current.scrollTop - current.clientHeight;
    if (isNew || own || left < NEAR_PX + current.clientHeight / 2) current.scrollTop = current.scrollHeight;
    seen.current = { place, id: last?.id ?? "" };
  }, [place, last?.id, last?.text, last?.state]);
  return (
    <div class="chat" ref={box} role="log" aria-live="polite" aria-relevant="additions text" tabIndex={0}>
      {messages.length === 0 ? (
        <p class="hint">{text(language, store.place.value === DIRECT ? "empty" : "emptyGroup")}</p>
      ) : undefined}
      {messages.map((message) => (
        <Bubble key={message.id} message={message} store={store} />
      ))}
    </div>
  );
}

const ENDS: Readonly<Record<Message["state"], TextKey>> = {
  growing: "growing",
  finished: "finished",
  failed: "failedCard",
  recalled: "recalled",
};

function Bubble({ message, store }: { readonly message: Message; readonly store: Store }): JSX.Element {
  const { id, isBot, kind, state, text: said, reactions, buttons } = message;
  const language = store.language.value;
  const demo = store.demo.value;
  const who = isBot ? (demo?.bot.name ?? "Bot") : (demo?.person.name ?? text(language, "you"));
  const chosen = !isBot && store.selected.value?.id === id;
  return (
    <article class={`message ${isBot ? "bot" : "own"} ${state}`} data-id={id} data-kind={kind} data-state={state}>
      <span class="avatar" aria-hidden="true">
        {[...who][0]}
      </span>
      <div class="body">
        <span class="who">{who}</span>
        {isBot ? (
          <div class={`bubble ${kind}`}>
            {said === "" ? <span class="dots" aria-label={text(language, "growing")} /> : <RichText source={said} />}
            {buttons.length === 0 || state === "recalled" ? undefined : (
              <span class="buttons">
                {buttons.map((button) => (
                  <button type="button" key={button.id} onClick={() => void store.press(id, button.id)}>
                    {button.label}
                  </button>
                ))}
              </span>
            )}
            {kind === "card" ? (
              <span class="foot">
                <span>{text(language, "card")}</span>
                <span class="end">{text(language, ENDS[state])}</span>
              </span>
            ) : undefined}
          </div>
        ) : (
          <button type="button" class="bubble" aria-pressed={chosen} onClick={() => store.select(id)}>
            {said}
          </button>
        )}
        {reactions.length === 0 ? undefined : <span class="reactions">{reactions.join(" ")}</span>}
      </div>
    </article>
  );
}
