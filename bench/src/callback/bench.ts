/** C1: CPU per request of WeCom's callback mode. Platform and server are processes of their own; only the server is measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, inTurn, median, startChild } from "../process.ts";
import { type Row, times } from "../table.ts";

/** Until the code that runs is compiled. */
const WARM_UP = 3_000;
const MESSAGES = 6_000;
const HANDLED_TRIES = 1_000;
const MOST_TIMES_FLOOR = 1.1;

/** Row C1: signature, decryption, and an encrypted answer for each; ours with everything behind it. */
export async function callbackBench(runs: number): Promise<Row[]> {
  const measured = await inTurn(runs, {
    floor: () => measure("callback/floor.ts"),
    ours: () => measure("callback/ours.ts"),
    peer: () => measure("callback/peer.ts"),
  });
  const floor = median(measured.floor);
  const us = (value: number): string => `${value.toFixed(1)} µs`;
  const cell = (values: readonly number[]): string => `${times(median(values), floor)} (${us(median(values))})`;
  const ratio = median(measured.ours) / floor;
  return [
    {
      figure: "C1",
      what: "WeCom: CPU per sealed callback, × floor",
      floor: us(floor),
      ours: cell(measured.ours),
      peer: cell(measured.peer),
      goal: `≤ ${MOST_TIMES_FLOOR} ×`,
      met: ratio <= MOST_TIMES_FLOOR,
    },
  ];
}

/** Microseconds of CPU per request, all threads. */
async function measure(script: string): Promise<number> {
  const server = startChild(script);
  const client = startChild("callback/client.ts");
  try {
    const port = await server.ask<number>("listen");
    await client.ask("flood", { port, from: 0, count: WARM_UP });
    const before = await settled(server, WARM_UP);
    await client.ask("flood", { port, from: WARM_UP, count: MESSAGES });
    return (((await settled(server, WARM_UP + MESSAGES)) - before) * 1_000) / MESSAGES;
  } finally {
    await Promise.all([client.stop(), server.stop()]);
  }
}

/** CPU in ms when so many have been handled, which may be later than the last answer. */
async function settled(server: Child, count: number): Promise<number> {
  for (let tries = 0; tries < HANDLED_TRIES; tries += 1) {
    const { cpuMs, handled } = await server.ask<{ readonly cpuMs: number; readonly handled: number }>("cpu");
    if (handled === count) return cpuMs;
    await sleep(10);
  }
  throw new Error(`not all of ${count} callbacks were handled`);
}
