/** The agents' own requests honour HTTPS_PROXY and its kin, as the channels do. */
import { setGlobalProxyFromEnv } from "node:http";

type Env = Readonly<Record<string, string | undefined>>;

const NAMES = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"];
const LOOPBACK = "localhost,127.0.0.1,::1";

/** For this process, from now on. What runs on this machine is reached directly. */
export function useProxy(env: Env): void {
  if (NAMES.every((name) => (env[name] ?? "") === "")) return;
  const except = env["no_proxy"] ?? env["NO_PROXY"] ?? "";
  const all = except === "" ? LOOPBACK : `${except},${LOOPBACK}`;
  setGlobalProxyFromEnv({ ...env, no_proxy: all, NO_PROXY: all });
}
