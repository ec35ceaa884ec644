/** Time limits of many things under way (turns, writes) with one timer: all limits of one set are equal. */
import type { Clock } from "./clock.ts";

export interface Deadlines {
  /** Calls `expire` once after the limit, less the time it was paused. */
  start(expire: () => void): Deadline;
  close(): void;
}

/** The limit of one of them. */
export interface Deadline {
  cancel(): void;
  pause(): void;
  resume(): void;
}

const LOOK_EVERY_MS = 30_000;

interface Running {
  endsAt: number;
  /** Undefined when it was cancelled: a set's old table remembers the entry for a while, and must not remember the turn. */
  expire: (() => void) | undefined;
}

export function createDeadlines(clock: Clock, limitMs: number): Deadlines {
  const running = new Set<Running>();
  const closed = new AbortController();
  let watching = false;

  const watch = async (): Promise<void> => {
    watching = true;
    try {
      for (let next = first(running); next !== undefined; next = first(running)) {
        // Looks again now and then: a turn that was paused may come back with less time left than the one waited for.
        await clock.sleep(Math.min(LOOK_EVERY_MS, Math.max(1, next.endsAt - clock.now())), closed.signal);
        expireDue();
      }
    } catch (error) {
      if (!closed.signal.aborted) throw error;
    } finally {
      watching = false;
    }
  };

  const expireDue = (): void => {
    const now = clock.now();
    for (const turn of running) {
      if (turn.endsAt > now) continue;
      running.delete(turn);
      turn.expire?.();
    }
  };

  const add = (turn: Running): void => {
    running.add(turn);
    if (!watching && !closed.signal.aborted) void watch();
  };

  return {
    start(expire) {
      const turn: Running = { endsAt: clock.now() + limitMs, expire };
      let pausedAt: number | undefined;
      add(turn);
      return {
        cancel() {
          running.delete(turn);
          turn.expire = undefined;
        },
        pause() {
          if (running.delete(turn)) pausedAt = clock.now();
        },
        resume() {
          if (pausedAt === undefined) return;
          turn.endsAt += clock.now() - pausedAt;
          pausedAt = undefined;
          add(turn);
        },
      };
    },
    close() {
      running.clear();
      closed.abort(new Error("the bot has stopped"));
    },
  };
}

function first(running: ReadonlySet<Running>): Running | undefined {
  let least: Running | undefined;
  for (const turn of running) if (least === undefined || turn.endsAt < least.endsAt) least = turn;
  return least;
}
