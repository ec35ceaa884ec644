/** The page's three columns: chats, the chat that is open, and the trace of a message. */
import type { JSX } from "preact";
import { Chat } from "./chat.tsx";
import { Composer } from "./composer.tsx";
import { Heading } from "./heading.tsx";
import { Places } from "./places.tsx";
import type { Store } from "./store.ts";
import { text } from "./texts.ts";
import { Trace } from "./trace.tsx";

export function App({ store }: { readonly store: Store }): JSX.Element {
  return (
    <div class="page">
      <Places store={store} />
      <main class="middle">
        <Heading store={store} />
        <Banners store={store} />
        <Chat store={store} />
        <Composer store={store} />
      </main>
      <Trace store={store} />
    </div>
  );
}

function Banners({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const error = store.error.value;
  return (
    <div role="alert">
      {store.linked.value ? undefined : <p class="banner warn">{text(language, "lost")}</p>}
      {error === undefined ? undefined : (
        <p class="banner bad">
          <span>{error}</span>
          <button type="button" class="plain" onClick={() => (store.error.value = undefined)}>
            {text(language, "close")}
          </button>
        </p>
      )}
    </div>
  );
}
