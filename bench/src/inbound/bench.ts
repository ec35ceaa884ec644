/** B1: CPU per inbound message under load. Server and client are processes of their own; only the client is measured. */
import { type Child, inTurn, median, settled, startChild } from "../process.ts";
import { type Row, times } from "../table.ts";

/** Until the code that runs is compiled, for all of them. */
const WARM_UPS = 2;
/** In one go: fewer than an inbox holds, because what it has no room for is not acknowledged, and nobody sends it again. */
const MESSAGES = 10_000;
const MOST_TIMES_FLOOR = 1;

/** Rows B1 of the platform whose server and clients are in that folder: ours with memory state, and with SQLite. */
export async function inboundBench(
  runs: number,
  { platform, folder }: { readonly platform: string; readonly folder: string },
): Promise<Row[]> {
  const measured = await inTurn(runs, {
    floor: () => measure(folder, "floor.ts"),
    memory: () => measure(folder, "ours.ts", "memory"),
    sqlite: () => measure(folder, "ours.ts", "sqlite"),
    peer: () => measure(folder, "peer.ts"),
  });
  const floor = median(measured.floor);
  const us = (value: number): string => `${value.toFixed(1)} µs`;
  const cell = (values: readonly number[]): string => `${times(median(values), floor)} (${us(median(values))})`;
  const row = { figure: "B1", floor: us(floor), peer: cell(measured.peer) };
  return [
    {
      ...row,
      what: `${platform}: CPU per message under load, × floor`,
      ours: cell(measured.memory),
      goal: `≤ ${MOST_TIMES_FLOOR.toFixed(1)} ×`,
      met: median(measured.memory) / floor <= MOST_TIMES_FLOOR,
    },
    { ...row, what: "… with SQLite, full sync", ours: cell(measured.sqlite), goal: "", met: undefined },
  ];
}

/** Microseconds of CPU per message, all threads, until each has been handled. */
async function measure(folder: string, script: string, ...args: readonly string[]): Promise<number> {
  const server = startChild(`${folder}/server.ts`);
  const client = startChild(`${folder}/${script}`, args);
  try {
    await client.ask("connect", await server.ask<number>("listen"));
    await server.ask("connected");
    let before = 0;
    for (let round = 0; round < WARM_UPS; round += 1) before = await flood({ server, client, from: round * MESSAGES });
    const after = await flood({ server, client, from: WARM_UPS * MESSAGES });
    if (script === "ours.ts") await client.ask("clean");
    return ((after - before) * 1_000) / MESSAGES;
  } finally {
    await Promise.all([client.stop(), server.stop()]);
  }
}

interface Flood {
  readonly server: Child;
  readonly client: Child;
  readonly from: number;
}

/** The client's CPU so far, in ms, when it has handled all up to the last of these. */
async function flood({ server, client, from }: Flood): Promise<number> {
  await server.ask("flood", { from, count: MESSAGES });
  return settled(client, from + MESSAGES);
}
