/** One at a time for each name: the platform lets all bots together write a few messages a second to one chat, in order. */

export interface Serial {
  /** Runs when those before it of that name have ended, well or not. */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function createSerial(): Serial {
  const last = new Map<string, Promise<unknown>>(); // bounded by the calls under way
  return {
    async run(name, work) {
      const before = last.get(name) ?? Promise.resolve();
      const mine = before.then(work, work);
      last.set(name, mine);
      try {
        return await mine;
      } finally {
        if (last.get(name) === mine) last.delete(name);
      }
    },
  };
}
