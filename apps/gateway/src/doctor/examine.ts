/** All checks of `gateway doctor`, in the order of the report: this machine, the config, the running gateway, the platforms. */
import { access } from "node:fs/promises";
import { ChannelError, type Finding, type Localized } from "@openclaw-china/core";
import {
  defaultSecretsFile,
  envSnapshot,
  errorFinding,
  type Found,
  readSecrets,
  type Secrets,
} from "@openclaw-china/core/internal";
import about from "../../package.json" with { type: "json" };
import { type About, adminPath, askAdmin } from "../admin/socket.ts";
import { fingerprintOf, type Loaded, loadConfig, stateFileOf } from "../config/load.ts";
import { withoutSecrets } from "../config/secret.ts";
import { openRobots } from "../sending/robots.ts";
import { askRunning, probeChannels } from "./channels.ts";
import { nodeFinding, portFinding, proxyFindings, secretsFinding, stateFindings } from "./machine.ts";
import { isFine, type Item, ofChannel, ofGateway, type Report } from "./report.ts";

export interface Examination {
  readonly config: string;
  /** Metered calls too. */
  readonly spend: boolean;
}

/** Opens no connection. What is wrong is a finding, never an exception. */
export async function examine({ config, spend }: Examination): Promise<Report> {
  const env = envSnapshot();
  const { loaded, found: ofConfig } = await checkConfig(config);
  const { running, found: ofRunning } = await checkRunning(config, loaded);
  const own = [
    nodeFinding(process.versions.node, about.engines.node),
    ...proxyFindings(env),
    ...(await checkSecrets(defaultSecretsFile(env))),
    ...ofConfig,
    ...ofRunning,
    ...(await checkState(config, running !== undefined)),
    ...(await checkListening(loaded, running)),
  ];
  const isCurrent = loaded !== undefined && running !== undefined && running.config === fingerprintOf(loaded);
  const platforms = await checkChannels(loaded, { spend, admin: isCurrent ? await adminOf(config) : undefined });
  const findings = withoutSecrets([...own.map(ofGateway), ...platforms], loaded?.hidden ?? []) as readonly Item[];
  const { version } = about;
  return {
    version: 1,
    ok: isFine(findings),
    at: new Date().toISOString(),
    gateway: { version, config, running: running === undefined ? null : shown(running) },
    findings,
  };
}

function shown({ pid, since, address }: About): NonNullable<Report["gateway"]["running"]> {
  return { pid, since, address };
}

async function adminOf(config: string): Promise<string> {
  return adminPath(await stateFileOf(config));
}

async function checkConfig(path: string): Promise<{ readonly loaded?: Loaded; readonly found: readonly Found[] }> {
  try {
    const loaded = await loadConfig(path);
    openRobots(loaded.file.robots);
    const accounts = loaded.channels.map(({ id, account }) => `${id}/${account}`).join(", ");
    const cause = { en: `${path} is valid: ${accounts}.`, zh: `${path} 有效:${accounts}。` };
    const warnings = loaded.warnings.map((warning): Found => ({
      level: "warning",
      code: "config_warning",
      cause: warning,
      fix: LOOK,
    }));
    return { loaded, found: [{ level: "ok", code: "config", cause }, ...warnings] };
  } catch (error) {
    return { found: [errorFinding(error, { what: { en: `${path} cannot be used`, zh: `${path} 无法使用` } })] };
  }
}

const LOOK: Localized = {
  en: "Change what is named, or leave it if it is meant so.",
  zh: "请修改所指之处;如确属有意,可忽略。",
};

async function checkSecrets(file: string): Promise<readonly Found[]> {
  const exists = await access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
  let secrets: Secrets;
  try {
    secrets = await readSecrets(file);
  } catch (error) {
    const what = { en: "Secrets cannot be read", zh: "无法读取密钥" };
    return [errorFinding(error, { what })];
  }
  return [secretsFinding(secrets, exists)];
}

/** Nothing is said where the config file names no place: that is a finding already. */
async function checkState(config: string, isOurs: boolean): Promise<readonly Found[]> {
  try {
    return await stateFindings(await stateFileOf(config), isOurs);
  } catch (error) {
    if (error instanceof ChannelError) return [];
    throw error;
  }
}

async function checkRunning(
  config: string,
  loaded: Loaded | undefined,
): Promise<{ readonly running?: About; readonly found: readonly Found[] }> {
  let running: About | undefined;
  try {
    running = (await askAdmin(await adminOf(config), { path: "/about" })) as About | undefined;
  } catch (error) {
    if (loaded === undefined) return { found: [] };
    return { found: [errorFinding(error, { what: { en: "A gateway runs, and does not answer", zh: "网关无应答" } })] };
  }
  if (running === undefined) return { found: [{ level: "ok", code: "gateway_stopped", cause: STOPPED }] };
  const { pid, since, version, address } = running;
  const cause = {
    en: `A gateway runs here: process ${pid}, version ${version}, since ${since}, on ${address}.`,
    zh: `网关正在运行:进程 ${pid},版本 ${version},启动于 ${since},地址 ${address}。`,
  };
  const found: Found[] = [{ level: "ok", code: "gateway_running", cause }];
  if (loaded !== undefined && running.config !== fingerprintOf(loaded)) found.push(CHANGED);
  return { running, found };
}

const STOPPED: Localized = {
  en: "No gateway runs on this state: connections are not looked at, only the way to the hosts.",
  zh: "该状态文件上没有运行中的网关:不检查连接,只检查到各服务器的网络。",
};
const CHANGED: Found = {
  level: "warning",
  code: "config_changed",
  cause: {
    en: "The config file, or a secret in it, has changed since the running gateway read it. What follows is about the file.",
    zh: "网关启动后,配置文件或其中的密钥已被修改;以下结果以文件为准。",
  },
  fix: { en: "Restart the gateway.", zh: "请重启网关。" },
};

async function checkListening(loaded: Loaded | undefined, running: About | undefined): Promise<readonly Found[]> {
  if (loaded === undefined) return [];
  return [await portFinding({ ...loaded.file.http, held: running?.address })];
}

async function checkChannels(
  loaded: Loaded | undefined,
  { spend, admin }: { readonly spend: boolean; readonly admin: string | undefined },
): Promise<readonly Item[]> {
  if (loaded === undefined) return [];
  let findings: readonly Finding[];
  try {
    findings = await (admin === undefined ? probeChannels(loaded, { spend }) : askRunning(admin, { spend }));
  } catch (error) {
    return [ofGateway(errorFinding(error, { what: { en: "The platforms were not asked", zh: "未能检查平台" } }))];
  }
  return findings.map(ofChannel);
}
