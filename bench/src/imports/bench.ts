/** A1, A2: what `import` costs, each in a fresh process. */
import { inTurn, median, startChild } from "../process.ts";
import { type Row, times } from "../table.ts";

interface Cost {
  readonly cpuMs: number;
  readonly megabytes: number;
}

const MOST_TIMES_WS = 1.25;
const MOST_MEGABYTES = 17;

/** A platform, by what is imported for it. */
export interface Imports {
  readonly platform: string;
  readonly ours: readonly string[];
  readonly peer: readonly string[];
}

/** Rows A1 and A2 of a platform. Ours counts core and channel, and in a row of its own `ws`, which is loaded with the first socket. */
export async function importBench(runs: number, { platform, ours, peer }: Imports): Promise<Row[]> {
  const measured = await inTurn(runs, {
    floor: () => costOf(["ws"]),
    ours: () => costOf(ours),
    oursWithSocket: () => costOf([...ours, "ws"]),
    peer: () => costOf(peer),
  });
  const cpu = (costs: readonly Cost[]): number => median(costs.map(({ cpuMs }) => cpuMs));
  const memory = (costs: readonly Cost[]): number => median(costs.map(({ megabytes }) => megabytes));
  const floorMs = cpu(measured.floor);
  const cpuCell = (costs: readonly Cost[]): string => `${times(cpu(costs), floorMs)} (${cpu(costs).toFixed(0)} ms)`;
  const memoryCell = (costs: readonly Cost[]): string => `${memory(costs).toFixed(1)} MB`;
  const cpuRow = { figure: "A1", floor: `${floorMs.toFixed(0)} ms`, peer: cpuCell(measured.peer) };
  const memoryRow = { figure: "A2", floor: memoryCell(measured.floor), peer: memoryCell(measured.peer) };
  return [
    {
      ...cpuRow,
      what: `${platform}: CPU of import, × importing ws`,
      ours: cpuCell(measured.ours),
      goal: `≤ ${MOST_TIMES_WS} ×`,
      met: cpu(measured.ours) / floorMs <= MOST_TIMES_WS,
    },
    { ...cpuRow, what: "… and ws, loaded at the first socket", ours: cpuCell(measured.oursWithSocket), ...noGoal },
    {
      ...memoryRow,
      what: `${platform}: memory of import`,
      ours: memoryCell(measured.ours),
      goal: `≤ ${MOST_MEGABYTES} MB`,
      met: memory(measured.ours) <= MOST_MEGABYTES,
    },
    { ...memoryRow, what: "… and ws", ours: memoryCell(measured.oursWithSocket), ...noGoal },
  ];
}

const noGoal = { goal: "", met: undefined };

async function costOf(names: readonly string[]): Promise<Cost> {
  const child = startChild("imports/child.ts", [], ["--expose-gc"]);
  try {
    return await child.ask<Cost>("import", names);
  } finally {
    await child.stop();
  }
}
