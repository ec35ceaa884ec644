/** The chain of listeners, routes and handler of a bot: the first that does not call `next()` has handled the turn. */
import type { Answered, AnyTurn, Handler } from "./types.ts";

/** A registered handler, and the turn as it wants to see it. Undefined: not for it. */
export interface Link {
  /** For the trace: `use`, `command add`, `route 2 → report`, `handler`. */
  readonly name: string;
  readonly match: (turn: AnyTurn) => object | undefined;
  readonly handler: Handler<never>;
}

/** Told which link runs, and what it answered. `outermost`: nothing is waiting for `next()` around it. */
export interface ChainEvents {
  readonly onEnter: (name: string) => void;
  readonly onAnswer: (answered: Given, outermost: boolean) => Promise<void>;
  /** Waits for a handler, but not for ever once the turn is called off. */
  readonly guard: <T>(work: Promise<T>) => Promise<T>;
}

/** An answer that is one. */
export type Given = Exclude<Answered, undefined | void>;

/** Resolves to false when nobody took the turn. */
export async function runChain(links: readonly Link[], turn: AnyTurn, events: ChainEvents): Promise<boolean> {
  let handled = false;
  const dispatch = async (from: number, depth: number): Promise<void> => {
    for (let at = from; at < links.length; at += 1) {
      const link = links[at];
      const seen = link?.match(turn);
      if (link === undefined || seen === undefined) continue;
      events.onEnter(link.name);
      const goOn = once(link.name, () => dispatch(at + 1, depth + 1));
      // The turn was narrowed by `match`, which is registered together with the handler that expects it.
      const called = (link.handler as Handler<object>)(seen, goOn.next);
      const answered = called instanceof Promise ? await events.guard(called) : called;
      if (isGiven(answered)) await events.onAnswer(answered, depth === 0);
      if (!goOn.wentOn() || isGiven(answered)) handled = true;
      return;
    }
  };
  await dispatch(0, 0);
  return handled;
}

function isGiven(answered: Answered): answered is Given {
  return answered !== undefined;
}

function once(
  name: string,
  goOn: () => Promise<void>,
): { readonly next: () => Promise<void>; readonly wentOn: () => boolean } {
  let went = false;
  const next = (): Promise<void> => {
    if (went) return Promise.reject(new Error(`next() was called twice by ${name}`));
    went = true;
    return goOn();
  };
  return { next, wentOn: () => went };
}
