/** Right: everything that happened to one message, hop by hop; and why there was no answer. */
import type { JSX } from "preact";
import type { Line, Message } from "./facts.ts";
import { hopInWords, isEnd, sinceInWords, toneOf } from "./hops.ts";
import type { Store } from "./store.ts";
import { type Language, text } from "./texts.ts";

export function Trace({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const selected = store.selected.value;
  const lines = store.trace.value;
  return (
    <aside class={`right ${store.sheet.value ? "open" : ""}`} aria-label={text(language, "trace")}>
      <header>
        <h2>{text(language, "trace")}</h2>
        <p class="summary quiet">{summary(selected, lines, language)}</p>
        <button
          type="button"
          class="fold"
          aria-expanded={store.sheet.value}
          aria-controls="trace"
          onClick={() => (store.sheet.value = !store.sheet.value)}
        >
          {text(language, store.sheet.value ? "hide" : "show")}
        </button>
      </header>
      <div id="trace" class="inside">
        {selected === undefined ? (
          <p class="quiet">{text(language, "traceHint")}</p>
        ) : (
          <>
            <blockquote class="asked">{selected.text}</blockquote>
            <Hops store={store} selected={selected} />
          </>
        )}
      </div>
    </aside>
  );
}

function summary(selected: Message | undefined, lines: readonly Line[], language: Language): string {
  const [first] = lines;
  const last = lines.at(-1);
  if (selected?.mentioned === false) return text(language, "notDelivered");
  if (first === undefined || last === undefined) return "";
  const state = text(language, lines.some(isEnd) ? "traceDone" : "traceRunning");
  return `${lines.length} ${text(language, "steps")} · ${sinceInWords(last.at - first.at)} · ${state}`;
}

function Hops({ store, selected }: { readonly store: Store; readonly selected: Message }): JSX.Element {
  const language = store.language.value;
  const lines = store.trace.value;
  if (selected.mentioned === false) return <NotMentioned store={store} selected={selected} />;
  if (lines.length === 0) return <p class="quiet">{text(language, "noTraceYet")}</p>;
  return (
    <>
      <ol class="hops" data-trace={selected.id}>
        {lines.map((line, at) => (
          <Hop key={`${at} ${line.hop}`} line={line} since={lines[0]?.at ?? line.at} language={language} />
        ))}
      </ol>
      <footer>
        <p class="quiet">{text(language, "byHand")}</p>
        <code class="command">gateway why {selected.id}</code>
      </footer>
    </>
  );
}

function NotMentioned({ store, selected }: { readonly store: Store; readonly selected: Message }): JSX.Element {
  const language = store.language.value;
  return (
    <div class="why" data-why="not-mentioned">
      <p>{text(language, "noTrace")}</p>
      <button type="button" class="again" onClick={() => void store.say(selected.text, true)}>
        {text(language, "sayAgain")}
      </button>
    </div>
  );
}

interface HopProps {
  readonly line: Line;
  /** Time of the first line. */
  readonly since: number;
  readonly language: Language;
}

function Hop({ line, since, language }: HopProps): JSX.Element {
  const { at, hop, outcome, detail } = line;
  return (
    <li class={`hop ${toneOf(outcome)}`} data-hop={hop} data-outcome={outcome}>
      <span class="what">{hopInWords(language, line)}</span>
      <span class="when">+{sinceInWords(at - since)}</span>
      <code class="raw">
        {hop} · {outcome}
      </code>
      {detail === undefined ? undefined : (
        <code class="raw detail" title={detail}>
          {detail}
        </code>
      )}
    </li>
  );
}
