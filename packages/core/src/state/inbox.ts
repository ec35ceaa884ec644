/**
 * The inbox of a state that one process holds: every change journalled, lanes in memory, turns begun by the scheduler.
 * Memory and SQLite share it (docs/reliability.md, state machines).
 */
import type { Clock } from "../clock.ts";
import { closedError } from "../errors.ts";
import type { Journal } from "./journal.ts";
import { createLanes, type Lane, type Turn, type Waiting } from "./lanes.ts";
import { createScheduler } from "./scheduler.ts";
import type { Inbox, StopReason } from "./state.ts";

/** Claims after which an entry that was found running is a suspect. */
const SUSPECT_AFTER = 2;
/** Entries that may wait; beyond, `offer` says full and the platform is asked to repeat. */
const MAX_WAITING = 20_000;

export function createInbox(journal: Journal, clock: Clock): Inbox {
  const lanes = createLanes();
  const scheduler = createScheduler({ journal, clock, lanes });
  let loaded: Promise<void> | undefined;
  let failedBefore = 0;
  let offering = 0;

  const load = (): Promise<void> =>
    (loaded ??= journal.load().then((stored) => {
      failedBefore = stored.failed;
      for (const { entry, attempt, epoch, stage, stop, burst } of stored.entries) {
        const suspect = stage === "running" && attempt >= SUSPECT_AFTER;
        const waiting: Waiting = { entry, attempt, epoch, stage, readyAt: 0, suspect };
        if (stop !== undefined) waiting.stop = stop;
        if (burst !== undefined) waiting.burst = burst;
        lanes.add(waiting);
      }
    }));

  const stopWaiting = async (lane: Lane, id: string): Promise<boolean> => {
    const at = lane.waiting.findIndex(({ entry }) => entry.inbound.id === id);
    const [found] = at === -1 ? [] : lane.waiting.splice(at, 1);
    if (found === undefined) return false;
    lanes.took(1);
    await journal.drop([found.entry.key]);
    return true;
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
      const lane = lanes.add({ entry, attempt: 0, epoch: 0, stage: "running", readyAt: 0, suspect: false });
      if (scheduler.whenBusy() === "interrupt" && entry.inbound.kind === "message") interruptRunning(lane, journal);
      scheduler.pump();
      return "accepted";
    },
    work(turn, options) {
      const worker = scheduler.work(turn, options);
      load().then(scheduler.pump, () => "offers and size() report why the state is away");
      return worker;
    },
    async stop(laneName, reason, only = {}) {
      await load();
      const lane = lanes.get(laneName);
      if (lane === undefined) return false;
      const dropped = only.id === undefined ? false : await stopWaiting(lane, only.id);
      const found = scheduler.turns().filter((turn) => turn.lane === lane && allows(turn, only));
      await Promise.all(found.map((turn) => abortTurn(turn, reason, journal)));
      return dropped || found.length > 0;
    },
    async size() {
      await load();
      return { waiting: lanes.size(), active: scheduler.turns().length, failed: failedBefore + scheduler.failures() };
    },
    async close() {
      scheduler.close(closedError("the inbox"));
    },
  };
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
