/** Above the chat: which one it is, who answers in it, and whether the gateway is ready. */
import type { JSX } from "preact";
import { DIRECT } from "./facts.ts";
import type { Store } from "./store.ts";
import { text } from "./texts.ts";

export function Heading({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const demo = store.demo.value;
  const group = demo?.groups.find(({ id }) => id === store.place.value);
  const isDirect = store.place.value === DIRECT;
  return (
    <header class="heading">
      <div class="grow">
        <h2>{(isDirect ? demo?.bot.name : group?.title) ?? "…"}</h2>
        <p class="quiet">{text(language, isDirect ? "aboutDirect" : "aboutGroup")}</p>
      </div>
      <p class="agent quiet" data-agent={demo?.model ?? "offline"}>
        {text(language, "agent")}
        <b>{demo?.model ?? text(language, "offline")}</b>
      </p>
      <Readiness store={store} />
    </header>
  );
}

function Readiness({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const status = store.status.value;
  const isReady = store.linked.value && status?.ready === true;
  const why = store.linked.value ? (status?.why ?? []).map((one) => one[language]).join(" · ") : text(language, "lost");
  return (
    <p class={`pill ${isReady ? "good" : "bad"}`} role="status" data-ready={isReady} title={why}>
      <span class="dot" aria-hidden="true" />
      {text(language, isReady ? "ready" : "notReady")}
    </p>
  );
}
