/** How one turn runs: claimed, worked on, settled; what its failure means. Called by the scheduler of `inbox.ts`. */
import type { Clock } from "../clock.ts";
import { createClaim } from "./claim.ts";
import { isStateAway, type Journal, type Stage } from "./journal.ts";
import type { Lane, Lanes, Turn, Waiting } from "./lanes.ts";
import type { Claim } from "./state.ts";

const RETRY_BASE_MS = 1_000;
const RETRY_MAX_MS = 60_000;

export interface TurnRunnerOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly lanes: Pick<Lanes, "took">;
  /** Aborted: nothing is written any more. */
  readonly halted: () => AbortSignal;
  /** False: a stop has begun. */
  readonly accepting: () => boolean;
  /** Claims of one entry at the most. */
  readonly attempts: () => number;
  readonly work: (claim: Claim) => Promise<void>;
  /** The turn gives its lane back for a while. */
  readonly park: (turn: Turn) => void;
  readonly resume: (turn: Turn) => Promise<void>;
  /** The turn is over, and its lane is free. */
  readonly end: (turn: Turn) => void;
  readonly onFailed: () => void;
}

/** Runs a turn to its end, whatever that is. Never rejects. */
export function createTurnRunner(options: TurnRunnerOptions): (turn: Turn) => Promise<void> {
  const { journal, clock, lanes, park, resume, end } = options;

  /** While the state is away its turns keep their lanes: what was decided is written as soon as it is back. */
  const persist = async (write: () => Promise<void>): Promise<void> => {
    for (let n = 0; ; n += 1) {
      try {
        return await write();
      } catch (error) {
        if (!isStateAway(error) || options.halted().aborted) throw error;
        await clock.sleep(backoffMs(n), options.halted());
      }
    }
  };

  const afterFailure = async (turn: Turn, keys: readonly string[], error: unknown): Promise<void> => {
    if (options.halted().aborted || (turn.parked && !options.accepting())) return; // the journal keeps it for the next process
    if (turn.attempt >= options.attempts() && !isStateAway(error)) {
      options.onFailed();
      await persist(() => journal.fail(turn, keys)).catch(() => "the next process finds it, and gives it up again");
      return;
    }
    await journal.retry(turn, keys).catch(() => "the journal is away; the row stays claimed and is claimed again");
    const readyAt = clock.now() + backoffMs(turn.attempt - 1);
    // Given back, but never made the first again: parts may have been written, and are to be read.
    const attempt = isStateAway(error) ? Math.max(1, turn.attempt - 1) : turn.attempt;
    const again = { attempt, epoch: turn.epoch, stage: turn.stage, readyAt, suspect: false };
    turn.lane.waiting.unshift(...turn.waiting.map((waiting) => ({ ...waiting, ...again })));
    lanes.took(-turn.waiting.length);
  };

  return async (turn) => {
    const keys = turn.waiting.map(({ entry }) => entry.key);
    try {
      await persist(async () => {
        const superseding = turn.superseded.length === 0 ? undefined : journal.drop(turn.superseded);
        await Promise.all([journal.claim(keys, turn), superseding]);
      });
      const stop = turn.waiting[0]?.stop;
      if (stop !== undefined) turn.controller.abort(stop);
      await options.work(createClaim(turn, journal, { release: park, resume }));
      await persist(() => journal.done(turn, keys));
    } catch (error) {
      await afterFailure(turn, keys, error); // the reason is the worker's to log; here it only counts
    } finally {
      end(turn);
    }
  };
}

/** The next attempt at the entries that were taken off a lane. */
export function newTurn(lane: Lane, waiting: readonly Waiting[], superseded: readonly Waiting[]): Turn {
  const first = waiting[0] as Waiting;
  const stage: Stage = first.stage;
  return {
    key: first.entry.key,
    attempt: first.attempt + 1,
    epoch: first.epoch + 1,
    lane,
    waiting,
    superseded: superseded.map(({ entry }) => entry.key),
    stage,
    controller: new AbortController(),
    parked: false,
    holds: true,
  };
}

function backoffMs(n: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** n);
}
