/** What people see: messages by place, how they change, and who has been shown what. */
import type { Screen, Shown } from "./simulator.ts";

/** A message as the platform keeps it. */
export interface Posted {
  readonly id: string;
  /** Group, or direct chat of a person and a bot. */
  readonly place: string;
  readonly from: string;
  readonly kind: Shown["kind"];
  readonly text: string;
  /** What single people see instead of `text`, by id. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly state: Shown["state"];
  readonly buttons?: Shown["buttons"];
  readonly file?: File;
}

export interface Board {
  post(message: Posted): void;
  /** Changes what is there; unknown ids are ignored. */
  change(id: string, change: Partial<Omit<Posted, "id" | "place" | "from">>): void;
  screen(options: {
    readonly viewer: string;
    readonly place: string;
    readonly bot: string;
    readonly explain: () => string;
  }): Screen;
  /** By its id. */
  find(id: string): Posted | undefined;
  /** Everything at a place, oldest first. */
  messages(place: string): readonly Posted[];
  /** Called after each change with the place that changed. */
  watch(listener: (place: string) => void): Disposable;
}

interface Row extends Posted {
  readonly history: readonly string[];
}

export function createBoard(): Board {
  const rows = new Map<string, Row>();
  const places = new Map<string, string[]>();
  const listeners = new Set<(place: string) => void>();
  const handedOut = new Map<string, Set<string>>();

  const keep = (row: Row): void => {
    rows.set(row.id, row);
    for (const listener of listeners) listener(row.place);
  };
  const rowsOf = (place: string): readonly Row[] => (places.get(place) ?? []).flatMap((id) => rows.get(id) ?? []);

  const watch = (listener: (place: string) => void): Disposable => {
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  };

  return {
    watch,
    post(message) {
      places.set(message.place, [...(places.get(message.place) ?? []), message.id]);
      keep({ ...message, history: message.text === "" ? [] : [message.text] });
    },
    change(id, change) {
      const row = rows.get(id);
      if (row === undefined) return;
      const text = change.text ?? row.text;
      const history = text === row.text || text === "" ? row.history : [...row.history, text];
      keep({ ...row, ...change, text, history });
    },
    find: (id) => rows.get(id),
    messages: rowsOf,
    screen({ viewer, place, bot, explain }) {
      const seenKey = JSON.stringify([viewer, place, bot]);
      const seen = handedOut.get(seenKey) ?? new Set<string>();
      handedOut.set(seenKey, seen);
      const take = (): Shown | undefined => {
        const isNew = ({ id, from, state }: Row): boolean => from === bot && FINISHED.has(state) && !seen.has(id);
        const row = rowsOf(place).find(isNew);
        if (row === undefined) return undefined;
        seen.add(row.id);
        return toShown(row, viewer);
      };
      return {
        get messages() {
          return rowsOf(place).map((row) => toShown(row, viewer));
        },
        next: (options = {}) =>
          nextOf({ take, watch, explain: () => `${describe(rowsOf(place))}\n${explain()}`, ...options }),
      };
    },
  };
}

/** What a person waits for: a message that was recalled before is none. */
const FINISHED: ReadonlySet<Shown["state"]> = new Set(["finished", "failed"]);

interface Waiting {
  readonly take: () => Shown | undefined;
  readonly watch: Board["watch"];
  readonly explain: () => string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

function nextOf({ take, watch, explain, timeoutMs = 5_000, signal }: Waiting): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      watching[Symbol.dispose]();
      signal?.removeEventListener("abort", abort);
    };
    const look = (): void => {
      const shown = take();
      if (shown === undefined) return;
      end();
      resolve(shown);
    };
    const abort = (): void => {
      end();
      reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`The bot showed no further finished message in ${timeoutMs} ms.\n${explain()}`));
    }, timeoutMs);
    const watching = watch(look);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
    else look();
  });
}

function toShown({ id, from, kind, text, texts, state, buttons = [], history, file }: Row, viewer: string): Shown {
  return {
    id,
    from,
    kind,
    text: texts?.[viewer] ?? text,
    state,
    buttons,
    history,
    ...(file === undefined ? {} : { file }),
  };
}

function describe(rows: readonly Row[]): string {
  const lines = rows
    .slice(-10)
    .map(({ from, kind, state, text }) => `  ${from} ${kind} ${state}: ${JSON.stringify(text.slice(0, 120))}`);
  return ["On the screen:", ...(lines.length === 0 ? ["  nothing"] : lines)].join("\n");
}
