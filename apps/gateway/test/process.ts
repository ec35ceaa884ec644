/** The real command in a process of its own, with a folder and a home of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DingTalkApp } from "@openclaw-china/testkit";
import { vi } from "vitest";

const MAIN = join(import.meta.dirname, "../src/main.ts");
/** Node keeps there what it has compiled, so that the second process starts in half the time. */
const CACHE = join(tmpdir(), "openclaw-china-test-cache");
const WAIT = { timeout: 15_000, interval: 20 };

/** A folder with a config file, and a home folder in it. */
export interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly config: string;
  readonly stateFile: string;
  /** Writes the config file. */
  write(config: unknown): Promise<void>;
  /** Writes `~/.config/openclaw/secrets.env`. */
  secrets(values: Readonly<Record<string, string>>, mode?: number): Promise<void>;
  /** `input` is what it reads; default nothing. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Command;
}

export interface Command extends AsyncDisposable {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves when standard output or error holds the text. Rejects, with both, when the process ends before. */
  says(text: string | RegExp): Promise<void>;
  /** Of `gateway start` once it listens. */
  address(): Promise<string>;
}

export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "gw-"));
  const home = join(folder, "home");
  const config = join(folder, "openclaw-china.json5");
  await mkdir(join(home, ".config", "openclaw"), { recursive: true });
  const running = new Set<Command>();
  return {
    folder,
    home,
    config,
    stateFile: join(folder, "openclaw-china.db"),
    write: (value) =>
      writeFile(config, typeof value === "string" ? value : JSON.stringify(value, undefined, 2), { mode: 0o600 }),
    async secrets(values, mode = 0o600) {
      const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(join(home, ".config", "openclaw", "secrets.env"), lines.join(""), { mode });
    },
    run(args, env = {}, input = "") {
      const { PATH = "" } = process.env;
      const child = spawn(process.execPath, ["--conditions=@openclaw-china/source", MAIN, ...args], {
        cwd: folder,
        env: { PATH, HOME: home, NODE_COMPILE_CACHE: CACHE, ...env },
        stdio: ["pipe", "pipe", "pipe"],
      });
      child.stdin.on("error", () => "it has ended without reading").end(input);
      const command = commandOf(child);
      running.add(command);
      return command;
    },
    async [Symbol.asyncDispose]() {
      for (const command of running) await command[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function commandOf(child: ChildProcess): Command {
  let out = "";
  let err = "";
  let code: number | NodeJS.Signals | undefined;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = once(child, "close").then(([status, signal]: unknown[]) => {
    code = (status ?? signal) as number | NodeJS.Signals;
    return code;
  });
  const says = (text: string | RegExp): Promise<void> =>
    vi.waitFor(() => {
      const all = `${out}\n${err}`;
      if (typeof text === "string" ? all.includes(text) : text.test(all)) return;
      if (code === undefined) throw new Error(`not said yet: ${String(text)}\n${all}`);
      throw new Error(`the process ended (${code}) without saying ${String(text)}:\n${all}`);
    }, WAIT);
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    says,
    async address() {
      await says(/listens on http\S+/);
      return /listens on (http\S+)/.exec(out)?.[1] ?? "";
    },
    async [Symbol.asyncDispose]() {
      if (code === undefined) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The block of the documentation, word for word, with where the simulator is. */
export function canonical({ endpoints }: Pick<DingTalkApp, "endpoints">): object {
  return {
    enabled: true,
    mode: "stream",
    app_key: "${DINGTALK_APP_KEY}",
    app_secret: "${DINGTALK_APP_SECRET}",
    respond_to_mentions: true,
    respond_to_private: true,
    default_agent: "main",
    group_routing: {
      mention_only: true,
      keyword_routes: { report: "reporting-agent", translate: "translation-agent" },
      default_agent: "main",
    },
    endpoints,
  };
}

export const ECHO = { kind: "echo" } as const;

/** The agents that the canonical block names. */
export const AGENTS = { main: ECHO, "reporting-agent": ECHO, "translation-agent": ECHO };

/** A small config on a simulator: everything goes to `main`. */
export function small(app: DingTalkApp, more: object = {}): object {
  const { appKey, appSecret, endpoints } = app;
  return {
    agents: { main: ECHO },
    http: { port: 0 },
    channels: { dingtalk: { app_key: appKey, app_secret: appSecret, endpoints, default_agent: "main" } },
    ...more,
  };
}
