/** A logger that keeps what it is told: for tests that look into logs, for example for secrets that must not be there. */
import { inspect } from "node:util";
import type { Logger } from "@openclaw-china/core";

export interface LogLine {
  readonly level: keyof Logger;
  readonly facts: object;
  readonly message: string;
}

/** Pass it as `log` to `createBot`. */
export interface Recorder extends Logger {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** Everything as one text: facts at every depth, errors with their stacks, members and causes. */
  text(): string;
}

/** Keeps the last `maxLines` lines. */
export function recorder(maxLines = 10_000): Recorder {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Logger) =>
    (facts: object, message: string): void => {
      if (lines.length >= maxLines) lines.shift();
      lines.push({ level, facts, message });
    };
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    text: () => lines.map(({ level, facts, message }) => `${level} ${message} ${everythingIn(facts)}`).join("\n"),
  };
}

function everythingIn(facts: object): string {
  return inspect(facts, { depth: 20, maxArrayLength: null, maxStringLength: null, breakLength: Infinity });
}
