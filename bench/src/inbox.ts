/** G1: the durable inbox, SQLite with full sync in its thread: accepts per second, and what that does to the event loop. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type InboxEntry, sqliteState } from "@openclaw-china/core";
import { median } from "./process.ts";
import type { Row } from "./table.ts";

const GOALS = new Map([
  [1, "≥ 4,000/s"],
  [50, "≥ 35,000/s"],
  [500, "≥ 60,000/s"],
]);
const RUN_MS = 800;
const LANES = 100;
/** The inbox is bounded (`full` beyond): enough for every run of one file. */
const TEXT = "x".repeat(600);

interface Run {
  readonly perSecond: number;
  readonly delayP99Ms: number;
}

/** Rows G1, at 1, 50 and 500 offers in flight. */
export async function inboxBench(runs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [inFlight, goal] of GOALS) {
    const results: Run[] = [];
    for (let run = 0; run < runs; run += 1) results.push(await measure(inFlight));
    const perSecond = Math.round(median(results.map((one) => one.perSecond))).toLocaleString("en");
    const delay = median(results.map((one) => one.delayP99Ms)).toFixed(1);
    const ours = `${perSecond}/s, loop p99 ${delay} ms`;
    rows.push({
      figure: "G1",
      what: `durable accepts, ${inFlight} in flight`,
      floor: "",
      ours,
      peer: "none",
      goal: `${goal}, ≤ 2 ms`,
    });
  }
  return rows;
}

async function measure(inFlight: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const state = sqliteState({ file: join(folder, "inbox.db") });
  try {
    await state.inbox.offer(entry(-1)); // opens the file
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let next = 0;
    const accepted = { count: 0, refused: 0 };
    const start = performance.now();
    const offerer = async (): Promise<void> => {
      while (performance.now() - start < RUN_MS) {
        next += 1;
        const settled = await state.inbox.offer(entry(next));
        accepted[settled === "accepted" ? "count" : "refused"] += 1;
      }
    };
    delay.enable();
    await Promise.all(Array.from({ length: inFlight }, offerer));
    delay.disable();
    const seconds = (performance.now() - start) / 1_000;
    if (accepted.refused > accepted.count / 100) throw new Error(`${accepted.refused} offers were refused`);
    return { perSecond: accepted.count / seconds, delayP99Ms: delay.percentile(99) / 1e6 };
  } finally {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function entry(n: number): InboxEntry {
  const id = `msg-${n}`;
  const lane = `bench:default:group-${n % LANES}`;
  const inbound: InboxEntry["inbound"] = {
    kind: "message",
    id,
    channel: "bench",
    account: "default",
    at: Date.now(),
    conversation: { key: lane, kind: "group", id: `group-${n % LANES}` },
    sender: { id: "staff-1", name: "Lin" },
    text: TEXT,
  } as unknown as InboxEntry["inbound"];
  return { version: 1, key: `bench:default:${id}`, queue: "bench:default", lane, inbound };
}
