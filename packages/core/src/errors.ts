/**
 * The one error class. "The platform said no", "nobody answered" and "the set-up is wrong" are told apart by `kind`; what
 * the call may have done, by `outcome`. Channels make errors with `channelError`; users test with `instanceof ChannelError`.
 */

/** A sentence in both languages of our operators. */
export interface Localized {
  readonly en: string;
  readonly zh: string;
}

export type ErrorCode =
  | "config_invalid"
  | "secret_missing"
  | "credentials_rejected"
  | "permission_missing"
  | "address_not_allowed"
  | "target_unknown"
  | "target_refused"
  | "reply_expired"
  | "rate_limited"
  | "quota_exhausted"
  | "content_rejected"
  | "too_large"
  | "unsupported"
  | "platform_refused"
  | "unreachable"
  | "timeout"
  | "outcome_unknown"
  | "aborted"
  | "closed";

/** What to do after a failure: at once again, later again, from a fresh start (new token, new address), or not at all. */
export type Verdict =
  | { readonly kind: "retry" }
  | { readonly kind: "retryLater"; readonly afterMs: number }
  | { readonly kind: "startAfresh" }
  | { readonly kind: "stop" };

/** Everything `channelError` needs. Text fields must hold no secret: pass platform text through `redact` first. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly kind: "platform" | "transport" | "config";
  /** One English sentence with the cause, without a full stop being required. */
  readonly message: string;
  readonly fix: Localized;
  /** Default `stop`. */
  readonly verdict?: Verdict;
  /** Default `not_sent` for config, otherwise it must be given. */
  readonly outcome?: "not_sent" | "refused" | "unknown";
  readonly channel?: string | undefined;
  readonly platform?:
    | { readonly code: string; readonly message: string; readonly requestId?: string; readonly status?: number }
    | undefined;
  readonly cause?: unknown;
}

const BRAND = Symbol.for("@openclaw-china/ChannelError");

/** Everything we throw. `instanceof` also holds across two installed copies. Holds no secret in any field. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  readonly code: ErrorCode;
  /** They said no; nobody answered; the set-up is wrong. */
  readonly kind: "platform" | "transport" | "config";
  /** What to do about it, for the operator. */
  readonly fix: Localized;
  readonly verdict: Verdict;
  /** What the call has done: surely nothing, a definite no, or nobody knows. Only `not_sent` may be tried on another route. */
  readonly outcome: "not_sent" | "refused" | "unknown";
  readonly channel: string | undefined;
  /** In the platform's words, when it answered. */
  readonly platform:
    | { readonly code: string; readonly message: string; readonly requestId?: string; readonly status?: number }
    | undefined;

  private constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.kind = facts.kind;
    this.fix = facts.fix;
    this.verdict = facts.verdict ?? { kind: "stop" };
    this.outcome = facts.outcome ?? (facts.kind === "config" ? "not_sent" : "unknown");
    this.channel = facts.channel;
    this.platform = facts.platform;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is ChannelError {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}

/** Makes an error. Not for users: they receive errors. */
export function channelError(facts: ErrorFacts): ChannelError {
  return Reflect.construct(ChannelError, [facts]) as ChannelError;
}

/** The set-up is wrong: `config_invalid`, verdict `stop`. `message` names the key, `fix` says what to write instead. */
export function configError(message: string, fix: Localized, cause?: unknown): ChannelError {
  return channelError({ code: "config_invalid", kind: "config", message, fix, cause });
}

/** The work was called off by its signal. */
export function abortedError(message: string, cause?: unknown): ChannelError {
  return channelError({
    code: "aborted",
    kind: "transport",
    message,
    outcome: "not_sent",
    cause,
    fix: { en: "Nothing to do: the work was called off.", zh: "无需处理:该任务已被取消。" },
  });
}

/** The thing used has been closed. */
export function closedError(what: string): ChannelError {
  return channelError({
    code: "closed",
    kind: "config",
    message: `${what} is closed`,
    fix: { en: "Use it before it is stopped, or make a new one.", zh: "请在停止之前使用,或重新创建。" },
  });
}

/** The platform, or this channel, has no such thing. */
export function unsupportedError(channel: string, what: string): ChannelError {
  return channelError({
    code: "unsupported",
    kind: "config",
    channel,
    message: `${channel} cannot ${what}`,
    fix: {
      en: "Look at channel.can before, or do it another way.",
      zh: "请先查看 channel.can,或改用其他方式。",
    },
  });
}

/** A credential is absent. Thrown when it is needed, not when the channel is described. */
export function secretMissing(option: string, key: string, variable: string): never {
  throw channelError({
    code: "secret_missing",
    kind: "config",
    message: `${option} is missing: neither the option nor the variable ${variable} is set`,
    fix: {
      en: `Pass ${option}, set ${variable} in the environment, or write ${key} in the config file (secrets go into ~/.config/openclaw/secrets.env).`,
      zh: `请传入 ${option}、设置环境变量 ${variable},或在配置文件中填写 ${key}(密钥放在 ~/.config/openclaw/secrets.env)。`,
    },
  });
}
