/** One bot process: started, asked, stopped, killed. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll } from "vitest";
import { buildChild } from "../src/build.ts";
import type { Orders, Report, Request } from "../src/orders.ts";

const FOLDER = await mkdtemp(join(tmpdir(), "openclaw-crash-child-"));
const CHILD = await buildChild(FOLDER);
afterAll(() => rm(FOLDER, { recursive: true, force: true }));
/** A condition that does not come about by then never will. */
const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 20;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to the standard error. */
  readonly said: string;
}

export interface BotProcess {
  /** Resolves when it has connected; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  /** Oldest first. */
  readonly reports: readonly Report[];
  kill(signal: NodeJS.Signals): void;
  /** From now on it dies at that point, after it has passed there `skip` times. */
  arm(killAt: string, skip: number): Promise<void>;
  /** Lets "slow" and "mute" messages be answered. */
  openGate(): void;
  /** Fills its file but for so many pages. */
  stuff(spare: number): Promise<void>;
  /** Takes out what `stuff` has put in. */
  makeRoom(): Promise<void>;
  /** Resolves when nothing waits and nothing runs; `left`: when only so many do. */
  quiet(left?: number): Promise<void>;
  /** Resolves with the first report, of those to come too, that fits. */
  report<K extends Report["kind"]>(kind: K): Promise<Report & { readonly kind: K }>;
}

export function startProcess(orders: Orders): BotProcess {
  const child = fork(CHILD, [], {
    // Nothing else of our environment: no proxy, no credentials of anybody.
    env: {
      PATH: process.env["PATH"],
      ORDERS: JSON.stringify(orders),
    },
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const reports: Report[] = [];
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.on("message", (message: Report) => reports.push(message));
  child.on("error", () => "it is gone; its exit follows");
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, said }));
  });
  const report = async <K extends Report["kind"]>(kind: K): Promise<Report & { readonly kind: K }> => {
    const fits = (one: Report): one is Report & { readonly kind: K } => one.kind === kind;
    await until(() => reports.some(fits) || isOver(child), `the process reports "${kind}"`);
    const found = reports.find(fits);
    if (found === undefined) throw new Error(`the process ended before it was "${kind}": ${said}`);
    return found;
  };
  const ready = report("ready").then(() => undefined);
  ready.catch(() => "for whoever waits for it; many processes are to die before");
  const tell = (request: Request): void => void child.send(request, () => undefined);

  return {
    ready,
    exited,
    reports,
    report,
    kill: (signal) => void child.kill(signal),
    async arm(killAt, skip) {
      tell({ want: "die", killAt, skip });
      await report("armed");
    },
    openGate: () => tell({ want: "answers" }),
    async stuff(spare) {
      tell({ want: "stuff", spare });
      await report("stuffed");
    },
    async makeRoom() {
      tell({ want: "room" });
      await report("room");
    },
    async quiet(left = 0) {
      await ready;
      for (;;) {
        const before = reports.length;
        tell({ want: "size" });
        const size = (): Report | undefined => reports.slice(before).find(({ kind }) => kind === "size");
        await until(() => size() !== undefined || isOver(child), "the process tells its size");
        const now = size();
        if (now?.kind !== "size") throw new Error(`the process ended before it was quiet: ${said}`);
        if (now.waiting + now.active === left) return;
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Looks again and again, and gives up with what it waited for. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const endsAt = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error(`waited in vain until ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
