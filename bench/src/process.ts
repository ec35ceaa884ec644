/** Child processes that measure themselves and answer questions, one at a time. */
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** A process started by `startChild`. */
export interface Child {
  /** Sends a question and resolves with the answer. Rejects when the process ends first, or says nothing for a minute. */
  ask<T>(question: string, value?: unknown): Promise<T>;
  stop(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 60_000;
const HANDLED_TRIES = 2_000;

/** Starts a script of this folder as consumers run it: on the built packages, without proxies. */
export function startChild(script: string, args: readonly string[] = [], nodeArgs: readonly string[] = []): Child {
  const { HTTP_PROXY: _a, HTTPS_PROXY: _b, http_proxy: _c, https_proxy: _d, NODE_OPTIONS: _e, ...env } = process.env;
  const child = fork(join(import.meta.dirname, script), args, {
    env,
    execArgv: [...nodeArgs],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    ask: (question, value) => ask(child, script, { question, value }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once("exit", () => resolve());
      child.kill(constants.signals.SIGKILL);
      await promise;
    },
  };
}

function ask<T>(
  child: ChildProcess,
  script: string,
  message: { readonly question: string; readonly value: unknown },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      child.off("message", answered);
      child.off("exit", ended);
    };
    const answered = (answer: unknown): void => {
      done();
      const { error, value } = answer as { error?: string; value: T };
      if (error === undefined) resolve(value);
      else reject(new Error(`${script}: ${error}`));
    };
    const ended = (code: number | null): void => {
      done();
      reject(new Error(`${script} ended with ${code} while it was asked "${message.question}"`));
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`${script} did not answer "${message.question}" in time`));
    }, ANSWER_TIMEOUT_MS);
    child.on("message", answered);
    child.on("exit", ended);
    child.send(message);
  });
}

/** In the child: answers the parent's questions. */
export function answer(questions: Readonly<Record<string, (value: never) => unknown>>): void {
  process.on("message", (message: { readonly question: string; readonly value: never }) => {
    const reply = async (): Promise<unknown> => questions[message.question]?.(message.value);
    reply().then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
}

/** CPU of this process so far, user and system, all threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** CPU of a child, which answers "cpu", when all messages have been handled, which may be later than the last acknowledgement. */
export async function settled(client: Child, count: number): Promise<number> {
  for (let tries = 0; tries < HANDLED_TRIES; tries += 1) {
    const { cpuMs, handled } = await client.ask<{ cpuMs: number; handled: number }>("cpu");
    if (handled === count) return cpuMs;
    if (handled > count) throw new Error(`${handled} messages handled, ${count} sent`);
    await sleep(10);
  }
  throw new Error(`not all of ${count} messages were handled`);
}

/** The middle value; of an even number the upper one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Each measurement a number of times, in turn with the others, so that a slow minute of the machine hits all alike. */
export async function inTurn<K extends string, T>(
  runs: number,
  measurements: Readonly<Record<K, () => Promise<T>>>,
): Promise<Readonly<Record<K, readonly T[]>>> {
  const names = Object.keys(measurements) as K[];
  const values = Object.fromEntries(names.map((name): [string, T[]] => [name, []])) as Record<K, T[]>;
  for (let run = 0; run < runs; run += 1) {
    for (const name of names) values[name].push(await measurements[name]());
  }
  return values;
}
