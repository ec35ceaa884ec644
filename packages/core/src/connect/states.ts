/** States of a connection as data: which may follow which, and what each means to those who ask "is it ready?". */
import type { ConnectionStatus } from "../model/channel.ts";

type State = ConnectionStatus["state"];

interface StateFacts {
  /** Messages can arrive. */
  readonly ready: boolean;
  readonly next: readonly State[];
}

export const STATES: Readonly<Record<State, StateFacts>> = {
  idle: { ready: false, next: ["opening", "standby", "stopped"] },
  opening: { ready: false, next: ["live", "waiting", "failed", "replaced", "stopped"] },
  live: { ready: true, next: ["draining", "opening", "waiting", "replaced", "failed", "stopped"] },
  draining: { ready: true, next: ["live", "waiting", "failed", "replaced", "stopped"] },
  waiting: { ready: false, next: ["opening", "standby", "stopped"] },
  standby: { ready: false, next: ["opening", "stopped"] },
  replaced: { ready: false, next: ["opening", "standby", "stopped"] },
  failed: { ready: false, next: ["opening", "stopped"] },
  stopped: { ready: false, next: [] },
};

/** The new state. Throws where the table lacks the step: that is a defect of ours. */
export function transition(from: State, to: State): State {
  if (from !== to && !STATES[from].next.includes(to)) throw new Error(`a connection cannot go from ${from} to ${to}`);
  return to;
}
