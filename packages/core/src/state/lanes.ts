/** Waiting entries by lane, and which lanes may have something to start, in order. Bounded by the inbox. */
import type { Stage } from "./journal.ts";
import type { InboxEntry, StopReason } from "./state.ts";

export interface Waiting {
  readonly entry: InboxEntry;
  /** Claims so far. */
  readonly attempt: number;
  readonly epoch: number;
  readonly stage: Stage;
  /** ms since 1970; not before. */
  readonly readyAt: number;
  /** Two processes have died while it ran: it may be what kills them. */
  readonly suspect: boolean;
  stop?: StopReason;
  burst?: string;
}

export interface Lane {
  readonly name: string;
  readonly waiting: Waiting[];
  /** Turns that were parked and want the lane back, ahead of what waits. */
  readonly resuming: { readonly turn: Turn; readonly go: () => void }[];
  running: Turn | undefined;
  /** Turns that have begun and not ended, those that gave the lane back included: until then it is the lane of its name. */
  turns: number;
  listed: boolean;
}

/** A turn that runs; the scheduler's own record. */
export interface Turn {
  readonly key: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly lane: Lane;
  readonly waiting: readonly Waiting[];
  readonly superseded: readonly string[];
  readonly controller: AbortController;
  stage: Stage;
  parked: boolean;
  /** It has a slot, and its lane. */
  holds: boolean;
}

export interface Lanes {
  add(waiting: Waiting): Lane;
  get(name: string): Lane | undefined;
  /** The lane may have something to start. */
  touch(lane: Lane): void;
  /** A free lane with work, taken off the list. */
  next(): Lane | undefined;
  /** The same lane is next again. */
  putBack(lane: Lane): void;
  /** `n` entries were taken off a lane; negative: put back. */
  took(n: number): void;
  /** Entries waiting. */
  size(): number;
}

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  let ready: Lane[] = [];
  let head = 0;
  let count = 0;

  const isEmpty = ({ waiting, resuming }: Lane): boolean => waiting.length === 0 && resuming.length === 0;

  const forget = (lane: Lane): void => {
    if (lane.turns === 0) lanes.delete(lane.name);
  };

  const touch = (lane: Lane): void => {
    if (lane.listed) return;
    if (isEmpty(lane)) {
      forget(lane);
      return;
    }
    lane.listed = true;
    ready.push(lane);
  };

  return {
    add(waiting) {
      const name = waiting.entry.lane;
      const lane = lanes.get(name) ?? {
        name,
        waiting: [],
        resuming: [],
        running: undefined,
        turns: 0,
        listed: false,
      };
      lanes.set(name, lane);
      lane.waiting.push(waiting);
      count += 1;
      touch(lane);
      return lane;
    },
    get: (name) => lanes.get(name),
    touch,
    next() {
      while (head < ready.length) {
        const lane = ready[head] as Lane;
        head += 1;
        lane.listed = false;
        if (isEmpty(lane)) forget(lane);
        else if (lane.running === undefined) return lane;
      }
      ready = [];
      head = 0;
      return undefined;
    },
    putBack(lane) {
      lane.listed = true;
      head -= 1;
      ready[head] = lane;
    },
    took(n) {
      count -= n;
    },
    size: () => count,
  };
}
