/** What a page has not seen yet: each look gives what has changed since the one before. */
import type { Bot, TraceLine } from "@openclaw-china/core";
import type { Console, ShownMessage } from "./console.ts";
import { type Readiness, readinessOf } from "./ready.ts";

/** One event of the page's stream. The page's side of it is page/src/world.ts. */
export interface Changes {
  /** Only in the first look: what the page knew before is void. */
  readonly demo?: unknown;
  readonly status?: Readiness & { readonly channels: readonly ShownChannel[] };
  readonly messages: readonly { readonly place: string; readonly message: ShownMessage }[];
  readonly traces: readonly { readonly id: string; readonly lines: readonly TraceLine[] }[];
}

interface ShownChannel {
  readonly channel: string;
  readonly account: string;
  readonly state: string;
}

/** Undefined: nothing has changed. */
export type Look = () => Promise<Changes | undefined>;

/** For one page: it remembers what that page has been sent of the messages on the screens, and of no others. */
export function createFeed(console: Console, bot: Pick<Bot, "status" | "trace">): Look {
  let sent: ReadonlyMap<string, string> | undefined;
  const ended = new Set<string>();

  return async () => {
    const now = new Map<string, string>();
    const isNew = (name: string, value: unknown): boolean => {
      const text = JSON.stringify(value);
      now.set(name, text);
      return sent?.get(name) !== text;
    };
    const status = statusOf(bot);
    const statusIsNew = isNew("status", status);
    const shown = console.screens().flatMap(({ place, messages }) => messages.map((message) => ({ place, message })));
    const messages = shown.filter(({ message }) => isNew(`message ${message.id}`, message));
    const traces = [];
    for (const { message } of shown) {
      const { id } = message;
      const name = `trace ${id}`;
      const before = sent?.get(name);
      if (message.isBot || message.mentioned === false) continue;
      if (before !== undefined && ended.has(id)) {
        now.set(name, before); // not read again: reading goes through all that is kept
        continue;
      }
      const lines = await bot.trace(id);
      if (lines.some(isEnd)) ended.add(id);
      if (isNew(name, lines)) traces.push({ id, lines });
    }
    const first = sent === undefined;
    sent = now;
    if (!first && !statusIsNew && messages.length === 0 && traces.length === 0) return undefined;
    return { ...(first ? { demo: console.describe() } : {}), ...(statusIsNew ? { status } : {}), messages, traces };
  };
}

function statusOf(bot: Pick<Bot, "status">): NonNullable<Changes["status"]> {
  const { channels } = bot.status();
  return {
    ...readinessOf(channels, true), // the demo's state is in memory
    channels: channels.map(({ channel, account, state }) => ({ channel, account, state })),
  };
}

const ENDS: ReadonlySet<string> = new Set([
  "admit refused",
  "turn done",
  "turn given up",
  "turn superseded",
  "turn merged",
]);

function isEnd({ hop, outcome }: TraceLine): boolean {
  return ENDS.has(`${hop} ${outcome}`);
}
