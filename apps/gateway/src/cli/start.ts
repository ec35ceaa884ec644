/** `gateway start`: runs until it is told to end, then drains. */
import { sqliteState } from "@openclaw-china/core";
import { envSnapshot } from "@openclaw-china/core/internal";
import about from "../../package.json" with { type: "json" };
import { adminPath } from "../admin/socket.ts";
import { agentsOf } from "../agents/agents.ts";
import { fingerprintOf, type Loaded, loadConfig } from "../config/load.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import { openRobots } from "../sending/robots.ts";
import { type Io, sayWarnings } from "./io.ts";
import { createLog } from "./log.ts";
import { useProxy } from "./proxy.ts";
import { watchSignals } from "./signals.ts";
import { makeStateFile } from "./state-file.ts";

export interface StartOptions {
  readonly config: string;
  /** Before that of the config. */
  readonly port?: number | undefined;
}

export async function start(options: StartOptions, io: Io): Promise<number> {
  const ending = watchSignals();
  const loaded = await loadConfig(options.config);
  sayWarnings(io, loaded.warnings);
  let gateway: Gateway;
  try {
    gateway = await run(loaded, options.port, ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    io.out("ended before it had started · 启动前已结束");
    return 0;
  }
  io.out(`gateway listens on ${gateway.address} (/healthz, /readyz, /webhooks/…); state in ${loaded.stateFile}`);
  io.out("网关已启动。Ctrl+C 结束 · ends it.");
  const signal = await ending.told;
  const drainMs = loaded.file.stop_timeout_ms;
  io.out(`${signal}: draining; running turns get ${drainMs / 1_000} s · 正在结束,等待进行中的回答`);
  await gateway.stop(drainMs);
  io.out("ended · 已结束");
  return 0;
}

async function run(loaded: Loaded, port: number | undefined, signal: AbortSignal): Promise<Gateway> {
  const { file, stateFile, hidden } = loaded;
  const env = envSnapshot();
  const log = createLog({ env, level: "info", hidden });
  useProxy(env);
  const robots = openRobots(file.robots);
  await makeStateFile(stateFile);
  const state = sqliteState({ file: stateFile });
  return startGateway({
    resolved: loaded,
    agents: agentsOf(file.agents, state.store),
    state,
    log,
    robots,
    admin: { path: adminPath(stateFile), about: { version: about.version, config: fingerprintOf(loaded) } },
    http: { host: file.http.host, port: port ?? file.http.port, nextFree: false },
    signal,
  });
}
