/** This process among others: which machine it is on, and whether another one there still lives. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** What tells processes apart. */
export interface Machine {
  readonly host: string;
  readonly pid: number;
  /** When the process began, ms since 1970: a pid comes again, in containers above all. */
  readonly born: number;
  /** Processes of one place see each other; those of two containers do not, whatever their host is called. */
  readonly place: string;
  /** Whether that process of the same place lives. */
  isAlive(pid: number): boolean;
}

/** Read once by whoever opens something. */
export function thisMachine(): Machine {
  const host = hostname();
  return {
    host,
    pid: process.pid,
    born: Math.round(performance.timeOrigin),
    place: `${host} ${bootId()} ${processTable()}`,
    isAlive,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // asks only
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it lives, and is somebody else's
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return ""; // only Linux has one
  }
}

function processTable(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return ""; // only Linux has several
  }
}
