/** The demo as `npm start` runs it, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const GATEWAY = join(ROOT, "apps/gateway");

export interface DemoProcess extends AsyncDisposable {
  /** `http://127.0.0.1:…` */
  readonly address: string;
  /** Everything it has said so far. */
  output(): string;
  /** Asks it to end; resolves with its exit code. */
  end(): Promise<number | null>;
}

/** Resolves once it has made the exchange it tells of. Rejects with its output when it ends before. */
export async function startDemo(): Promise<DemoProcess> {
  await run(process.execPath, [join(GATEWAY, "node_modules/vite/bin/vite.js"), "build", "page", "--logLevel", "error"]);
  const { OPENAI_MODEL: _model, OPENAI_BASE_URL: _url, PORT: _port, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ["--conditions=@openclaw-china/source", "apps/gateway/src/main.ts", "demo", "--port", "0"],
    { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] },
  );
  const said = { text: "" };
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await until(child, said, /Ctrl\+C/);
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said.text)?.[0];
  if (address === undefined) throw new Error(`the demo told no address:\n${said.text}`);
  const end = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return exited;
  };
  return {
    address,
    output: () => said.text,
    end,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function until(child: ChildProcess, said: { text: string }, sign: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said.text += chunk.toString("utf8");
      if (sign.test(said.text)) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the demo ended with ${code}:\n${said.text}`)));
  });
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: GATEWAY, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(" ")} ended with ${code}`))));
  });
}
