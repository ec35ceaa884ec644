/** How a command that runs is told to end: a first signal drains, a second one ends at once. */

export interface Ending {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with it. */
  readonly told: Promise<NodeJS.Signals>;
}

const CODES = { SIGTERM: 143, SIGINT: 130 } as const;
/** Ctrl+C reaches the whole group of processes, and runners such as npm pass it on: both are one wish. */
const SAME_MS = 250;

/** From now on signals no longer end the process by themselves. */
export function watchSignals(): Ending {
  const told = Promise.withResolvers<NodeJS.Signals>();
  const ended = new AbortController();
  let toldAt: number | undefined;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      const now = performance.now();
      if (toldAt !== undefined && now - toldAt > SAME_MS) process.exit(CODES[name]);
      toldAt ??= now;
      told.resolve(name);
      ended.abort(new Error(`ended by ${name}`));
    });
  }
  return { signal: ended.signal, told: told.promise };
}
