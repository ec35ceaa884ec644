/** Imports what it is told and says what that cost. Its own imports are small and come before the measurement. */
import { answer, cpuMs } from "../process.ts";

const collect = (globalThis as { readonly gc?: () => void }).gc ?? ((): void => undefined);

answer({
  async import(names: readonly string[]) {
    collect();
    const before = { cpu: cpuMs(), rss: process.memoryUsage().rss };
    for (const name of names) await import(name);
    const cpu = cpuMs() - before.cpu;
    collect();
    return { cpuMs: cpu, megabytes: (process.memoryUsage().rss - before.rss) / 1_048_576 };
  },
});
