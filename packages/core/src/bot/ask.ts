/** `turn.ask`: a card, and the wait for a press. */
import type { Clock } from "../clock.ts";
import { unsupportedError } from "../errors.ts";
import type { Store } from "../state/state.ts";
import type { Attempt } from "./run.ts";
import type { TurnBase } from "./types.ts";

/** Cards with buttons are not drawn by any channel of this version: asking says so instead of waiting for ever. */
export function createAsk(_deps: {
  readonly store: Store;
  readonly clock: Clock;
}): (attempt: Attempt) => TurnBase["ask"] {
  return ({ account }) =>
    () =>
      Promise.reject(unsupportedError(account.channel.id, "show cards with buttons yet"));
}
