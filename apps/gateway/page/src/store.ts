/** The page's state as signals, fed by one event stream; what the person does goes out from here. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Demo, DIRECT, type Line, type Message, type Status } from "./facts.ts";
import { keepLinked } from "./link.ts";
import { type Language, text } from "./texts.ts";
import { changed, EMPTY } from "./world.ts";

/** The gateway takes no larger ones. */
const MAX_FILE_BYTES = 1_048_576;

/** Components read signals and call what is here; they keep no facts of their own. */
export interface Store {
  readonly demo: ReadonlySignal<Demo | undefined>;
  readonly status: ReadonlySignal<Status | undefined>;
  /** False: the stream of events is broken and is being opened again. */
  readonly linked: ReadonlySignal<boolean>;
  /** The chat that is open. */
  readonly place: ReadonlySignal<string>;
  readonly messages: ReadonlySignal<readonly Message[]>;
  /** The newest message of a place. */
  newest(place: string): Message | undefined;
  /** The person's own message whose trace is shown. */
  readonly selected: ReadonlySignal<Message | undefined>;
  readonly trace: ReadonlySignal<readonly Line[]>;
  /** On a small screen the trace is a sheet that is opened and closed. */
  readonly sheet: Signal<boolean>;
  readonly error: Signal<string | undefined>;
  /** What is said is posted to the gateway's webhook. */
  readonly byWebhook: Signal<boolean>;
  readonly language: Signal<Language>;
  open(place: string): void;
  select(id: string): void;
  /** To the chat that is open. Resolves to false when it was not taken; `error` says why. */
  say(text: string, mention: boolean): Promise<boolean>;
  /** To the bot, in the direct chat. */
  sendFile(file: File): Promise<void>;
  /** Presses a button of a card. */
  press(id: string, button: string): Promise<void>;
}

/** Starts at once. */
export function createStore(): Store {
  const world = signal(EMPTY);
  const linked = signal(true);
  const place = signal(DIRECT);
  const chosen = signal<string | undefined>(undefined);
  const error = signal<string | undefined>(undefined);
  const messages = computed(() => world.value.messages[place.value] ?? []);
  const own = computed(() => messages.value.filter(({ isBot }) => !isBot));
  const selected = computed(() => own.value.find(({ id }) => id === chosen.value) ?? own.value.at(-1));
  const sheet = signal(false);
  const byWebhook = signal(false);
  const language = signal<Language>(navigator.language.startsWith("zh") ? "zh" : "en");

  keepLinked({
    take(changes) {
      world.value = changed(world.value, changes);
      const { demo } = world.value;
      const isKnown = place.value === DIRECT || demo?.groups.some(({ id }) => id === place.value);
      if (isKnown !== true) place.value = DIRECT; // of a gateway that has ended meanwhile
    },
    linked(isLinked) {
      linked.value = isLinked;
    },
  });

  const unread = computed(() => messages.value.findLast(isUnread)?.id);
  effect(() => {
    if (unread.value === undefined || document.hidden) return;
    void refusal("api/look", place.value === DIRECT ? {} : { group: place.value }); // a mark that is missing harms nobody
  });

  return {
    demo: computed(() => world.value.demo),
    status: computed(() => world.value.status),
    linked,
    place,
    messages,
    newest: (at) => world.value.messages[at]?.at(-1),
    selected,
    trace: computed(() => world.value.traces[selected.value?.id ?? ""] ?? []),
    sheet,
    error,
    byWebhook,
    language,
    open(at) {
      place.value = at;
      chosen.value = undefined;
    },
    select(id) {
      chosen.value = id;
      sheet.value = true;
    },
    async say(said, mention) {
      const group = place.value === DIRECT ? {} : { group: place.value, mention };
      error.value = await refusal("api/say", { text: said, ...group, ...(byWebhook.value ? { way: "webhook" } : {}) });
      if (error.value !== undefined) return false;
      chosen.value = undefined; // the newest is looked at
      return true;
    },
    async sendFile(file) {
      if (file.size > MAX_FILE_BYTES) {
        error.value = text(language.value, "tooLarge");
        return;
      }
      error.value = await refusal(`api/file?${new URLSearchParams({ name: file.name }).toString()}`, file);
    },
    async press(id, button) {
      error.value = await refusal("api/press", { id, button });
    },
  };
}

function isUnread({ isRead, state }: Message): boolean {
  return isRead === false && state === "finished";
}

/** Undefined: taken. Otherwise a sentence for the person. */
async function refusal(path: string, said: object): Promise<string | undefined> {
  const isFile = said instanceof File;
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": isFile ? said.type || "application/octet-stream" : "application/json" },
      body: isFile ? said : JSON.stringify(said),
    });
    if (answer.ok) return undefined;
    const { error } = (await answer.json()) as { readonly error?: string };
    return error ?? `HTTP ${answer.status}`;
  } catch {
    return "网关没有应答,请确认它仍在运行 · The gateway does not answer: is it still running?";
  }
}
