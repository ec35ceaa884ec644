/** `gateway start`: runs until it is told to end, then drains. */
import { sqliteState } from "@openclaw-china/core";
import { envSnapshot, readSecrets } from "@openclaw-china/core/internal";
import { pino } from "pino";
import { adminPath, serveAdmin } from "../admin/socket.ts";
import { agentsOf } from "../agents/agents.ts";
import { readConfigFile } from "../config/file.ts";
import { resolveConfig, type Resolved } from "../config/resolve.ts";
import { startGateway } from "../gateway.ts";
import type { Io } from "./io.ts";

/** Running turns get this long at the end. */
export const DRAIN_MS = 20_000;

export async function loadConfig(path: string): Promise<Resolved> {
  return resolveConfig(await readConfigFile(path), { env: envSnapshot(), secrets: await readSecrets() });
}

export async function start(
  options: { readonly config: string; readonly port?: number | undefined },
  io: Io,
): Promise<number> {
  const resolved = await loadConfig(options.config);
  for (const warning of resolved.warnings) io.err(`! ${warning}`);
  const log = pino({ level: process.env["LOG_LEVEL"] ?? "info" }, pino.destination(2));
  const {
    state: { file },
    http,
  } = resolved.file;
  const state = sqliteState({ file });
  const gateway = await startGateway({
    resolved,
    agents: agentsOf(resolved.file.agents, state.store),
    state,
    log,
    http: { host: http.host, port: options.port ?? http.port, nextFree: false },
  });
  const admin = await serveAdmin(adminPath(file), gateway.bot);
  io.out(`gateway listens on ${gateway.address} (/healthz, /readyz, /webhooks/…); state in ${file}`);
  const signal = await untilSignal();
  io.out(`${signal}: draining; running turns get ${DRAIN_MS / 1_000} s`);
  await gateway.stop(DRAIN_MS);
  await admin.close();
  return 0;
}

/** A second signal ends at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals): void => {
      process.once("SIGTERM", () => process.exit(143));
      process.once("SIGINT", () => process.exit(130));
      resolve(signal);
    };
    process.once("SIGTERM", () => end("SIGTERM"));
    process.once("SIGINT", () => end("SIGINT"));
  });
}
