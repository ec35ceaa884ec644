/** Right: everything that happened to one message, hop by hop; and why there was no answer. */
import type { JSX } from "preact";
import { DIRECT, type Line } from "./facts.ts";
import type { Store } from "./store.ts";
import { hopInWords, type Language, text } from "./texts.ts";

export function Trace({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const selected = store.selected.value;
  const lines = store.trace.value;
  return (
    <aside class="right" aria-label={text(language, "trace")}>
      <header>
        <h2>{text(language, "trace")}</h2>
        <p class="quiet">{text(language, selected === undefined ? "traceHint" : "traceOf")}</p>
        {selected === undefined ? undefined : <p class="asked">{selected.text}</p>}
      </header>
      {selected === undefined ? undefined : lines.length === 0 ? (
        <NoTrace store={store} />
      ) : (
        <ol class="hops" data-trace={selected.id}>
          {lines.map((line, at) => (
            <Hop key={`${at} ${line.hop}`} line={line} since={lines[0]?.at ?? line.at} language={language} />
          ))}
        </ol>
      )}
      {selected === undefined || lines.length === 0 ? undefined : (
        <footer>
          <p class="quiet">{text(language, "byHand")}</p>
          <code class="command">gateway why {selected.id}</code>
        </footer>
      )}
    </aside>
  );
}

function NoTrace({ store }: { readonly store: Store }): JSX.Element {
  const inGroup = store.place.value !== DIRECT;
  return (
    <p class={inGroup ? "why" : "quiet"} data-why={inGroup ? "not-mentioned" : "pending"}>
      {text(store.language.value, inGroup ? "noTrace" : "noTraceYet")}
    </p>
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
      <span class="when">+{at - since} ms</span>
      <span class="what">{hopInWords(language, hop, outcome)}</span>
      <span class="name">
        {hop} · {outcome}
      </span>
      {detail === undefined ? undefined : <span class="detail">{detail}</span>}
    </li>
  );
}

function toneOf(outcome: string): "good" | "bad" | "neutral" {
  if (/^(accepted|sent|done)$/.test(outcome)) return "good";
  return /refused|failed|unknown|busy|not done|given up|unhandled/.test(outcome) ? "bad" : "neutral";
}
