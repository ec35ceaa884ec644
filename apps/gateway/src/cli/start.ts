/** `gateway start`: runs until it is told to end, then drains. */
import { chmod, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { sqliteState } from "@openclaw-china/core";
import { configError, envSnapshot } from "@openclaw-china/core/internal";
import { adminPath } from "../admin/socket.ts";
import { agentsOf } from "../agents/agents.ts";
import { type Loaded, loadConfig } from "../config/load.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import { type Io, sayWarnings } from "./io.ts";
import { createLog } from "./log.ts";
import { useProxy } from "./proxy.ts";
import { watchSignals } from "./signals.ts";

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
  await makeStateFile(stateFile);
  const state = sqliteState({ file: stateFile });
  return startGateway({
    resolved: loaded,
    agents: agentsOf(file.agents, state.store),
    state,
    log,
    admin: adminPath(stateFile),
    http: { host: file.http.host, port: port ?? file.http.port, nextFree: false },
    signal,
  });
}

/** It holds messages and access tokens: for this user alone, from the first moment. */
async function makeStateFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a", 0o600);
    await file.close();
    await chmod(path, 0o600);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    const fix = {
      en: "Set state.file to a path where this user may write a file.",
      zh: "请将 state.file 设为当前用户可写的文件路径。",
    };
    throw configError(`the state file ${path} cannot be written: ${why}`, fix, error);
  }
}
