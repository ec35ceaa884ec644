/** Left: where one can write, the keyword routes to try, and the gateway's connections. */
import type { JSX } from "preact";
import { type Connection, DIRECT, type Message } from "./facts.ts";
import { plainText } from "./markdown.ts";
import type { Store } from "./store.ts";
import { type Language, text, type TextKey } from "./texts.ts";

export function Places({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const other = language === "zh" ? "en" : "zh";
  return (
    <aside class="left">
      <header class="brand">
        <img src="./icon.svg" width="34" height="34" alt="" />
        <div class="grow">
          <h1>{text(language, "title")}</h1>
          <p class="quiet">{text(language, "simulated")}</p>
        </div>
        <button
          type="button"
          class="language"
          lang={other === "zh" ? "zh-CN" : "en"}
          onClick={() => (store.language.value = other)}
        >
          {text(language, "language")}
        </button>
      </header>
      <Chats store={store} />
      <Routes store={store} />
      <Connections store={store} />
    </aside>
  );
}

function Chats({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const demo = store.demo.value;
  const places = [
    { id: DIRECT, title: demo?.bot.name ?? "…", kind: "direct" as const },
    ...(demo?.groups ?? []).map(({ id, title }) => ({ id, title, kind: "group" as const })),
  ];
  return (
    <nav aria-label={text(language, "places")}>
      {places.map(({ id, title, kind }) => (
        <button
          key={id}
          type="button"
          class="place"
          aria-current={store.place.value === id}
          data-place={kind}
          onClick={() => store.open(id)}
        >
          <span class={`avatar ${kind}`} aria-hidden="true">
            {[...title][0]}
          </span>
          <span class="grow">
            <span class="title">
              <span class="cut">{title}</span>
              <span class="kind">{text(language, kind)}</span>
            </span>
            <span class="newest">{inOneLine(store.newest(id), language)}</span>
          </span>
        </button>
      ))}
    </nav>
  );
}

function inOneLine(message: Message | undefined, language: Language): string {
  if (message === undefined) return text(language, "nothingYet");
  return message.isBot ? plainText(message.text) : `${text(language, "you")}: ${message.text}`;
}

function Routes({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const { routes = [], groups = [] } = store.demo.value ?? {};
  const agents = [...new Set(routes.map(({ agent }) => agent))];
  const attempt = (example: string): void => {
    const [group] = groups;
    if (group !== undefined) store.open(group.id);
    void store.say(example, true);
  };
  return (
    <section class="routes">
      <h2>{text(language, "routes")}</h2>
      <p class="quiet">{text(language, "routesHint")}</p>
      <dl>
        {agents.map((agent) => (
          <div key={agent}>
            <dt>{agent}</dt>
            <dd>
              {routes
                .filter((route) => route.agent === agent)
                .map(({ keyword, example }) => (
                  <button key={keyword} type="button" class="chip" title={example} onClick={() => attempt(example)}>
                    {keyword}
                  </button>
                ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const STATES: Readonly<Record<string, TextKey>> = {
  live: "live",
  draining: "live",
  opening: "opening",
  idle: "opening",
  waiting: "waiting",
  failed: "refused",
  stopped: "stopped",
};

function Connections({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const channels = store.status.value?.channels ?? [];
  return (
    <footer>
      <h2>{text(language, "connection")}</h2>
      <ul>
        {channels.map(({ channel, account, state, usage }) => {
          const known = STATES[state];
          return (
            <li key={`${channel}/${account}`}>
              <span class={`dot ${state}`} aria-hidden="true" />
              <code>
                {channel}/{account}
              </code>
              <b data-state={state}>{known === undefined ? state : text(language, known)}</b>
              <Spend usage={usage} language={language} />
            </li>
          );
        })}
      </ul>
    </footer>
  );
}

function Spend({
  usage,
  language,
}: {
  readonly usage: Connection["usage"];
  readonly language: Language;
}): JSX.Element | undefined {
  if (usage === undefined) return undefined;
  const { month, calls, budget } = usage;
  return (
    <span class="spend quiet" data-calls={calls} title={text(language, "spendHint")}>
      {month}: {calls}
      {budget === undefined ? "" : ` / ${budget}`} {text(language, "spend")}
    </span>
  );
}
