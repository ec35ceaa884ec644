/** What commands say, and how errors reach an operator: what happened, why, what to do. */
import { ChannelError, type Localized } from "@openclaw-china/core";

export interface Io {
  out(line: string): void;
  err(line: string): void;
}

export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** `gateway check | head` is no failure. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

export function sayError(io: Io, error: unknown): void {
  if (!(error instanceof ChannelError)) {
    io.err(`✗ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return;
  }
  const { message, code, platform, channel, fix } = error;
  io.err(`✗ ${message} [${code}]`);
  if (platform !== undefined) {
    const status = platform.status === undefined ? "" : ` (status ${platform.status})`;
    const request = platform.requestId === undefined ? "" : `, request ${platform.requestId}`;
    io.err(`  ${channel ?? "platform"}: ${platform.code} ${platform.message}${status}${request}`);
  }
  io.err(`  → ${fix.en}`);
  io.err(`  → ${fix.zh}`);
}

/** Warnings in both languages. */
export function sayWarnings(io: Io, warnings: readonly Localized[]): void {
  for (const { en, zh } of warnings) {
    io.err(`! ${en}`);
    io.err(`  ${zh}`);
  }
}
