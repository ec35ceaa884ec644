/** Waits for user code that may ignore its signal. */
import type { Clock } from "../clock.ts";
import { abortedError } from "../errors.ts";

/** After the turn was called off, a handler gets this long to end by itself. */
const GRACE_MS = 2_000;

/** `work`, or a rejection with `aborted` when `signal` has aborted and `work` goes on regardless. Its late result is dropped. */
export async function orAbandoned<T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const done = new AbortController();
  const called = Promise.withResolvers<"called off">();
  const callOff = (): void => called.resolve("called off");
  if (signal.aborted) callOff();
  signal.addEventListener("abort", callOff, { once: true });
  try {
    const first = await Promise.race([work.then((value) => ({ value })), called.promise]);
    if (first !== "called off") return first.value;
    const grace = clock.sleep(GRACE_MS, done.signal).then(
      () => undefined,
      () => undefined,
    );
    const late = await Promise.race([work.then((value) => ({ value })), grace]);
    if (late !== undefined) return late.value;
    throw abortedError("the handler went on after its turn was called off", signal.reason);
  } finally {
    done.abort(new Error("decided"));
    signal.removeEventListener("abort", callOff);
  }
}
