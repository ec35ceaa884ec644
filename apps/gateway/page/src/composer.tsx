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
  const send = async (): Promise<void> => {
    const said = draft.value;
    if (said.trim() === "") return;
    draft.value = "";
    const isTaken = await store.say(said, mention.value);
    if (!isTaken && draft.value === "") draft.value = said;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also ends the choice of a Chinese input method: that must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Suggestions store={store} />
      <div class="box">
        <textarea
          rows={1}
          maxLength={MAX_CHARS}
          value={draft.value}
          placeholder={text(language, inGroup ? "writeToGroup" : "writeToBot")}
          aria-label={text(language, inGroup ? "writeToGroup" : "writeToBot")}
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
              @{store.demo.value?.bot.name}
            </label>
          ) : (
            <Attach store={store} />
          )}
          <label class="mention" title={text(language, "byWebhookHint")}>
            <input
              type="checkbox"
              checked={store.byWebhook.value}
              onChange={({ currentTarget }) => (store.byWebhook.value = currentTarget.checked)}
            />
            {text(language, "byWebhook")}
          </label>
          {inGroup && !mention.value ? (
            <span class="keys warn" role="status">
              {text(language, "willNotReach")}
            </span>
          ) : (
            <span class="keys quiet">{text(language, "keys")}</span>
          )}
          <button type="submit" class="send" disabled={draft.value.trim() === ""}>
            {text(language, "send")}
          </button>
        </div>
      </div>
    </form>
  );
}

function Attach({ store }: { readonly store: Store }): JSX.Element {
  const label = text(store.language.value, "attach");
  return (
    <label class="attach" title={label}>
      <span aria-hidden="true">📎</span>
      <input
        type="file"
        aria-label={label}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) void store.sendFile(file);
          currentTarget.value = ""; // the same file can be sent again
        }}
      />
    </label>
  );
}

const FOR_BOT = ["你好", "12 * 34", "现在几点?", "/deploy v2", "/file", "/recall"];
const WITHOUT_MENTION = "有人吗? Anybody here?";

function Suggestions({ store }: { readonly store: Store }): JSX.Element {
  const language = store.language.value;
  const inGroup = store.place.value !== DIRECT;
  const said = inGroup ? (store.demo.value?.routes ?? []).map(({ example }) => example) : FOR_BOT;
  return (
    <div class="tries" role="group" aria-label={text(language, "try")}>
      <span class="quiet">{text(language, "try")}</span>
      {said.map((one) => (
        <button key={one} type="button" class="chip" onClick={() => void store.say(one, true)}>
          {inGroup ? <span class="at">@ </span> : undefined}
          {one}
        </button>
      ))}
      {inGroup ? (
        <button type="button" class="chip dashed" onClick={() => void store.say(WITHOUT_MENTION, false)}>
          {text(language, "withoutMention")}
        </button>
      ) : undefined}
    </div>
  );
}
