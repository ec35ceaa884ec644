/** C1: CPU per request in webhook mode. Platform and server are processes of their own; only the server is measured. */
import { inTurn, median, settled, startChild } from "../process.ts";
import { type Row, times } from "../table.ts";

/** Until the code that runs is compiled, for all of them. */
const WARM_UPS = 2;
const MESSAGES = 5_000;
const MOST_TIMES_FLOOR = 1.1;

/** Rows C1: ours with memory state, with SQLite, and the floor behind our `toNodeHandler`. The SDK has no webhook. */
export async function webhookBench(runs: number): Promise<Row[]> {
  const measured = await inTurn(runs, {
    floor: () => measure("webhook/floor.ts", "bare"),
    memory: () => measure("webhook/ours.ts", "memory"),
    sqlite: () => measure("webhook/ours.ts", "sqlite"),
    web: () => measure("webhook/floor.ts", "web"),
  });
  const floor = median(measured.floor);
  const us = (value: number): string => `${value.toFixed(1)} µs`;
  const cell = (values: readonly number[]): string => `${times(median(values), floor)} (${us(median(values))})`;
  const row = { figure: "C1", floor: us(floor), peer: "none" };
  return [
    {
      ...row,
      what: "CPU per webhook request, × floor",
      ours: cell(measured.memory),
      goal: `≤ ${MOST_TIMES_FLOOR.toFixed(1)} ×`,
      met: median(measured.memory) / floor <= MOST_TIMES_FLOOR,
    },
    { ...row, what: "… with SQLite, full sync", ours: cell(measured.sqlite), goal: "", met: undefined },
    { ...row, what: "… the floor behind toNodeHandler", ours: cell(measured.web), goal: "", met: undefined },
  ];
}

/** Microseconds of CPU per request, all threads, until each message has been handled. */
async function measure(script: string, way: string): Promise<number> {
  const platform = startChild("webhook/platform.ts");
  const server = startChild(script, [way]);
  try {
    const port = await server.ask<number>("listen");
    const flood = async (round: number): Promise<number> => {
      await platform.ask("flood", { port, from: round * MESSAGES, count: MESSAGES });
      return settled(server, (round + 1) * MESSAGES);
    };
    let before = 0;
    for (let round = 0; round < WARM_UPS; round += 1) before = await flood(round);
    const after = await flood(WARM_UPS);
    if (script.endsWith("ours.ts")) await server.ask("clean");
    return ((after - before) * 1_000) / MESSAGES;
  } finally {
    await Promise.all([platform.stop(), server.stop()]);
  }
}
