/** Below: what the person writes, with or without a mention of the bot, and texts worth trying. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { DIRECT } from "./facts.ts";
import type { Store } from "./store.ts";
import { text } from "./texts.ts";

const MAX_CHARS = 4_000;

export function Composer({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const draft = useSignal("");
  const mention = useSignal(true);
  const inGroup = store.place.value !== DIRECT;
  const send = async (said: string): Promise<void> => {
    if (said.trim() === "") return;
    if ((await store.say(said, mention.value)) && draft.value === said) draft.value = "";
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also ends the choice of a Chinese input method: that must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send(draft.value);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send(draft.value);
      }}
    >
      <Suggestions store={store} onTry={(said) => void send(said)} />
      <div class="row">
        <textarea
          rows={2}
          maxLength={MAX_CHARS}
          value={draft.value}
          placeholder={text(language, "placeholder")}
          aria-label={text(language, "placeholder")}
          onInput={({ currentTarget }) => (draft.value = currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div class="actions">
          {inGroup ? (
            <label class="mention">
              <input
                type="checkbox"
                checked={mention.value}
                onChange={({ currentTarget }) => (mention.value = currentTarget.checked)}
              />
              {text(language, "mention")}
            </label>
          ) : undefined}
          <button type="submit" class="send" disabled={draft.value.trim() === ""}>
            {text(language, "send")}
          </button>
        </div>
      </div>
    </form>
  );
}

function Suggestions({ store, onTry }: { readonly store: Store; readonly onTry: (said: string) => void }): JSX.Element {
  const routes = store.demo.value?.routes ?? [];
  const inGroup = store.place.value !== DIRECT;
  const tries = inGroup
    ? routes.map(({ keyword, agent }) => ({
        said: /translate|翻译/.test(keyword) ? `${keyword} hello` : keyword,
        agent,
      }))
    : ["你好", "12 * 34", "现在几点?", "/deploy v2"].map((said) => ({ said, agent: undefined }));
  return (
    <div class="tries" role="group" aria-label={text(store.language.value, "try")}>
      <span class="quiet">{text(store.language.value, "try")}</span>
      {tries.map(({ said, agent }) => (
        <button type="button" class="chip" onClick={() => onTry(said)}>
          {said}
          {agent === undefined ? undefined : <span class="quiet"> → {agent}</span>}
        </button>
      ))}
    </div>
  );
}
