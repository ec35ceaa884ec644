/**
 * A state whose process may die: from then on nothing is written, and nobody hears of what was. Its turns end as those of a
 * dead process do: they are claimed again by whoever works next.
 */
import type { Claim, State, Store } from "../../src/index.ts";
import { type Life, never } from "./desk.ts";

/** `ended` rejects when the process has died. */
export interface Mortal extends Life {
  readonly ended: Promise<never>;
}

/** `onStep` is told of each write after it is committed, and may end the life. */
export function dyingState(state: State, life: Mortal, onStep: (step: string) => void): State {
  const alive = async <T>(work: () => Promise<T>, step?: string): Promise<T> => {
    if (life.dead) return never();
    const result = await work();
    if (step !== undefined && !life.dead) onStep(step);
    return life.dead ? never() : result;
  };
  const claimOf = (claim: Claim): Claim => ({
    ...claim,
    outbox: {
      parts: () => alive(() => claim.outbox.parts()),
      put: (part) => alive(() => claim.outbox.put(part), `wrote ${part.state}`),
    },
    handled: () => alive(() => claim.handled(), "wrote handled"),
    park: () => alive(() => claim.park(), "wrote parked"),
    resume: () => alive(() => claim.resume(), "wrote resumed"),
  });
  const { inbox } = state;
  return {
    ...state,
    inbox: {
      ...inbox,
      offer: (entry) => alive(() => inbox.offer(entry)),
      stop: (...order) => alive(() => inbox.stop(...order)),
      work: (turn, options) => inbox.work((claim) => Promise.race([turn(claimOf(claim)), life.ended]), options),
    },
    store: storeOf(state.store, alive),
  };
}

function storeOf(store: Store, alive: <T>(work: () => Promise<T>, step?: string) => Promise<T>): Store {
  return {
    ...store,
    get: (key) => alive(() => store.get(key)),
    put: (...args) => alive(() => store.put(...args), "wrote fact"),
    putIfAbsent: (...args) => alive(() => store.putIfAbsent(...args), "wrote fact"),
    replaceIf: (...args) => alive(() => store.replaceIf(...args), "wrote fact"),
  };
}
