/** What a check found, before it is known whose it is; and an error as a finding. */
import { ChannelError, type Localized } from "../errors.ts";
import type { Finding } from "../model/channel.ts";

/** A finding of nobody yet. */
export type Found = Omit<Finding, "channel" | "account">;

/** What an error cannot say by itself. */
export interface ErrorContext {
  /** What did not work. */
  readonly what: Localized;
  /** The cause in both languages, where a catalogue has it. Default the error's own sentence. */
  readonly cause?: Localized | undefined;
  /** Page of the platform's console. */
  readonly url?: string | undefined;
}

/** Must be fixed, with the error's own fix. What is no `ChannelError` is a defect, and is told with its text. */
export function errorFinding(error: unknown, { what, cause, url }: ErrorContext): Found {
  if (!(error instanceof ChannelError)) {
    const text = error instanceof Error ? error.message : String(error);
    return { level: "error", code: "probe_failed", what, cause: cause ?? { en: text, zh: text }, fix: DEFECT };
  }
  const { code, message, fix, platform } = error;
  return {
    level: "error",
    code,
    what,
    cause: cause ?? { en: message, zh: message },
    fix,
    ...(url === undefined ? {} : { url }),
    ...(platform === undefined ? {} : { platform }),
  };
}

const DEFECT: Localized = {
  en: "This is a defect of ours; report it with this text.",
  zh: "这是程序缺陷,请附此信息反馈。",
};
