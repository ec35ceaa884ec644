/** A1, A2: what `import` costs, each in a fresh process. */
import { inTurn, startChild } from "../process.ts";
import { type Row, times } from "../table.ts";

interface Cost {
  readonly cpuMs: number;
  readonly megabytes: number;
}

const CASES = {
  ws: ["ws"],
  ours: ["@openclaw-china/core", "@openclaw-china/dingtalk"],
  oursWithSocket: ["@openclaw-china/core", "@openclaw-china/dingtalk", "ws"],
  peer: ["dingtalk-stream"],
} as const;

/** Rows A1 and A2. Ours counts core and channel, and in a row of its own `ws`, which is loaded with the first socket. */
export async function importBench(runs: number): Promise<Row[]> {
  const cpu = await measure(runs, "cpuMs");
  const memory = await measure(runs, "megabytes");
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const mb = (value: number): string => `${value.toFixed(1)} MB`;
  const cell = (value: number): string => `${times(value, cpu.ws)} (${ms(value)})`;
  return [
    {
      figure: "A1",
      what: "CPU of import, × importing ws",
      floor: ms(cpu.ws),
      ours: cell(cpu.ours),
      peer: cell(cpu.peer),
      goal: "≤ 1.25 ×",
    },
    {
      figure: "A1",
      what: "… with ws, loaded at the first socket",
      floor: ms(cpu.ws),
      ours: cell(cpu.oursWithSocket),
      peer: cell(cpu.peer),
      goal: "",
    },
    {
      figure: "A2",
      what: "memory of import",
      floor: mb(memory.ws),
      ours: mb(memory.ours),
      peer: mb(memory.peer),
      goal: "≤ 17 MB",
    },
    {
      figure: "A2",
      what: "… with ws",
      floor: mb(memory.ws),
      ours: mb(memory.oursWithSocket),
      peer: mb(memory.peer),
      goal: "",
    },
  ];
}

function measure(runs: number, what: keyof Cost): Promise<Readonly<Record<keyof typeof CASES, number>>> {
  const of = (names: readonly string[]) => async (): Promise<number> => {
    const child = startChild("imports/child.ts", [], ["--expose-gc"]);
    try {
      return (await child.ask<Cost>("import", names))[what];
    } finally {
      await child.stop();
    }
  };
  return inTurn(runs, {
    ws: of(CASES.ws),
    ours: of(CASES.ours),
    oursWithSocket: of(CASES.oursWithSocket),
    peer: of(CASES.peer),
  });
}
