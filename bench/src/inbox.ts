/** G1: the durable inbox, SQLite with full sync in its thread: accepts per second, and what that does to the event loop. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type InboxEntry, sqliteState } from "@openclaw-china/core";
import { median } from "./process.ts";
import type { Row } from "./table.ts";

interface Load {
  readonly inFlight: number;
  readonly leastPerSecond: number;
  /** The inbox is bounded and nobody works here: fewer than it holds. */
  readonly offers: number;
}

const LOADS: readonly Load[] = [
  { inFlight: 1, leastPerSecond: 4_000, offers: 3_000 },
  { inFlight: 50, leastPerSecond: 35_000, offers: 15_000 },
  { inFlight: 500, leastPerSecond: 60_000, offers: 15_000 },
];
const MOST_DELAY_MS = 2;
const WARM_UP = 2_000;
const SYNC_RUN_MS = 300;
const LANES = 100;
/** Messages of about 1 KB, as they are stored. */
const TEXT = "x".repeat(600);

interface Run {
  readonly perSecond: number;
  readonly delayP99Ms: number;
}

/** Rows G1, at 1, 50 and 500 offers in flight, beside what the disk does when each write is synchronised alone. */
export async function inboxBench(runs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    const results: Run[] = [];
    const synced: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      results.push(await measure(load));
      synced.push(syncsPerSecond());
    }
    const perSecond = median(results.map((one) => one.perSecond));
    const delayMs = median(results.map((one) => one.delayP99Ms));
    rows.push({
      figure: "G1",
      what: `durable accepts, ${load.inFlight} in flight`,
      floor: `${whole(median(synced))}/s`,
      ours: `${whole(perSecond)}/s, loop p99 ${delayMs.toFixed(1)} ms`,
      peer: "none",
      goal: `≥ ${whole(load.leastPerSecond)}/s, ≤ ${MOST_DELAY_MS} ms`,
      met: perSecond >= load.leastPerSecond && delayMs <= MOST_DELAY_MS,
    });
  }
  return rows;
}

/** 4 KB appended and synchronised, one after the other. */
function syncsPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const file = openSync(join(folder, "log"), "w");
  const page = Buffer.alloc(4_096);
  const start = performance.now();
  let writes = 0;
  for (; performance.now() - start < SYNC_RUN_MS; writes += 1) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - start) / 1_000;
  closeSync(file);
  rmSync(folder, { recursive: true, force: true });
  return writes / seconds;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

async function measure({ inFlight, offers }: Load): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const state = sqliteState({ file: join(folder, "inbox.db") });
  let next = 0;
  const offerUpTo = async (last: number): Promise<void> => {
    while (next < last) {
      next += 1;
      const settled = await state.inbox.offer(entry(next));
      if (settled !== "accepted") throw new Error(`an offer was answered "${settled}"`);
    }
  };
  const offerAll = (last: number): Promise<unknown> =>
    Promise.all(Array.from({ length: inFlight }, () => offerUpTo(last)));
  try {
    await offerAll(WARM_UP);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    await offerAll(WARM_UP + offers);
    const seconds = (performance.now() - start) / 1_000;
    delay.disable();
    return { perSecond: offers / seconds, delayP99Ms: delay.percentile(99) / 1e6 };
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
