/** One attempt at one turn, as the worker's function sees it. */
import { claimLostError, type Journal } from "./journal.ts";
import type { Turn } from "./lanes.ts";
import type { Claim } from "./state.ts";

export function createClaim(
  turn: Turn,
  journal: Journal,
  scheduler: { readonly release: (turn: Turn) => void; readonly resume: (turn: Turn) => Promise<void> },
): Claim {
  /** A write that comes too late aborts the turn: it is no longer ours. */
  const fenced = async (write: Promise<void>): Promise<void> => {
    try {
      await write;
    } catch (error) {
      if (error instanceof Error && error.message === claimLostError().message) turn.controller.abort(error);
      throw error;
    }
  };
  return {
    entries: turn.waiting.map(({ entry }) => entry),
    superseded: turn.superseded,
    attempt: turn.attempt,
    stage: turn.stage,
    signal: turn.controller.signal,
    outbox: {
      parts: () => journal.parts(turn.key),
      put: (part) => fenced(journal.put(turn, part)),
    },
    async handled() {
      await fenced(journal.handled(turn));
      turn.stage = "replying"; // not before: a turn whose answer could not be written runs its handler again
    },
    async park() {
      await fenced(journal.park(turn, true));
      turn.parked = true;
      scheduler.release(turn);
    },
    async resume() {
      await scheduler.resume(turn);
      turn.parked = false;
      await fenced(journal.park(turn, false));
    },
  };
}
