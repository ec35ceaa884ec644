/** Begins turns: one at a time per lane in order of acceptance, many lanes at once, up to a number of slots. */
import type { Clock } from "../clock.ts";
import { closedError } from "../errors.ts";
import type { Journal } from "./journal.ts";
import type { Lane, Lanes, Turn, Waiting } from "./lanes.ts";
import type { Claim, WhenBusy, Worker, WorkOptions } from "./state.ts";
import { createTurnRunner, newTurn } from "./turns.ts";

/** After a stop has aborted its turns, their last writes get this long. */
const HALT_GRACE_MS = 5_000;
/** A burst that is merged holds at most this many. */
const MAX_BURST = 50;

export interface Scheduler {
  /** Begins what can begin. */
  pump(): void;
  work(turn: (claim: Claim) => Promise<void>, options: WorkOptions): Worker;
  /** That run now, parked ones included. */
  turns(): readonly Turn[];
  /** Entries given up by this process. */
  failures(): number;
  whenBusy(): WhenBusy | undefined;
  /** Begins nothing and writes nothing any more. */
  close(reason: Error): void;
}

export function createScheduler(deps: {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly lanes: Lanes;
}): Scheduler {
  const { journal, clock, lanes } = deps;
  const closed = new AbortController();
  const turns: Turn[] = []; // no set: its old tables keep ended turns, and all they hold, until a major collection
  const idle = new Set<() => void>();
  /** Suspects run one at a time: else one that kills the process would use up the attempts of the others. */
  let suspect: Turn | undefined;
  const held = new Set<Lane>();
  /** Nothing is written any more: closed, or the grace of a stop is used up. */
  let halted = new AbortController();
  let failed = 0;
  let active = 0;
  let work: { readonly turn: (claim: Claim) => Promise<void>; readonly options: WorkOptions } | undefined;
  let accepting = true;

  const pump = (): void => {
    if (work === undefined || !accepting) return;
    for (let lane = lanes.next(); lane !== undefined; lane = lanes.next()) {
      if (resumeFirst(lane)) continue;
      if (active >= work.options.lanes) {
        lanes.putBack(lane);
        return;
      }
      const first = lane.waiting[0];
      if (first === undefined || !work.options.queues.includes(first.entry.queue)) continue;
      if (first.readyAt > clock.now()) wakeLater(lane, first.readyAt - clock.now());
      else if (first.suspect && suspect !== undefined) held.add(lane);
      else begin(lane, takeFrom(lane.waiting, work.options.whenBusy));
    }
  };

  const resumeFirst = (lane: Lane): boolean => {
    const resuming = lane.resuming.shift();
    if (resuming === undefined) return false;
    active += 1;
    lane.running = resuming.turn;
    resuming.turn.holds = true;
    resuming.go();
    return true;
  };

  const wakeLater = (lane: Lane, ms: number): void => {
    clock.sleep(ms, closed.signal).then(
      () => {
        lanes.touch(lane);
        pump();
      },
      () => "closed: nobody is waiting any more",
    );
  };

  const begin = (lane: Lane, { taken, superseded }: Taken): void => {
    const turn = newTurn(lane, taken, superseded);
    if (taken[0]?.suspect === true) suspect = turn;
    lanes.took(taken.length + superseded.length);
    turns.push(turn);
    lane.turns += 1;
    active += 1;
    if (work?.options.whenBusy === "pass") lanes.touch(lane);
    else lane.running = turn;
    void run(turn);
  };

  /** The turn's lane is free for the next; idempotent. */
  const release = (turn: Turn): void => {
    if (!turn.holds) return;
    turn.holds = false;
    active -= 1;
    if (turn.lane.running === turn) turn.lane.running = undefined;
    lanes.touch(turn.lane);
    if (turn === suspect) letNextSuspect();
    pump();
  };

  const letNextSuspect = (): void => {
    suspect = undefined;
    for (const lane of held) lanes.touch(lane);
    held.clear();
  };

  const resume = (turn: Turn): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!accepting) {
        reject(closedError("the worker"));
        return;
      }
      turn.lane.resuming.push({ turn, go: resolve });
      lanes.touch(turn.lane);
      pump();
    });

  const run = createTurnRunner({
    journal,
    clock,
    lanes,
    halted: () => halted.signal,
    accepting: () => accepting,
    attempts: () => work?.options.attempts ?? Number.POSITIVE_INFINITY,
    work: async (claim) => work?.turn(claim),
    park: release,
    end(turn) {
      takeOut(turns, turn);
      leave(turn);
      release(turn);
      lanes.touch(turn.lane);
      for (const wake of idle) wake();
    },
    resume,
    onFailed: () => void (failed += 1),
  });

  const stop = async (timeoutMs: number): Promise<void> => {
    accepting = false;
    abortAll(turns, ({ parked }) => parked);
    await drain({ turns, idle, clock, timeoutMs, halt: () => halted.abort(closedError("the worker")) });
    work = undefined;
  };

  return {
    pump,
    work(turn, options) {
      accepting = true;
      if (!closed.signal.aborted) halted = new AbortController();
      work = { turn, options };
      return { stop };
    },
    turns: () => turns,
    failures: () => failed,
    whenBusy: () => work?.options.whenBusy,
    close(reason) {
      accepting = false;
      closed.abort(reason);
      halted.abort(reason);
    },
  };
}

/** A turn that has ended while it wanted its lane back does not come back. */
function leave({ lane, key }: Turn): void {
  lane.turns -= 1;
  const at = lane.resuming.findIndex(({ turn }) => turn.key === key);
  if (at !== -1) lane.resuming.splice(at, 1);
}

interface Taken {
  readonly taken: readonly Waiting[];
  /** Older ones that the newest replaces. */
  readonly superseded: readonly Waiting[];
}

/** What the next turn of a lane is made of, taken off what waits. */
function takeFrom(waiting: Waiting[], whenBusy: WhenBusy): Taken {
  const first = waiting[0] as Waiting;
  if (first.burst !== undefined) return { taken: waiting.splice(0, countBurst(waiting, first.burst)), superseded: [] };
  if (whenBusy === "merge") return { taken: waiting.splice(0, countMessages(waiting)), superseded: [] };
  if (whenBusy !== "interrupt" || first.attempt > 0) return { taken: waiting.splice(0, 1), superseded: [] };
  const all = waiting.splice(0);
  return { taken: all.slice(-1), superseded: all.slice(0, -1) };
}

function countBurst(waiting: readonly Waiting[], burst: string): number {
  const end = waiting.findIndex((one) => one.burst !== burst);
  return end === -1 ? waiting.length : end;
}

function countMessages(waiting: readonly Waiting[]): number {
  const end = waiting.findIndex(({ entry, attempt }) => entry.inbound.kind !== "message" || attempt > 0);
  return Math.max(1, Math.min(MAX_BURST, end === -1 ? waiting.length : end));
}

function takeOut(turns: Turn[], turn: Turn): void {
  const at = turns.indexOf(turn);
  if (at === -1) return;
  const last = turns.pop() as Turn;
  if (last !== turn) turns[at] = last;
}

function abortAll(turns: readonly Turn[], which: (turn: Turn) => boolean): void {
  for (const turn of turns.filter(which)) turn.controller.abort(closedError("the worker"));
}

interface Draining {
  readonly turns: readonly Turn[];
  /** Called after each end of a turn. */
  readonly idle: Set<() => void>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends what still tries to write. */
  readonly halt: () => void;
}

/** Waits for the turns that run; aborts them after a while, and a little later their writes. */
async function drain({ turns, idle, clock, timeoutMs, halt }: Draining): Promise<void> {
  const done = new AbortController();
  const hurry = async (): Promise<void> => {
    await clock.sleep(timeoutMs, done.signal);
    abortAll(turns, () => true);
    await clock.sleep(HALT_GRACE_MS, done.signal);
    halt();
  };
  const hurrying = hurry().catch(() => "all ended in time");
  while (turns.length > 0) await nextEnd(idle);
  done.abort(new Error("all turns have ended"));
  await hurrying;
}

function nextEnd(idle: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      idle.delete(wake);
      resolve();
    };
    idle.add(wake);
  });
}
