/**
 * The scheduler: lanes in memory, one turn at a time per lane in order of acceptance, every change journalled. Memory and
 * SQLite share it, because one process holds the whole inbox there (docs/reliability.md, state machines).
 */
import type { Clock } from "../clock.ts";
import { closedError } from "../errors.ts";
import { createClaim, type Turn } from "./claim.ts";
import { isStateAway, type Journal, type Stage } from "./journal.ts";
import { createLanes, type Lane, type Waiting } from "./lanes.ts";
import type { Claim, Inbox, StopReason, Worker, WorkOptions } from "./state.ts";

/** Entries that may wait; beyond, `offer` says full and the platform is asked to repeat. */
const MAX_WAITING = 20_000;
const RETRY_BASE_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** After a stop has aborted its turns, their last writes get this long. */
const HALT_GRACE_MS = 5_000;
/** A burst that is merged holds at most this many. */
const MAX_BURST = 50;

export function createInbox(journal: Journal, clock: Clock): Inbox {
  const lanes = createLanes();
  const closed = new AbortController();
  /** Nothing is written any more: closed, or the grace of a stop is used up. */
  let halted = new AbortController();
  let loaded: Promise<void> | undefined;
  let failed = 0;
  let active = 0;
  let offering = 0;
  let work: { readonly turn: (claim: Claim) => Promise<void>; readonly options: WorkOptions } | undefined;
  let accepting = true;
  const turns = new Set<Turn>();
  const idle = new Set<() => void>();

  const load = (): Promise<void> =>
    (loaded ??= journal.load().then((stored) => {
      failed = stored.failed;
      for (const { entry, attempt, epoch, stage, stop, burst } of stored.entries) {
        const waiting: Waiting = { entry, attempt, epoch, stage, readyAt: 0 };
        if (stop !== undefined) waiting.stop = stop;
        if (burst !== undefined) waiting.burst = burst;
        lanes.add(waiting);
      }
    }));

  const pump = (): void => {
    if (work === undefined || !accepting) return;
    for (let lane = lanes.next(); lane !== undefined; lane = lanes.next()) {
      const resuming = lane.resuming.shift();
      if (resuming !== undefined) {
        active += 1;
        lane.running = resuming.turn;
        resuming.go();
        continue;
      }
      if (active >= work.options.lanes) {
        lanes.putBack(lane);
        return;
      }
      const first = lane.waiting[0];
      if (first === undefined || !work.options.queues.includes(first.entry.queue)) continue;
      if (first.readyAt > clock.now()) {
        wakeLater(lane, first.readyAt - clock.now());
        continue;
      }
      const before = lane.waiting.length;
      const taken = take(lane, work.options.whenBusy);
      lanes.took(before - lane.waiting.length);
      startTurn(lane, taken);
    }
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

  const take = (lane: Lane, whenBusy: WorkOptions["whenBusy"]): readonly Waiting[] => {
    const first = lane.waiting[0] as Waiting;
    if (first.burst !== undefined) return lane.waiting.splice(0, countBurst(lane.waiting, first.burst));
    if (whenBusy === "merge") return lane.waiting.splice(0, countMessages(lane.waiting));
    if (whenBusy !== "interrupt" || first.attempt > 0) return lane.waiting.splice(0, 1);
    const newest = lane.waiting.pop() as Waiting;
    const older = lane.waiting.splice(0).map(({ entry }) => entry.key);
    if (older.length > 0) journal.drop(older).catch(() => "they stay and are answered after a restart");
    return [newest];
  };

  const startTurn = (lane: Lane, waiting: readonly Waiting[]): void => {
    const first = waiting[0] as Waiting;
    const attempt = first.attempt + 1;
    const epoch = first.epoch + 1;
    const turn = createTurnRecord(lane, waiting, { attempt, epoch });
    turns.add(turn);
    active += 1;
    if (work?.options.whenBusy === "pass") lanes.touch(lane);
    else lane.running = turn;
    void runTurn(turn);
  };

  const runTurn = async (turn: Turn): Promise<void> => {
    const keys = turn.waiting.map(({ entry }) => entry.key);
    try {
      await persist(() => journal.claim(keys, turn));
      const stop = turn.waiting[0]?.stop;
      if (stop !== undefined) turn.controller.abort(stop);
      await work?.turn(createClaim(turn, journal, { release, resume }));
      await persist(() => journal.done(turn, keys));
    } catch (error) {
      await afterFailure(turn, keys, error); // the reason is the worker's to log; here it only counts
    } finally {
      turns.delete(turn);
      release(turn);
      for (const wake of idle) wake();
    }
  };

  /** While the state is away its turns keep their lanes: what was decided is written as soon as it is back. */
  const persist = async (write: () => Promise<void>): Promise<void> => {
    for (let n = 0; ; n += 1) {
      try {
        return await write();
      } catch (error) {
        if (!isStateAway(error) || halted.signal.aborted) throw error;
        await clock.sleep(Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** n), halted.signal);
      }
    }
  };

  const afterFailure = async (turn: Turn, keys: readonly string[], error: unknown): Promise<void> => {
    if (halted.signal.aborted || (turn.parked && !accepting)) return; // the journal keeps it for the next process
    const attempts = work?.options.attempts ?? Number.POSITIVE_INFINITY;
    if (turn.attempt >= attempts && !isStateAway(error)) {
      failed += 1;
      await persist(() => journal.fail(turn, keys)).catch(() => "the next process finds it, and gives it up again");
      return;
    }
    await journal.retry(turn, keys).catch(() => "the journal is away; the row stays claimed and is claimed again");
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** (turn.attempt - 1));
    const attempt = isStateAway(error) ? turn.attempt - 1 : turn.attempt;
    for (const waiting of turn.waiting.toReversed()) {
      const { epoch, stage } = turn;
      turn.lane.waiting.unshift({ ...waiting, attempt, epoch, stage, readyAt: clock.now() + waitMs });
    }
    lanes.took(-turn.waiting.length);
  };

  /** The turn's lane is free for the next; idempotent. */
  const release = (turn: Turn): void => {
    if (!turn.holds) return;
    turn.holds = false;
    active -= 1;
    if (turn.lane.running === turn) delete turn.lane.running;
    lanes.touch(turn.lane);
    pump();
  };

  const resume = (turn: Turn): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!accepting) {
        reject(closedError("the worker"));
        return;
      }
      const go = (): void => {
        turn.holds = true;
        resolve();
      };
      turn.lane.resuming.push({ turn, go });
      lanes.touch(turn.lane);
      pump();
    });

  const stopWaiting = async (lane: Lane, id: string): Promise<boolean> => {
    const at = lane.waiting.findIndex(({ entry }) => entry.inbound.id === id);
    const [found] = at === -1 ? [] : lane.waiting.splice(at, 1);
    if (found === undefined) return false;
    lanes.took(1);
    await journal.drop([found.entry.key]);
    return true;
  };

  const worker: Worker = {
    async stop(timeoutMs) {
      accepting = false;
      for (const turn of turns) if (turn.parked) turn.controller.abort(closedError("the worker"));
      const done = new AbortController();
      const late = clock.sleep(timeoutMs, done.signal).then(
        () => {
          for (const turn of turns) turn.controller.abort(closedError("the worker"));
          return clock.sleep(HALT_GRACE_MS, done.signal).then(
            () => halted.abort(closedError("the worker")),
            () => "all ended in time",
          );
        },
        () => "all ended in time",
      );
      while (turns.size > 0) await nextEnd(idle);
      done.abort(new Error("all turns have ended"));
      await late;
      work = undefined;
    },
  };

  return {
    async offer(entry) {
      await load();
      if (lanes.size() + offering >= MAX_WAITING) return "full";
      offering += 1;
      try {
        if (!(await journal.insert(entry))) return "duplicate";
      } finally {
        offering -= 1;
      }
      const lane = lanes.add({ entry, attempt: 0, epoch: 0, stage: "running", readyAt: 0 });
      if (work?.options.whenBusy === "interrupt" && entry.inbound.kind === "message") interruptRunning(lane, journal);
      pump();
      return "accepted";
    },
    work(turn, options) {
      accepting = true;
      if (!closed.signal.aborted) halted = new AbortController();
      work = { turn, options };
      load().then(pump, () => "offers and size() report why the state is away");
      return worker;
    },
    async stop(laneName, reason, only = {}) {
      await load();
      const lane = lanes.get(laneName);
      if (lane === undefined) return false;
      const dropped = only.id === undefined ? false : await stopWaiting(lane, only.id);
      const found = [...turns].filter((turn) => turn.lane === lane && allows(turn, only));
      await Promise.all(found.map((turn) => abortTurn(turn, reason, journal)));
      return dropped || found.length > 0;
    },
    async size() {
      await load();
      return { waiting: lanes.size(), active: turns.size, failed };
    },
    async close() {
      accepting = false;
      closed.abort(closedError("the inbox"));
      halted.abort(closedError("the inbox"));
    },
  };
}

function createTurnRecord(
  lane: Lane,
  waiting: readonly Waiting[],
  claim: { readonly attempt: number; readonly epoch: number },
): Turn {
  const stage: Stage = waiting[0]?.stage ?? "running";
  const key = waiting[0]?.entry.key ?? "";
  return { ...claim, key, lane, waiting, stage, controller: new AbortController(), parked: false, holds: true };
}

function countBurst(waiting: readonly Waiting[], burst: string): number {
  const end = waiting.findIndex((one) => one.burst !== burst);
  return end === -1 ? waiting.length : end;
}

function countMessages(waiting: readonly Waiting[]): number {
  const end = waiting.findIndex(({ entry, attempt }) => entry.inbound.kind !== "message" || attempt > 0);
  return Math.max(1, Math.min(MAX_BURST, end === -1 ? waiting.length : end));
}

function allows({ waiting }: Turn, only: { readonly sender?: string; readonly id?: string }): boolean {
  return waiting.some(({ entry: { inbound } }) => {
    if (only.id !== undefined && inbound.id !== only.id) return false;
    return only.sender === undefined || inbound.sender?.id === only.sender;
  });
}

async function abortTurn(turn: Turn, reason: StopReason, journal: Journal): Promise<void> {
  await journal.stop(turn.key, reason);
  turn.controller.abort(reason);
}

function interruptRunning(lane: Lane, journal: Journal): void {
  const turn = lane.running;
  if (turn === undefined || turn.controller.signal.aborted) return;
  abortTurn(turn, "newer", journal).catch(() => turn.controller.abort("newer"));
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
