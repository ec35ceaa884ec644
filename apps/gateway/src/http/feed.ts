/** What a page has not seen yet: each look gives what has changed since the one before. */
import { type Bot, ChannelError, type TraceLine, type Usage } from "@openclaw-china/core";
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
  /** What the account's app has used of the platform's quota this month. */
  readonly usage?: Pick<Usage, "month" | "calls" | "budget">;
}

/** Undefined: nothing has changed. */
export type Look = () => Promise<Changes | undefined>;

/** For one page: it remembers what that page has been sent of the messages on the screens, and of no others. */
export function createFeed(console: Console, bot: Pick<Bot, "status" | "trace">): Look {
  let sent: ReadonlyMap<string, string> | undefined;
  const ended = new Set<string>();

  return async () => {
    const now = new Map<string, string>();
    const keep = (name: string): void => void now.set(name, sent?.get(name) ?? "");
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
    for (const { id } of shown.map(({ message }) => message).filter(hasTrace)) {
      const name = `trace ${id}`;
      const lines = ended.has(id) ? undefined : await traceOf(bot, id); // reading goes through all that is kept
      if (lines?.some(isEnd) === true) ended.add(id);
      if (lines === undefined) keep(name);
      else if (isNew(name, lines)) traces.push({ id, lines });
    }
    const first = sent === undefined;
    sent = now;
    if (!first && !statusIsNew && messages.length === 0 && traces.length === 0) return undefined;
    return { ...(first ? { demo: console.describe() } : {}), ...(statusIsNew ? { status } : {}), messages, traces };
  };
}

function hasTrace({ isBot, mentioned }: ShownMessage): boolean {
  return !isBot && mentioned !== false;
}

/** Undefined: the gateway is ending. Its screens change to the end, its traces cannot be read any more. */
async function traceOf(bot: Pick<Bot, "trace">, id: string): Promise<readonly TraceLine[] | undefined> {
  try {
    return await bot.trace(id);
  } catch (error) {
    if (error instanceof ChannelError && error.code === "closed") return undefined;
    throw error;
  }
}

function statusOf(bot: Pick<Bot, "status">): NonNullable<Changes["status"]> {
  const { channels } = bot.status();
  return {
    ...readinessOf(channels, true), // the demo's state is in memory
    channels: channels.map(({ channel, account, state, usage }) => ({ channel, account, state, ...spentOf(usage) })),
  };
}

function spentOf(usage: Usage | undefined): Pick<ShownChannel, "usage"> {
  if (usage === undefined) return {};
  const { month, calls, budget } = usage;
  return { usage: { month, calls, ...(budget === undefined ? {} : { budget }) } };
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
