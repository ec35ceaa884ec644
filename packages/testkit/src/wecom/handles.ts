/** Callbacks of the long connection that can be answered, by the platform's `req_id`. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Bot } from "./tenant.ts";

/** What a callback was about, for the rules of its answers. */
export interface Cause {
  readonly of: "message" | "enter" | "press" | "other";
  /** Where its answers are shown. */
  readonly place: string;
  /** Of a pressed card: which message it is. */
  readonly cardId?: string;
}

export interface Handle extends Cause {
  readonly bot: Bot;
  /** Connection it was delivered on. */
  readonly connectionId: string;
  readonly at: number;
}

export interface Handles {
  /** Returns the `req_id` of the callback. */
  open(handle: Omit<Handle, "at">): string;
  /** Undefined when there is none, it is another bot's, or its time is over. */
  find(reqId: string, asker: { readonly bot: Bot; readonly connectionId: string }): Handle | undefined;
  /** False: it had its one answer of that kind. */
  use(reqId: string, how: "file" | "welcome"): boolean;
}

const ANSWERS_FOR_MS: Readonly<Record<Cause["of"], number>> = {
  message: 86_400_000,
  enter: 5_000,
  press: 5_000,
  other: 0,
};

export interface HandlesParts {
  readonly clock: Clock;
  /** A `req_id` can be answered over a later connection as well. */
  readonly outliveConnections: boolean;
}

export function createHandles({ clock, outliveConnections }: HandlesParts): Handles {
  const handles = new Map<string, Handle>();
  const used = new Set<string>();
  return {
    open(handle) {
      const reqId = randomUUID().replaceAll("-", "");
      handles.set(reqId, { ...handle, at: clock.now() });
      return reqId;
    },
    find(reqId, { bot, connectionId }) {
      const handle = handles.get(reqId);
      if (handle === undefined || handle.bot.botId !== bot.botId) return undefined;
      if (!outliveConnections && handle.connectionId !== connectionId) return undefined;
      return clock.now() - handle.at <= ANSWERS_FOR_MS[handle.of] ? handle : undefined;
    },
    use(reqId, how) {
      const key = `${how} ${reqId}`;
      if (used.has(key)) return false;
      used.add(key);
      return true;
    },
  };
}
