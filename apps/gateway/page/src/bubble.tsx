/** One message. A card shows that it grows; a message of one's own opens its trace. */
import type { JSX } from "preact";
import type { Message } from "./facts.ts";
import { RichText } from "./rich-text.tsx";
import type { Store } from "./store.ts";
import { text, type TextKey } from "./texts.ts";

interface BubbleProps {
  readonly message: Message;
  readonly store: Store;
}

export function Bubble({ message, store }: BubbleProps): JSX.Element {
  const { id, isBot, kind, state } = message;
  const demo = store.demo.value;
  const who = message.by ?? (isBot ? demo?.bot.name : demo?.person.name) ?? "…";
  return (
    <article
      class={`message ${isBot ? "bot" : "own"} ${state}`}
      data-id={id}
      data-kind={kind}
      data-state={state}
      aria-busy={state === "growing"}
    >
      <span class={`avatar ${isBot ? "direct" : "person"}`} aria-hidden="true">
        {[...who][0]}
      </span>
      <div class="body">
        <span class="who">{who}</span>
        {isBot ? <Answer message={message} store={store} /> : <Own message={message} store={store} />}
      </div>
    </article>
  );
}

const STATES: Readonly<Record<Message["state"], TextKey>> = {
  growing: "growing",
  finished: "finished",
  failed: "failed",
  recalled: "recalled",
};

function Answer({ message, store }: BubbleProps): JSX.Element {
  const { id, kind, state, text: said, updates, buttons, isRead } = message;
  const language = store.language.value;
  return (
    <div class={`bubble ${kind}`}>
      {said === "" ? (
        <span class="dots" role="img" aria-label={text(language, "growing")} />
      ) : (
        <RichText source={said} />
      )}
      {buttons.length === 0 || state === "recalled" ? undefined : (
        <span class="buttons">
          {buttons.map((button) => (
            <button type="button" key={button.id} onClick={() => void store.press(id, button.id)}>
              {button.label}
            </button>
          ))}
        </span>
      )}
      {kind === "card" || state === "recalled" ? (
        <span class="foot">
          <span class="state">
            <span class="mark" aria-hidden="true" />
            {text(language, STATES[state])}
          </span>
          {kind === "card" ? (
            <span>
              {text(language, "card")} · {updates} {text(language, "updates")}
              {isRead === true ? (
                <span class="read" title={text(language, "readHint")}>
                  {" · "}
                  {text(language, "read")}
                </span>
              ) : undefined}
            </span>
          ) : undefined}
        </span>
      ) : undefined}
    </div>
  );
}

function Own({ message, store }: BubbleProps): JSX.Element {
  const { id, text: said, mentioned, reactions, isPosted } = message;
  const language = store.language.value;
  return (
    <>
      <button
        type="button"
        class="bubble"
        aria-pressed={store.selected.value?.id === id}
        title={text(language, "showTrace")}
        onClick={() => store.select(id)}
      >
        {mentioned === true ? <span class="at">@{store.demo.value?.bot.name} </span> : undefined}
        {said}
      </button>
      {mentioned === false ? <span class="undelivered">{text(language, "unmentioned")}</span> : undefined}
      {isPosted === true ? <span class="posted quiet">{text(language, "posted")}</span> : undefined}
      {reactions.length === 0 ? undefined : <span class="reactions">{reactions.join(" ")}</span>}
    </>
  );
}
