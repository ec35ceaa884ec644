/** The page's state as signals, fed by one event stream; what the person does goes out from here. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Demo, DIRECT, type Line, type Message, type Status } from "./facts.ts";
import type { Language } from "./texts.ts";

export interface Store {
  readonly demo: ReadonlySignal<Demo | undefined>;
  readonly status: ReadonlySignal<Status | undefined>;
  /** False: the stream of events is broken and is being opened again. */
  readonly linked: ReadonlySignal<boolean>;
  readonly place: Signal<string>;
  readonly messages: ReadonlySignal<readonly Message[]>;
  /** The person's own message whose trace is shown. */
  readonly selected: ReadonlySignal<Message | undefined>;
  readonly trace: ReadonlySignal<readonly Line[]>;
  readonly error: Signal<string | undefined>;
  readonly language: Signal<Language>;
  select(id: string): void;
  /** Resolves to false when it was not taken; `error` says why. */
  say(text: string, mention: boolean): Promise<boolean>;
  /** Presses a button of a card. */
  press(id: string, button: string): Promise<void>;
  start(): void;
}

/** What the stream of events carries. */
interface Events {
  readonly status: Status;
  readonly screen: { readonly place: string; readonly messages: readonly Message[] };
  readonly trace: { readonly id: string; readonly lines: readonly Line[] };
}

export function createStore(): Store {
  const demo = signal<Demo | undefined>(undefined);
  const status = signal<Status | undefined>(undefined);
  const linked = signal(true);
  const place = signal(DIRECT);
  const screens = signal<Readonly<Record<string, readonly Message[]>>>({});
  const traces = signal<Readonly<Record<string, readonly Line[]>>>({});
  const chosen = signal<string | undefined>(undefined);
  const error = signal<string | undefined>(undefined);
  const language = signal<Language>(navigator.language.startsWith("zh") ? "zh" : "en");
  const messages = computed(() => screens.value[place.value] ?? []);
  const own = computed(() => messages.value.filter(({ isBot }) => !isBot));
  const selected = computed(() => own.value.find(({ id }) => id === chosen.value) ?? own.value.at(-1));
  const trace = computed(() => traces.value[selected.value?.id ?? ""] ?? []);

  const listen = (): void => {
    const events = new EventSource("api/events");
    const on = <K extends keyof Events>(name: K, take: (data: Events[K]) => void): void =>
      events.addEventListener(name, (event: MessageEvent<string>) => take(JSON.parse(event.data) as Events[K]));
    events.addEventListener("open", () => {
      linked.value = true;
    });
    events.addEventListener("error", () => {
      linked.value = false; // the browser opens it again by itself
    });
    on("status", (now) => {
      status.value = now;
    });
    on("screen", (screen) => {
      screens.value = { ...screens.value, [screen.place]: screen.messages };
    });
    on("trace", ({ id, lines }) => {
      traces.value = { ...traces.value, [id]: lines };
    });
  };

  const say: Store["say"] = async (text, mention) => {
    const group = place.value === DIRECT ? {} : { group: place.value, mention };
    const refused = await post("api/say", { text, ...group });
    error.value = refused;
    if (refused === undefined) chosen.value = undefined; // the newest is looked at
    return refused === undefined;
  };

  const load = async (): Promise<void> => {
    try {
      demo.value = (await (await fetch("api/demo")).json()) as Demo;
    } catch {
      linked.value = false;
    }
  };

  return {
    demo,
    status,
    linked,
    place,
    messages,
    selected,
    trace,
    error,
    language,
    select(id) {
      chosen.value = id;
    },
    say,
    async press(id, button) {
      error.value = await post("api/press", { id, button });
    },
    start() {
      void load();
      listen();
    },
  };
}

/** Undefined: taken. Otherwise a sentence for the person. */
async function post(path: string, body: object): Promise<string | undefined> {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) return undefined;
    const { error } = (await answer.json()) as { readonly error?: string };
    return error ?? `HTTP ${answer.status}`;
  } catch {
    return "网关没有应答,请确认它仍在运行 · The gateway does not answer: is it still running?";
  }
}
