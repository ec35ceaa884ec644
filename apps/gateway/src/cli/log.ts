/** The log: JSON lines of pino on standard error, without secrets. */
import { configError } from "@openclaw-china/core/internal";
import { type Logger, pino } from "pino";
import { withoutTexts } from "../config/secret.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** `LOG_LEVEL` decides how much. The last line of defence for secrets: none of `hidden` leaves in a line. */
export function createLog(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly level: string;
  readonly hidden: readonly string[];
}): Logger {
  const { env, hidden } = options;
  const level = env["LOG_LEVEL"]?.trim() || options.level;
  if (!LEVELS.includes(level)) {
    throw configError(`LOG_LEVEL is "${level}", which is no level`, {
      en: `Write one of ${LEVELS.join(", ")}.`,
      zh: `请填写以下之一:${LEVELS.join("、")}。`,
    });
  }
  const hooks = hidden.length === 0 ? {} : { hooks: { streamWrite: (line: string) => withoutTexts(line, hidden) } };
  return pino({ level, ...hooks }, pino.destination(2));
}
