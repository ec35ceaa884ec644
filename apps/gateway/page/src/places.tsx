/** Left: where one can write, who answers there, and whether the bot is connected. */
import type { JSX } from "preact";
import { DIRECT } from "./facts.ts";
import type { Store } from "./store.ts";
import { text, type TextKey } from "./texts.ts";

const STATES: Readonly<Record<string, TextKey>> = {
  live: "live",
  draining: "live",
  opening: "opening",
  idle: "opening",
  waiting: "waiting",
  failed: "failed",
  stopped: "stopped",
};

export function Places({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const demo = store.demo.value;
  const places = [
    { id: DIRECT, title: demo?.bot.name ?? text(language, "direct"), kind: text(language, "direct") },
    ...(demo?.groups ?? []).map(({ id, title }) => ({ id, title, kind: text(language, "group") })),
  ];
  return (
    <aside class="left">
      <header>
        <h1>{text(language, "title")}</h1>
        <p class="quiet">{text(language, "simulated")}</p>
      </header>
      <nav aria-label={text(language, "places")}>
        {places.map(({ id, title, kind }) => (
          <button
            type="button"
            class="place"
            aria-current={store.place.value === id}
            data-place={id === DIRECT ? "direct" : "group"}
            onClick={() => (store.place.value = id)}
          >
            <span class="avatar" aria-hidden="true">
              {[...title][0]}
            </span>
            <span>
              <span class="name">{title}</span>
              <span class="quiet">{kind}</span>
            </span>
          </button>
        ))}
      </nav>
      <footer>
        <Connections store={store} />
        <p class="quiet">
          {text(language, "agent")}: <b>{demo?.agent ?? "…"}</b>
        </p>
        <button
          type="button"
          class="plain"
          onClick={() => (store.language.value = language === "zh" ? "en" : "zh")}
          lang={language === "zh" ? "en" : "zh-CN"}
        >
          {text(language, "language")}
        </button>
      </footer>
    </aside>
  );
}

function Connections({ store }: { readonly store: Store }): JSX.Element {
  const channels = store.status.value?.channels ?? [];
  return (
    <ul class="connections" aria-live="polite">
      {channels.map(({ channel, account, state }) => {
        const known = STATES[state];
        return (
          <li>
            <span class={`dot ${state}`} aria-hidden="true" /> {channel}/{account}:{" "}
            <b data-state={state}>{known === undefined ? state : text(store.language.value, known)}</b>
          </li>
        );
      })}
    </ul>
  );
}
