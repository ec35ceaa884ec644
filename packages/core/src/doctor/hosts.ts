/**
 * Whether a host that a channel needs can be reached: by the way its calls take, proxy included, up to an answer of whatever
 * status. Where it gets stuck (proxy, DNS, TCP, TLS) is in the finding. One unmetered GET of the root; no connection stays.
 */
import type { Clock } from "../clock.ts";
import { ChannelError, type Localized } from "../errors.ts";
import { exchange } from "../http/exchange.ts";
import type { ConnectStep, HttpRequest, Transport } from "../http/transport.ts";
import type { Found } from "./finding.ts";

/** A host, and what for. */
export interface NeededHost {
  /** `https://api.example.com`, with its port where that is not the scheme's. `wss:` is asked as `https:`. */
  readonly origin: string;
  /** What is not possible without it: "send and receive messages". */
  readonly needed: Localized;
}

export interface HostDeps {
  readonly http: Transport;
  readonly clock: Clock;
  readonly proxy: HttpRequest["proxy"];
  readonly signal: AbortSignal;
}

/** A finding, and the Date header of an answer. */
export interface HostAnswer {
  readonly finding: Found;
  readonly date?: string | undefined;
}

/** Never rejects for what the network does. */
export async function reachHost(host: NeededHost, { http, clock, proxy, signal }: HostDeps): Promise<HostAnswer> {
  const url = host.origin.replace(/^ws/, "http");
  let step: ConnectStep | undefined;
  const onStep = (next: ConnectStep): void => {
    step = next;
  };
  try {
    const { headers } = await exchange({ http, clock }, { method: "GET", url, proxy, signal, onStep });
    return { finding: hostReached(host), date: headers["date"] };
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    // Whoever took bytes is there, whatever it makes of a request that is not the one it expects.
    if (error.outcome !== "not_sent") return { finding: hostReached(host) };
    return { finding: hostMissed(host, error, step) };
  }
}

/** For those who know it from a call of their own. */
export function hostReached(host: NeededHost): Found {
  const name = nameOf(host);
  return {
    level: "ok",
    code: "host",
    cause: { en: `${name} can be reached (to ${host.needed.en}).`, zh: `${name} 可以访问(用于${host.needed.zh})。` },
  };
}

/** The error of a call that did not get there as a finding. `step`: what was under way. */
export function hostMissed(host: NeededHost, error: ChannelError, step?: ConnectStep): Found {
  const name = nameOf(host);
  const stuck = stuckAt(error, step);
  const why = reasonOf(error);
  const { cause, fix } = WAYS[stuck];
  return {
    level: "error",
    code: "host_unreachable",
    what: {
      en: `${name} cannot be reached, which is needed to ${host.needed.en}`,
      zh: `${name} 无法访问(用于${host.needed.zh})`,
    },
    cause: { en: `${cause.en} (${why}).`, zh: `${cause.zh}(${why})。` },
    fix: { en: fix.en.replaceAll("HOST", name), zh: fix.zh.replaceAll("HOST", name) },
  };
}

type Stuck = "proxy" | "dns" | "tcp" | "tls" | "unknown";

const TLS_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;

/** By what was under way; where nobody told that (a fetch of somebody else), by the code. */
function stuckAt(error: ChannelError, step: ConnectStep | undefined): Stuck {
  const { code = "", syscall = "" } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (code === "ERR_PROXY_TUNNEL") return "proxy";
  if (TLS_CODE.test(code)) return "tls";
  const steps = { lookup: "dns", connect: "tcp", secure: "tls", answer: "unknown" } as const;
  if (step !== undefined) return steps[step];
  if (syscall === "getaddrinfo" || syscall === "connect") return "proxy"; // a direct way would have told its steps
  return error.code === "timeout" ? "proxy" : "unknown";
}

/** The code of Node's error; else the sentence of ours. */
function reasonOf(error: ChannelError): string {
  const { code, message } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (error.code === "timeout") return "no answer in time · 超时";
  return code === undefined ? error.message : code === "ERR_PROXY_TUNNEL" ? (message ?? code) : code;
}

function nameOf({ origin }: NeededHost): string {
  const { hostname, port, protocol } = new URL(origin);
  return `${hostname}:${port === "" ? (protocol === "https:" || protocol === "wss:" ? "443" : "80") : port}`;
}

const WAYS: Readonly<Record<Stuck, { readonly cause: Localized; readonly fix: Localized }>> = {
  proxy: {
    cause: { en: "The proxy cannot be reached, or does not let it through", zh: "代理无法访问,或未放行" },
    fix: {
      en: "Check the address of the proxy (HTTPS_PROXY, or the proxy key) and that it allows CONNECT to HOST; NO_PROXY or proxy: off go past it.",
      zh: "请检查代理地址(HTTPS_PROXY 或 proxy 配置项),并在代理上放行到 HOST 的 CONNECT;也可用 NO_PROXY 或 proxy: off 直连。",
    },
  },
  dns: {
    cause: { en: "DNS: the name is not resolved", zh: "DNS:域名无法解析" },
    fix: {
      en: "Check this machine's DNS for HOST (in a container, the container's). Where only a proxy may go out, set HTTPS_PROXY or the proxy key.",
      zh: "请检查本机(容器内则为容器)的 DNS 能否解析 HOST;若只能经代理出网,请设置 HTTPS_PROXY 或 proxy 配置项。",
    },
  },
  tcp: {
    cause: { en: "TCP: no connection is made", zh: "TCP:无法建立连接" },
    fix: {
      en: "Allow outgoing TCP to HOST in the firewall. Where only a proxy may go out, set HTTPS_PROXY or the proxy key.",
      zh: "请在防火墙上放行到 HOST 的 TCP 连接;若只能经代理出网,请设置 HTTPS_PROXY 或 proxy 配置项。",
    },
  },
  tls: {
    cause: { en: "TLS: the handshake fails", zh: "TLS:握手失败" },
    fix: {
      en: "Something on the way answers for HOST: give Node its certificate (NODE_EXTRA_CA_CERTS=/path/ca.pem), or exempt HOST from inspection. A wrong clock of this machine looks the same.",
      zh: "途中有设备代替 HOST 应答:请让 Node 信任其证书(NODE_EXTRA_CA_CERTS=/path/ca.pem),或对 HOST 关闭流量检查。本机时钟错误也会如此。",
    },
  },
  unknown: {
    cause: { en: "No call gets there", zh: "请求无法到达" },
    fix: {
      en: "Check the network, DNS and proxy on the way to HOST.",
      zh: "请检查到 HOST 的网络、DNS 和代理。",
    },
  },
};
