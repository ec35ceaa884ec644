/** What commands say, and how errors reach an operator: what happened, why, what to do. */
import { ChannelError } from "@openclaw-china/core";

export interface Io {
  out(line: string): void;
  err(line: string): void;
}

export function processIo(): Io {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  };
}

export function sayError(io: Io, error: unknown): void {
  if (error instanceof ChannelError) {
    io.err(`✗ ${error.message} [${error.code}]`);
    if (error.platform !== undefined) io.err(`  DingTalk: ${error.platform.code} ${error.platform.message}`);
    io.err(`  → ${error.fix.en}`);
    io.err(`  → ${error.fix.zh}`);
    return;
  }
  io.err(`✗ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
