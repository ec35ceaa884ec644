/** What a call that got no answer has done, as an error: its outcome, and whether time, the caller or the network ended it. */
import { channelError, type ChannelError, configError } from "../errors.ts";

/** How one exchange failed. */
export interface Failure {
  readonly error: Error & { readonly code?: string | undefined };
  readonly host: string;
  /** `unknown` as soon as a byte may have left. */
  readonly outcome: "not_sent" | "unknown";
  /** The call's own: its reason tells a deadline from a caller who has left. */
  readonly signal: AbortSignal;
  /** `answer`: it had begun to come. */
  readonly during?: "call" | "answer";
}

/** `aborted`, `timeout` or `unreachable`. No address in it beyond the host: paths and queries hold secrets. */
export function failedCall(failure: Failure): ChannelError {
  const { host, outcome, signal } = failure;
  if (!signal.aborted) return broken(failure, "unreachable");
  const reason: unknown = signal.reason;
  if (reason instanceof Error && reason.name === "TimeoutError") return broken(failure, "timeout");
  return channelError({
    code: "aborted",
    kind: "transport",
    message: `the call to ${host} was called off`,
    outcome,
    cause: failure.error,
    fix: { en: "Nothing to do: the work was called off.", zh: "无需处理:该任务已被取消。" },
  });
}

function broken({ error, host, outcome, during }: Failure, code: "unreachable" | "timeout"): ChannelError {
  return channelError({
    code,
    kind: "transport",
    message: during === "answer" ? brokeOff(host, code) : noAnswer(host, code, error),
    outcome,
    verdict: { kind: "retry" },
    cause: error,
    fix: {
      en: `Check the network, DNS and proxy on the way to ${host}; the proxy option says which proxy is used.`,
      zh: `请检查到 ${host} 的网络、DNS 和代理;proxy 选项决定使用哪个代理。`,
    },
  });
}

function noAnswer(host: string, code: "unreachable" | "timeout", error: Failure["error"]): string {
  if (code === "timeout") return `${host} did not answer in time`;
  return error.code === "ERR_PROXY_TUNNEL"
    ? `${host} could not be reached through the proxy (${error.message})`
    : `${host} could not be reached (${error.code ?? error.message})`;
}

function brokeOff(host: string, code: "unreachable" | "timeout"): string {
  return `the answer of ${host} broke off${code === "timeout" ? ": it took too long" : ""}`;
}

/** The call cannot even be begun: an address that is none, a header that no request may have. Nothing has been sent. */
export function impossibleCall(what: string): ChannelError {
  return configError(`a call cannot be made: ${what}`, {
    en: "Check the configured addresses (endpoints) and credentials for stray characters, such as line breaks.",
    zh: "请检查配置的地址(endpoints)和密钥中是否有多余字符,例如换行。",
  });
}
