/** The two signals of a turn: one for its handler, one for the delivery of what was already said. */
import type { Clock } from "../clock.ts";
import { channelError } from "../errors.ts";

export interface TurnSignal {
  /** Aborts by a stop word, a newer message, a recall, the time limit or shutdown. Made when first asked for. */
  turn(): AbortSignal;
  /** Aborts only when the lane is lost or the process stops, a little later, so that open messages can be finished. */
  readonly delivery: AbortSignal;
  /** The time limit has passed. */
  expire(): void;
  /** The error that says so. */
  limitReached(): Error | undefined;
  close(): void;
}

/** After the process was told to stop, open messages get this long to be finished. */
const FINISH_MS = 5_000;

/** `onWish` is told when a person, or a newer message, has called the turn off. */
export function createTurnSignal(claim: AbortSignal, clock: Clock, onWish: (reason: string) => void): TurnSignal {
  const delivery = new AbortController();
  // Made when they are needed, and without AbortSignal.any: a turn costs less than its signals.
  let turn: AbortController | undefined;
  let finishing: AbortController | undefined;
  let limit: Error | undefined;
  const onAbort = (): void => {
    turn?.abort(claim.reason);
    if (typeof claim.reason === "string") onWish(claim.reason);
    if (!isShutdown(claim.reason)) return;
    finishing = new AbortController();
    clock.sleep(FINISH_MS, finishing.signal).then(
      () => delivery.abort(claim.reason),
      () => "the turn ended before",
    );
  };
  claim.addEventListener("abort", onAbort, { once: true });
  if (claim.aborted) onAbort();
  return {
    turn() {
      if (turn === undefined) {
        turn = new AbortController();
        if (claim.aborted) turn.abort(claim.reason);
        else if (limit !== undefined) turn.abort(limit);
      }
      return turn.signal;
    },
    delivery: delivery.signal,
    expire() {
      limit ??= timeLimitError();
      turn?.abort(limit);
    },
    limitReached: () => limit,
    close() {
      finishing?.abort(new Error("the turn is over"));
      claim.removeEventListener("abort", onAbort);
    },
  };
}

/** True when the reason of an abort is neither a person's wish nor the time limit. */
export function isShutdown(reason: unknown): boolean {
  return typeof reason !== "string" && !isTimeLimit(reason);
}

function isTimeLimit(reason: unknown): boolean {
  return reason instanceof Error && "code" in reason && reason.code === "timeout";
}

function timeLimitError(): Error {
  return channelError({
    code: "timeout",
    kind: "config",
    message: "the turn took longer than turnTimeoutMs",
    fix: {
      en: "Make the handler faster, stop it by turn.signal, or raise turnTimeoutMs.",
      zh: "请加快处理函数,用 turn.signal 及时停止,或调大 turnTimeoutMs。",
    },
  });
}
