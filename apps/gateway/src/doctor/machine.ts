/** The gateway's own side: Node, files, state, port. Changes nothing; the port is taken for a moment to see that it is free. */
import { constants } from "node:fs";
import { access, lstat, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Localized } from "@openclaw-china/core";
import type { Found, Secrets } from "@openclaw-china/core/internal";

const OTHERS = 0o077;
const LOW_BYTES = 200 * 1_048_576;

const ok = (code: string, en: string, zh: string): Found => ({ level: "ok", code, cause: { en, zh } });

/** `wanted` as in package.json: ">=24.16". */
export function nodeFinding(version: string, wanted: string): Found {
  const [have, need] = [version, wanted.replace(/^\D+/, "")].map((text) => text.split(".").map(Number));
  const older = (have ?? []).findIndex((part, at) => part !== ((need ?? [])[at] ?? 0));
  const isOld = older !== -1 && ((have ?? [])[older] ?? 0) < ((need ?? [])[older] ?? 0);
  if (!isOld) return ok("node", `Node ${version}.`, `Node ${version}。`);
  return {
    level: "error",
    code: "node",
    cause: { en: `Node ${version} is too old: ${wanted} is needed.`, zh: `Node ${version} 版本过低,需要 ${wanted}。` },
    fix: { en: "Install a newer Node (nodejs.org).", zh: "请安装更新版本的 Node(nodejs.org)。" },
    url: "https://nodejs.org/en/download",
  };
}

/** Whether other users can read the file is a warning of the loader. */
export function secretsFinding({ file, values }: Secrets, exists: boolean): Found {
  if (!exists) {
    return ok(
      "secrets_file",
      `There is no secrets file ${file}: secrets come from the environment.`,
      `没有密钥文件 ${file}:密钥取自环境变量。`,
    );
  }
  const names = Object.keys(values).length;
  return ok("secrets_file", `${file} is readable and has ${names} names.`, `${file} 可读取,含 ${names} 个变量。`);
}

/** The folder of the state file, or the nearest one above that exists; the file; the disk. `isOurs`: our own gateway has it open. */
export async function stateFindings(file: string, isOurs: boolean): Promise<readonly Found[]> {
  const folder = await nearest(dirname(file));
  const missing = (await canWrite(folder)) && (await stat(folder)).isDirectory() ? undefined : folder;
  const kept = (await exists(file)) && !(await canWrite(file)) ? file : undefined;
  const refused = kept ?? missing;
  if (refused !== undefined) {
    return [
      {
        level: "error",
        code: "state_file",
        cause: {
          en: `${refused} cannot be written by this user, or is no folder.`,
          zh: `当前用户无法写入 ${refused},或其不是目录。`,
        },
        fix: {
          en: "Set state.file to a path where this user may write, or give the folder to this user.",
          zh: "请将 state.file 设为当前用户可写的路径,或将该目录授权给当前用户。",
        },
      },
    ];
  }
  const isUsed = (await exists(file)) && (await stat(file)).size > 0;
  const trouble = isUsed && !isOurs ? troubleIn(file) : undefined;
  if (trouble !== undefined) return [trouble];
  return [
    ok("state_file", `The state file ${file} can be written.`, `状态文件 ${file} 可写。`),
    ...(await openToOthers(file)),
    ...(await fullDisk(folder)),
  ];
}

/** Whoever holds it holds it alone. Nothing is written. */
function troubleIn(file: string): Found | undefined {
  const db = new DatabaseSync(file);
  try {
    db.prepare("SELECT count(*) FROM sqlite_master").get();
    return undefined;
  } catch (error) {
    const { errcode, message } = error as { readonly errcode?: number; readonly message: string };
    if (errcode === SQLITE_BUSY) return { level: "error", code: "state_held", cause: heldBy(file), fix: HELD_FIX };
    const what = { en: `${file} is no state file`, zh: `${file} 不是状态文件` };
    return { level: "error", code: "state_file", what, cause: { en: message, zh: message }, fix: NO_STATE_FIX };
  } finally {
    db.close();
  }
}

const SQLITE_BUSY = 5;

function heldBy(file: string): Localized {
  return {
    en: `Another process holds the state file ${file}, and does not answer on its admin socket: a gateway of another user or container?`,
    zh: `另一进程占用了状态文件 ${file},且其管理套接字无应答:可能是其他用户或容器中的网关。`,
  };
}

const HELD_FIX: Localized = {
  en: "Stop that process, or give each gateway a state.file of its own.",
  zh: "请停止该进程,或为每个网关设置各自的 state.file。",
};
const NO_STATE_FIX: Localized = {
  en: "Move the file away, or set state.file to another path.",
  zh: "请移走该文件,或将 state.file 设为其他路径。",
};

async function openToOthers(file: string): Promise<readonly Found[]> {
  const isOpen = process.platform !== "win32" && (await exists(file)) && ((await stat(file)).mode & OTHERS) !== 0;
  if (!isOpen) return [];
  const cause = {
    en: `Other users of this machine can read ${file}, which holds messages and access tokens.`,
    zh: `本机其他用户可以读取 ${file},其中含有消息与 access token。`,
  };
  return [{ level: "warning", code: "state_readable", cause, fix: chmod(file) }];
}

async function fullDisk(folder: string): Promise<readonly Found[]> {
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left >= LOW_BYTES) return [];
  const megabytes = Math.floor(left / 1_048_576);
  return [
    {
      level: "warning",
      code: "disk_full",
      cause: {
        en: `The disk of ${folder} has ${megabytes} MB left: when it is full, no message is accepted.`,
        zh: `${folder} 所在磁盘仅剩 ${megabytes} MB:写满后将无法接收消息。`,
      },
      fix: { en: "Make room, or move state.file.", zh: "请清理磁盘,或更改 state.file。" },
    },
  ];
}

function chmod(file: string): Localized {
  return { en: `Run chmod 600 ${file}`, zh: `请执行 chmod 600 ${file}` };
}

async function nearest(folder: string): Promise<string> {
  const above = dirname(folder);
  return above === folder || (await exists(folder)) ? folder : nearest(above);
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function canWrite(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

export interface PortFacts {
  readonly host: string;
  readonly port: number;
  /** Of our own gateway, when one runs: `http://127.0.0.1:8787`. */
  readonly held: string | undefined;
}

export async function portFinding({ host, port, held }: PortFacts): Promise<Found> {
  if (port === 0) return ok("port", "The gateway takes any free port.", "网关使用任意空闲端口。");
  const place = `${host}:${port}`;
  if (held !== undefined && new URL(held).port === String(port))
    return ok("port", `${place} is held by our own gateway.`, `${place} 由本网关占用。`);
  const code = await tryToListen(host, port);
  if (code === undefined) return ok("port", `${place} is free.`, `${place} 空闲。`);
  return {
    level: "error",
    code: "port",
    what: { en: `The gateway cannot listen on ${place}`, zh: `网关无法监听 ${place}` },
    cause: LISTEN[code] ?? { en: `${code}.`, zh: `${code}。` },
    fix: {
      en: "Stop what listens there, or choose another with --port, PORT, http.port or http.host.",
      zh: "请停止占用该端口的程序,或用 --port、PORT、http.port、http.host 指定其他地址。",
    },
  };
}

const LISTEN: Readonly<Record<string, Localized>> = {
  EADDRINUSE: { en: "another program listens there.", zh: "该端口已被其他程序占用。" },
  EACCES: { en: "this user may not listen there.", zh: "当前用户无权监听该端口。" },
  EADDRNOTAVAIL: { en: "it is no address of this machine.", zh: "这不是本机的地址。" },
  ENOTFOUND: { en: "the name is not resolved.", zh: "该名称无法解析。" },
};

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/** Named without its address, which may hold a password. */
export function proxyFindings(env: Readonly<Record<string, string | undefined>>): readonly Found[] {
  const names = PROXIES.filter((name) => (env[name] ?? "") !== "");
  if (names.length === 0) return [];
  const list = names.join(", ");
  return [
    ok(
      "proxy",
      `${list} of the environment counts where the proxy key of a channel says nothing else.`,
      `环境变量 ${list} 对未另设 proxy 的渠道生效。`,
    ),
  ];
}
