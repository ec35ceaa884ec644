/** Processes of `holder-process.ts`, by what they say. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";

const MAIN = join(import.meta.dirname, "holder-process.ts");

interface HolderProcess {
  readonly pid: number;
  /** Resolves when it has said exactly that. */
  says(line: object): Promise<void>;
  end(signal: NodeJS.Signals): Promise<void>;
}

export function holderProcess(file: string, account: string): HolderProcess {
  const child = spawn(process.execPath, ["--conditions=@openclaw-china/source", MAIN, file, account], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const ended = once(child, "close");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  onTestFinished(() => end("SIGKILL"));
  return {
    pid: child.pid ?? 0,
    says: (line) =>
      vi.waitFor(() => expect(out.split("\n")).toContain(JSON.stringify(line)), { timeout: 20_000, interval: 20 }),
    end,
  };
}
