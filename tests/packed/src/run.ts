/** Processes as a user of the packages starts them: nothing of this workspace in their environment, and a bound in time. */
import { execFile } from "node:child_process";

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Default an environment without anything of this workspace. */
  readonly env?: NodeJS.ProcessEnv;
}

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 16 * 1_048_576;

/** Runs to the end. Never rejects: a process that cannot be started, or is too slow, has a code and says so in `stderr`. */
export function run(command: string, args: readonly string[], { cwd, env = cleanEnv() }: RunOptions): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 1;
      const why = error === null || typeof error.code === "number" ? "" : `\n${error.message}`;
      resolve({ code, stdout, stderr: stderr + why });
    });
  });
}

/** Runs a script by the Node of this process. */
export function node(args: readonly string[], options: RunOptions): Promise<Ended> {
  return run(process.execPath, args, options);
}

/** The output of a process that must succeed. Throws with everything it said otherwise. */
export async function outputOf(running: Promise<Ended>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Neither the package manager's settings for this workspace, nor the test runner's, nor credentials of a bot. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|pnpm_|vitest|NODE_OPTIONS$|NODE_ENV$|TEST$|DINGTALK_|WECOM_|https?_proxy$)/i.test(name),
    ),
  );
}
