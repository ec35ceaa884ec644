/**
 * Catalogues of platform errors: what a code means, what to do about it, in both languages. A channel has the lines; what
 * each kind of trouble comes to is the same for all.
 */
import {
  type ChannelError,
  channelError,
  type ErrorCode,
  type ErrorFacts,
  type Localized,
  type Verdict,
} from "./errors.ts";

/** What kind of trouble it is; decides code, verdict and outcome. */
export type Trouble =
  | "token"
  | "credentials"
  | "permission"
  | "address"
  | "throttled"
  | "muted"
  | "quota"
  | "busy"
  | "timeout"
  | "connection"
  | "config"
  | "recipient"
  | "barred"
  | "expired"
  | "large"
  | "content"
  | "unsupported"
  | "request";

/** One line of a catalogue. */
export interface Known {
  /** Exact codes, or a pattern. */
  readonly codes: readonly string[] | RegExp;
  /** Only when the platform's sentence matches too. */
  readonly text?: RegExp;
  readonly trouble: Trouble;
  readonly cause: Localized;
  readonly fix: Localized;
  /** Page of the developer console. */
  readonly page?: string;
  /** Where it is another than that of the trouble. */
  readonly verdict?: Verdict;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly verdict: Verdict;
  readonly outcome: "not_sent" | "refused" | "unknown";
}

const STOP: Verdict = { kind: "stop" };
const MEANINGS: Readonly<Record<Trouble, Meaning>> = {
  token: { code: "credentials_rejected", verdict: { kind: "startAfresh" }, outcome: "not_sent" },
  credentials: { code: "credentials_rejected", verdict: STOP, outcome: "refused" },
  permission: { code: "permission_missing", verdict: STOP, outcome: "refused" },
  address: { code: "address_not_allowed", verdict: STOP, outcome: "refused" },
  throttled: { code: "rate_limited", verdict: { kind: "retryLater", afterMs: 1_000 }, outcome: "not_sent" },
  muted: { code: "rate_limited", verdict: { kind: "retryLater", afterMs: 300_000 }, outcome: "not_sent" },
  quota: { code: "quota_exhausted", verdict: STOP, outcome: "refused" },
  busy: { code: "platform_refused", verdict: { kind: "retry" }, outcome: "unknown" },
  timeout: { code: "timeout", verdict: { kind: "retry" }, outcome: "unknown" },
  connection: { code: "unreachable", verdict: { kind: "startAfresh" }, outcome: "not_sent" },
  config: { code: "config_invalid", verdict: STOP, outcome: "refused" },
  recipient: { code: "target_unknown", verdict: STOP, outcome: "refused" },
  barred: { code: "target_refused", verdict: STOP, outcome: "refused" },
  expired: { code: "reply_expired", verdict: STOP, outcome: "refused" },
  large: { code: "too_large", verdict: STOP, outcome: "refused" },
  content: { code: "content_rejected", verdict: STOP, outcome: "refused" },
  unsupported: { code: "unsupported", verdict: STOP, outcome: "refused" },
  request: { code: "platform_refused", verdict: STOP, outcome: "refused" },
};

/** What is said about one error; `verdict` and `outcome` come from the trouble unless given. */
export type TroubleFacts = Pick<ErrorFacts, "message" | "fix" | "platform" | "verdict" | "outcome" | "cause"> &
  Partial<Pick<ErrorFacts, "code" | "kind">>;

/** An error of that channel. */
export function troubleError(channel: string, trouble: Trouble, facts: TroubleFacts): ChannelError {
  return channelError({ ...MEANINGS[trouble], kind: "platform", channel, ...facts });
}

/** The first line of the catalogue that matches, if any. */
export function findKnown(catalogue: readonly Known[], code: string, message = ""): Known | undefined {
  return catalogue.find(({ codes, text }) => {
    const hit = codes instanceof RegExp ? codes.test(code) : codes.includes(code);
    return hit && (text === undefined || text.test(message));
  });
}

/** The platform's no as one that time will not heal: the same was tried afresh, or there is another way. */
export function definite(error: ChannelError): ChannelError {
  const { code, kind, message, fix, channel, platform } = error;
  return channelError({ code, kind, message, fix, channel, platform, outcome: "refused", verdict: STOP, cause: error });
}

/** Nobody has seen anything, whatever a failed call has done: it may be tried again, by any way. */
export function unseen(error: ChannelError): ChannelError {
  const { code, kind, message, fix, channel, platform, verdict } = error;
  return channelError({ code, kind, message, fix, channel, platform, verdict, outcome: "not_sent", cause: error });
}

/** The answer says neither yes nor no: what was asked may have been done. `who`: the platform's name, for the message. */
export function unclearError(
  { channel, who }: { readonly channel: string; readonly who: string },
  what: string,
  lacks: string,
): ChannelError {
  return troubleError(channel, "busy", {
    message: `cannot tell whether this was done: ${what}; ${who}'s answer holds no ${lacks}`,
    fix: {
      en: "Look into the chat. If it keeps happening, look for a proxy that changes answers.",
      zh: "请查看聊天记录;若反复出现,请检查途中是否有代理改写了应答。",
    },
    platform: { code: `no ${lacks}`, message: "", status: 200 },
  });
}
